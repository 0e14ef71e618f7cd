package reconcile

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/step"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/warehouse"
)

// Everything that a reconciliation can find, of an OpenTable restaurant.
func TestReconcileOpenTable(t *testing.T) {
	r := newRecon(t, "opentable/101")
	const fri, sat, sun = "2026-03-20T19:00:00", "2026-03-21T19:00:00", "2026-03-22T19:00:00"
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	r.load([]string{
		ot("agrees", 1, fri, 2, ""), ot("later", 5, fri, 2, ""), ot("other", 1, fri, 2, ""), ot("moved", 3, fri, 2, ""), ot("gone", 1, fri, 2, ""),
		ot("erased", 4, sat, 2, "erased"), ot("hidden", 1, sat, 2, ""), ot("moved-out", 1, sat, 2, ""), ot("regressed", 9, sat, 2, ""),
		ot("worsened", 1, sat, 2, ""), ot("moved-in", 1, "2026-03-25T19:00:00", 2, ""), ot("beyond", 1, "2026-03-25T19:00:00", 2, ""),
	}, []string{
		guest("g-agrees", 1, in), guest("g-later", 1, in), guest("g-gone", 1, in), guest("g-old", 1, before), guest("g-woken", 1, before), guest("erased", 7, in),
	}, "1001-erased")
	r.serve(opentable.ReservationsPath,
		ot("agrees", 1, fri, 2, ""), ot("later", 7, fri, 2, ""), ot("other", 1, fri, 3, ""), ot("moved", 4, sun, 2, ""),
		ot("erased", 4, sat, 2, "erased"), ot("regressed", 2, sat, 2, ""), ot("worsened", 2, sat, 0, ""),
		ot("missing", 1, sun, 2, ""), ot("refused", 1, sun, 0, ""), ot("outside", 1, "2026-03-25T19:00:00", 2, ""), ot("moved-in", 2, sun, 2, ""),
		`{"id":17,"rid":1001,"scheduled_time":"`+sun+`"}`)
	r.hide(opentable.ReservationsPath, ot("hidden", 1, sat, 2, ""), ot("moved-out", 2, "2026-03-27T19:00:00", 2, ""))
	r.serve(opentable.GuestsPath, guest("g-agrees", 1, in), guest("g-later", 2, in), guest("g-missing", 1, in), guest("g-woken", 2, in), guest("erased", 7, in))
	out := r.run()
	want := map[string]Findings{
		"2026-03-20": {Listed: 4, Agree: 1, Different: 2, Gone: 1, Refused: 1},
		"2026-03-21": {Listed: 3, Agree: 1, Different: 2, Regressed: 1, Elsewhere: 1, Refused: 1},
		"2026-03-22": {Listed: 4, Missing: 1, Different: 2, Refused: 1},
	}
	if diff := cmp.Diff(want, out.Reservations); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&Findings{Listed: 5, Agree: 2, Missing: 1, Different: 2, Gone: 1}, out.Customers); diff != "" {
		t.Error(diff)
	}
	lines := []string{
		"customer 1001-g-later", "customer 1001-g-missing", "customer 1001-g-woken", "customer absent 1001-g-gone",
		"reservation 1001-later", "reservation 1001-missing", "reservation 1001-moved", "reservation 1001-moved-in", "reservation 1001-moved-out",
		"reservation 1001-other", "reservation 1001-regressed", "reservation absent 1001-gone",
	}
	if diff := cmp.Diff(lines, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	m, err := lake.Read[lake.Reading](t.Context(), r.o.Reading.Raw, out.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Manifest.Counts[reservation.KindReservation]; c.Received != 7 || c.Absent != 1 || m.Manifest.Day != "2026-03-22" || m.Manifest.By != lake.ByReconcile ||
		m.Manifest.WindowFrom != "2026-03-20" || m.Manifest.WindowTo != "2026-03-22" || !m.Manifest.Stable || len(m.Manifest.RequestLog) != 1 {
		t.Errorf("%+v", m.Manifest)
	}
	receipt, text := r.stored(out)
	if diff := cmp.Diff(out.Receipt, receipt); diff != "" || !strings.HasPrefix(out.Key, "receipts/reconcile/opentable/101/2026-03-20..2026-03-22/20260402T") {
		t.Error(out.Key, diff)
	}
	if receipt.Version != 1 || receipt.Reading != m.Manifest.Reading || !receipt.Stable || !strings.HasPrefix(receipt.Warehouse, "duckdb:///") {
		t.Error(text)
	}
	examples := map[string]Example{}
	for _, e := range receipt.Examples {
		examples[e.ID] = e
	}
	if diff := cmp.Diff(Example{ID: "1001-moved-in", Date: "2026-03-22", Finding: "different", Platform: &clock{1, 2}, Warehouse: &clock{1, 1}}, examples["1001-moved-in"]); diff != "" || len(examples) != 8 {
		t.Error(len(examples), diff)
	}
	for _, word := range []string{"g-", "erased", "Planted", "planted"} {
		if strings.Contains(text, word) {
			t.Errorf("the receipt has %q: %s", word, text)
		}
	}
}

// What was read and loaded agrees the next time.
func TestReconcileAgain(t *testing.T) {
	r := newRecon(t, "opentable/101")
	const at, changed = "2026-03-21T19:00:00", "2026-03-21T12:00:00"
	r.load([]string{ot("a", 1, at, 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("a", 2, at, 2, ""), ot("b", 1, at, 2, "g"))
	r.serve(opentable.GuestsPath, guest("g", 1, changed))
	if out := r.run(); len(r.lines(out)) != 3 {
		t.Fatalf("%q", r.lines(out))
	}
	r.load([]string{ot("a", 2, at, 2, ""), ot("b", 1, at, 2, "g")}, []string{guest("g", 1, changed)})
	raw := r.left(r.o.Reading.Raw)
	out := r.run()
	if out.Manifest != "" || out.Reading != "" || out.Reservations["2026-03-21"] != (Findings{Listed: 2, Agree: 2}) || *out.Customers != (Findings{Listed: 1, Agree: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if left := r.left(r.o.Reading.Raw); !slices.Equal(left, raw) {
		t.Errorf("left %q", left)
	}
	if receipts := r.left(r.o.Receipts); len(receipts) != 2 {
		t.Errorf("receipts %q", receipts)
	}
}

// TheFork gives ids, a list for each date with a day on each side: each record is asked for once all the same, and one of them
// once more, to see whether the platform finds what it lists.
func TestReconcileTheFork(t *testing.T) {
	r := newRecon(t, "thefork/101")
	const was, now = "2026-03-10T10:00:00", "2026-03-11T10:00:00"
	const fri, sat, far = "2026-03-20T19:00:00", "2026-03-21T19:00:00", "2026-05-21T19:00:00"
	r.load([]string{tf("agrees", was, fri, 2), tf("later", was, fri, 2), tf("gone", was, fri, 2), tf("hidden", was, sat, 2), tf("listed-and-gone", was, sat, 2)}, nil)
	r.serve(thefork.ReservationsPath, tf("agrees", was, fri, 2), tf("later", now, fri, 2), tf("missing", now, sat, 2), tf("outside", now, far, 2), tf("listed-and-gone", was, sat, 2))
	r.hide(thefork.ReservationsPath, tf("hidden", was, sat, 2))
	r.fake.Gone["listed-and-gone"] = true
	out := r.run()
	if diff := cmp.Diff(map[string]Findings{
		"2026-03-20": {Listed: 2, Agree: 1, Different: 1, Gone: 1}, "2026-03-21": {Listed: 1, Missing: 1, Elsewhere: 1, Gone: 1}, "2026-03-22": {},
	}, out.Reservations); diff != "" || out.Customers != nil {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"reservation absent gone", "reservation absent listed-and-gone", "reservation later", "reservation missing"}, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	times := map[string]int{}
	asked, _ := r.fake.Asked()
	for _, u := range asked {
		times[u.Path[strings.LastIndex(u.Path, "/")+1:]]++
	}
	if times["agrees"]+times["later"]+times["missing"]+times["outside"] != 5 || times["hidden"] != 1 || times["gone"] != 2 {
		t.Errorf("asked %v", times)
	}
}

// An account has guests only: those that changed, and of another account's none.
func TestReconcileAnAccount(t *testing.T) {
	r := newRecon(t, "thefork/group-main")
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	r.load(nil, []string{tfGuest("agrees", in), tfGuest("later", before), tfGuest("gone", in), tfGuest("old", before), tfGuest("hidden", in), tfGuest("erased", in)}, "erased")
	r.serve(thefork.CustomersPath, tfGuest("agrees", in), tfGuest("later", in), tfGuest("missing", in), tfGuest("erased", in))
	r.hide(thefork.CustomersPath, tfGuest("hidden", in))
	out := r.run()
	if diff := cmp.Diff(&Findings{Listed: 4, Agree: 2, Missing: 1, Different: 1, Gone: 1, Elsewhere: 1}, out.Customers); diff != "" || out.Reservations != nil {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"customer absent gone", "customer later", "customer missing"}, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	if receipt, text := r.stored(out); len(receipt.Examples) != 0 || strings.Contains(text, "erased") || strings.Contains(text, "later") {
		t.Errorf("the receipt names a guest: %s", text)
	}
}

// A list that moves in every sweep: what was found is read, what was not listed is asked for, and the receipt says so.
func TestReconcileAListThatMoves(t *testing.T) {
	r := newRecon(t, "opentable/101")
	const at = "2026-03-21T19:00:00"
	r.load([]string{ot("there", 1, at, 2, "")}, nil)
	r.hide(opentable.ReservationsPath, ot("there", 1, at, 2, ""))
	r.fake.Before = func(n int, req *http.Request) platformtest.Fault {
		if req.URL.Path == opentable.ReservationsPath {
			r.fake.Lists[opentable.ReservationsPath] = []platformtest.Record{{ID: "1001-moves", Body: ot("moves", n, at, 2, "")}}
		}
		return platformtest.Fault{}
	}
	out := r.run()
	if f := out.Reservations["2026-03-21"]; out.Stable || f != (Findings{Listed: 1, Missing: 1, Elsewhere: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if lines := r.lines(out); len(lines) != 18 || slices.Compact(lines)[0] != "reservation 1001-moves" {
		t.Errorf("%q", lines)
	}
}

// A failure or a stop at any request leaves neither a reading nor a receipt.
func TestAReconciliationThatFailsLeavesNothing(t *testing.T) {
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, "2026-03-21T19:00:00", 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("b", 1, "2026-03-21T19:00:00", 2, ""))
	for at := 1; at <= 9; at++ { // three dates and the guests twice, and one id
		asked := 0
		r.fake.Before = func(int, *http.Request) platformtest.Fault {
			if asked++; asked >= at {
				return platformtest.Fault{Status: 403}
			}
			return platformtest.Fault{}
		}
		_, err := Reconcile(t.Context(), r.o)
		if fault.KindOf(err) != fault.Denied || len(r.left(r.o.Reading.Raw)) != 0 || len(r.left(r.o.Receipts)) != 0 {
			t.Errorf("request %d: left %q and %q: %v", at, r.left(r.o.Reading.Raw), r.left(r.o.Receipts), err)
		}
	}
}

func TestReconcileWithinABudget(t *testing.T) {
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, "2026-03-21T19:00:00", 2, "")}, nil)
	r.serve(opentable.ReservationsPath, ot("b", 1, "2026-03-21T19:00:00", 2, ""))
	r.o.Reading.MaxRequests = 11 // a token, three dates and the guests twice, an id twice, and in between a listed one
	if _, err := Reconcile(t.Context(), r.o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "11 requests allowed") || len(r.left(r.o.Receipts)) != 0 {
		t.Error(err)
	}
	r.o.Reading.MaxRequests, r.o.Reading.MaxDuration = 12, time.Hour
	if out := r.run(); out.Reservations["2026-03-21"].Gone != 1 {
		t.Errorf("%+v", out.Receipt)
	}
}

// A record that is refused as a whole for its encoding is counted once, under its id, though the warehouse has an older one.
func TestReconcileCountsARefusedRecordOnce(t *testing.T) {
	r := newRecon(t, "opentable/101")
	const at = "2026-03-21T19:00:00"
	r.load([]string{ot("a", 1, at, 2, "")}, nil)
	r.serve(opentable.ReservationsPath, strings.Replace(ot("a", 2, at, 2, ""), "Done", "\xe9", 1))
	if out := r.run(); out.Manifest != "" || out.Reservations["2026-03-21"] != (Findings{Listed: 1, Refused: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
}

// A booking without a date (TheFork's mealDate may be null) is in no range: it is compared where it is listed, and asked for by
// id where it is not.
func TestReconcileBookingsWithoutADate(t *testing.T) {
	r := newRecon(t, "thefork/101")
	undated := func(name, changed string, party int) string {
		const at = "2026-03-21T19:00:00"
		return strings.Replace(tf(name, changed, at, party), `"`+at+`Z"`, "null", 1)
	}
	const changed = "2026-03-19T10:00:00"
	r.load([]string{undated("agrees", changed, 2), undated("other", changed, 2), undated("hidden", changed, 2), undated("gone", changed, 2)}, nil)
	r.serve(thefork.ReservationsPath, undated("agrees", changed, 2), undated("other", changed, 3))
	r.hide(thefork.ReservationsPath, undated("hidden", changed, 2))
	out := r.run()
	if diff := cmp.Diff([]string{"reservation absent gone", "reservation other"}, r.lines(out)); diff != "" {
		t.Error(diff)
	}
	want := map[string]Findings{"2026-03-20": {Listed: 2, Agree: 1, Different: 1}, "2026-03-21": {}, "2026-03-22": {Elsewhere: 1, Gone: 1}}
	if diff := cmp.Diff(want, out.Reservations); diff != "" {
		t.Error(diff)
	}
}

// A dry run asks the warehouse and nobody else, and writes nothing.
func TestReconcileDryRun(t *testing.T) {
	r := newRecon(t, "opentable/101")
	r.load([]string{ot("a", 1, "2026-03-21T19:00:00", 2, ""), ot("b", 1, "2026-03-25T19:00:00", 2, "")}, []string{guest("g", 1, "2026-03-21T12:00:00"), guest("old", 1, "2026-01-21T12:00:00")})
	r.o.Reading.DryRun, r.o.Reading.Raw, r.o.Receipts = true, nil, nil
	out := r.run()
	if !maps.Equal(out.Held, map[string]int64{reservation.KindReservation: 1, reservation.KindCustomer: 1}) {
		t.Errorf("held %v", out.Held)
	}
	var got []string
	for _, p := range out.Planned {
		got = append(got, strings.Replace(p.String(), r.fake.URL, "", 1))
	}
	want := []string{
		"GET /api/v2/oauth/token?grant_type=client_credentials",
		"GET /sync/v2/reservations?limit=4&offset=0&rid=1001&scheduled_time_from=2026-03-19T23%3A00%3A00&scheduled_time_to=2026-03-21T01%3A00%3A00",
		"GET /sync/v2/reservations?limit=4&offset=0&rid=1001&scheduled_time_from=2026-03-20T23%3A00%3A00&scheduled_time_to=2026-03-22T01%3A00%3A00",
		"GET /sync/v2/reservations?limit=4&offset=0&rid=1001&scheduled_time_from=2026-03-21T23%3A00%3A00&scheduled_time_to=2026-03-23T01%3A00%3A00",
		"GET /sync/v2/reservations/ID  (for each id that the warehouse has and no list)",
		"GET /sync/v2/guests?limit=4&offset=0&rid=1001&updated_after=2026-03-19T23%3A00%3A00.000Z",
		"GET /sync/v2/guests/ID  (for each id that the warehouse has and no list)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if asked, tokens := r.fake.Asked(); len(asked)+tokens != 0 {
		t.Errorf("asked %v", asked)
	}
}

func TestReconcileRefuses(t *testing.T) {
	r := newRecon(t, "opentable/101")
	if _, err := Reconcile(t.Context(), r.o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), warehouse.ErrMissing.Error()) {
		t.Errorf("without a warehouse: %v", err)
	}
	r.load(nil, nil)
	r.o.From = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	if _, err := Reconcile(t.Context(), r.o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "not read on 2025-12-31") {
		t.Errorf("before it is read: %v", err)
	}
	for text, ok := range map[string]bool{
		"2026-03-20": true, "2026-03-20..2026-03-22": true, "2026-03-21,2026-03-20": true, "2026-03-20,2026-03-22": false, "2026-03-22..2026-03-20": false,
	} {
		days, err := step.ParseDays(text)
		if err == nil {
			_, _, err = rangeOf(days)
		}
		if (err == nil) != ok || err != nil && days != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The text for people: a row a date, what is unusual, and the next step.
func TestReconcileText(t *testing.T) {
	out := Reconciled{Key: "receipts/x.json", Manifest: "m", Receipt: Receipt{
		Source: "opentable/101", From: "2026-03-20", To: "2026-03-21",
		Reservations: map[string]Findings{"2026-03-20": {Listed: 12, Agree: 12}, "2026-03-21": {Listed: 9, Agree: 8, Different: 1, Regressed: 1}},
		Customers:    &Findings{Listed: 3, Missing: 3},
	}}
	text := out.text("validate it")
	for _, want := range []string{
		"│ opentable/101 │ listed │ agree │ missing │ different │ gone │ elsewhere │ refused │ unconfirmed │", "│ 2026-03-20    │     12 │    12 │",
		"│ guests        │      3 │     0 │       3 │", "1 of the different ones have a lower clock", "a list did not stand still", "next: validate it\n", "receipt: receipts/x.json\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	out.Stable, out.Reservations = true, nil
	if text := out.text(""); !strings.Contains(text, "nothing to load\n") || strings.Contains(text, "stand still") || strings.Contains(text, "lower clock") {
		t.Error(text)
	}
}
