package reconcile_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/reconcile"
	rt "covers/tasks/internal/reconcile/reconciletest"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/warehouse"
)

// Everything that a reconciliation can find, of an OpenTable restaurant.
func TestReconcileOpenTable(t *testing.T) {
	r := rt.New(t, "opentable/101")
	const fri, sat, sun = "2026-03-20T19:00:00", "2026-03-21T19:00:00", "2026-03-22T19:00:00"
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	r.Load([]string{
		rt.OT(
			"agrees",
			1,
			fri,
			2,
			"",
		),
		rt.OT("later", 5, fri, 2, ""),
		rt.OT("other", 1, fri, 2, ""),
		rt.OT("moved", 3, fri, 2, ""),
		rt.OT("gone", 1, fri, 2, ""),
		rt.OT(
			"erased",
			4,
			sat,
			2,
			"erased",
		),
		rt.OT("hidden", 1, sat, 2, ""),
		rt.OT("moved-out", 1, sat, 2, ""),
		rt.OT("regressed", 9, sat, 2, ""),
		rt.OT(
			"worsened",
			1,
			sat,
			2,
			"",
		),
		rt.OT("moved-in", 1, "2026-03-25T19:00:00", 2, ""),
		rt.OT("beyond", 1, "2026-03-25T19:00:00", 2, ""),
	}, []string{
		rt.Guest(
			"g-agrees",
			1,
			in,
		),
		rt.Guest("g-later", 1, in),
		rt.Guest("g-gone", 1, in),
		rt.Guest("g-old", 1, before),
		rt.Guest("g-woken", 1, before),
		rt.Guest("erased", 7, in),
	}, "1001-erased")
	r.Serve(
		opentable.ReservationsPath,
		rt.OT(
			"agrees",
			1,
			fri,
			2,
			"",
		),
		rt.OT("later", 7, fri, 2, ""),
		rt.OT("other", 1, fri, 3, ""),
		rt.OT("moved", 4, sun, 2, ""),
		rt.OT("erased", 4, sat, 2, "erased"),
		rt.OT("regressed", 2, sat, 2, ""),
		rt.OT("worsened", 2, sat, 0, ""),
		rt.OT(
			"missing",
			1,
			sun,
			2,
			"",
		),
		rt.OT("refused", 1, sun, 0, ""),
		rt.OT("outside", 1, "2026-03-25T19:00:00", 2, ""),
		rt.OT("moved-in", 2, sun, 2, ""),
		`{"id":17,"rid":1001}`,
	)
	r.Hide(opentable.ReservationsPath, rt.OT("hidden", 1, sat, 2, ""), rt.OT("moved-out", 2, "2026-03-27T19:00:00", 2, ""))
	r.Serve(
		opentable.GuestsPath,
		rt.Guest("g-agrees", 1, in),
		rt.Guest("g-later", 2, in),
		rt.Guest("g-missing", 1, in),
		rt.Guest("g-woken", 2, in),
		rt.Guest("erased", 7, in),
	)
	out := r.Run()
	want := map[string]reconcile.Findings{
		"2026-03-20": {Listed: 4, Agree: 1, Different: 2, Gone: 1, Refused: 1},
		"2026-03-21": {Listed: 3, Agree: 1, Different: 2, Regressed: 1, Elsewhere: 1, Refused: 1},
		"2026-03-22": {Listed: 4, Missing: 1, Different: 2, Refused: 1},
	}
	if diff := cmp.Diff(want, out.Reservations); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&reconcile.Findings{Listed: 5, Agree: 2, Missing: 1, Different: 2, Gone: 1}, out.Customers); diff != "" {
		t.Error(diff)
	}
	lines := []string{
		"customer 1001-g-later",
		"customer 1001-g-missing",
		"customer 1001-g-woken",
		"customer absent 1001-g-gone",
		"reservation 1001-later",
		"reservation 1001-missing",
		"reservation 1001-moved",
		"reservation 1001-moved-in",
		"reservation 1001-moved-out",
		"reservation 1001-other",
		"reservation 1001-regressed",
		"reservation absent 1001-gone",
	}
	if diff := cmp.Diff(lines, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	m, err := lake.Read[lake.Reading](t.Context(), r.Options.Reading.Raw, out.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Manifest.Counts[reservation.KindReservation]; c.Received != 7 || c.Absent != 1 ||
		m.Manifest.Day != "2026-03-22" || m.Manifest.By != lake.ByReconcile ||
		m.Manifest.WindowFrom != "2026-03-20" || m.Manifest.WindowTo != "2026-03-22" ||
		!m.Manifest.Stable ||
		len(m.Manifest.RequestLog) != 1 {
		t.Errorf("%+v", m.Manifest)
	}
	receipt, text := r.Stored(out)
	if diff := cmp.Diff(
		out.Receipt,
		receipt,
	); diff != "" ||
		!strings.HasPrefix(out.Key, "receipts/reconcile/opentable/101/2026-03-20..2026-03-22/20260402T") {
		t.Error(out.Key, diff)
	}
	if receipt.Version != 1 || receipt.Reading != m.Manifest.Reading || !receipt.Stable ||
		!strings.HasPrefix(receipt.Warehouse, "duckdb:///") {
		t.Error(text)
	}
	examples := map[string]reconcile.Example{}
	for _, e := range receipt.Examples {
		examples[e.ID] = e
	}
	if diff := cmp.Diff(
		reconcile.Example{
			ID:        "1001-moved-in",
			Date:      "2026-03-22",
			Finding:   "different",
			Platform:  &reconcile.Clock{1, 2},
			Warehouse: &reconcile.Clock{1, 1},
		},
		examples["1001-moved-in"],
	); diff != "" ||
		len(examples) != 8 {
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
	r := rt.New(t, "opentable/101")
	const at, changed = "2026-03-21T19:00:00", "2026-03-21T12:00:00"
	r.Load([]string{rt.OT("a", 1, at, 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, rt.OT("a", 2, at, 2, ""), rt.OT("b", 1, at, 2, "g"))
	r.Serve(opentable.GuestsPath, rt.Guest("g", 1, changed))
	if out := r.Run(); len(r.Lines(out)) != 3 {
		t.Fatalf("%q", r.Lines(out))
	}
	r.Load([]string{rt.OT("a", 2, at, 2, ""), rt.OT("b", 1, at, 2, "g")}, []string{rt.Guest("g", 1, changed)})
	raw := r.Left(r.Options.Reading.Raw)
	out := r.Run()
	if out.Manifest != "" || out.Reading != "" || out.Reservations["2026-03-21"] != (reconcile.Findings{Listed: 2, Agree: 2}) ||
		*out.Customers != (reconcile.Findings{Listed: 1, Agree: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if left := r.Left(r.Options.Reading.Raw); !slices.Equal(left, raw) {
		t.Errorf("left %q", left)
	}
	if receipts := r.Left(r.Options.Receipts); len(receipts) != 2 {
		t.Errorf("receipts %q", receipts)
	}
}

// TheFork gives ids, a list for each date with a day on each side: each record is asked for once all the same, and one of them
// once more, to see whether the platform finds what it lists.
func TestReconcileTheFork(t *testing.T) {
	r := rt.New(t, "thefork/101")
	const was, now = "2026-03-10T10:00:00", "2026-03-11T10:00:00"
	const fri, sat, far = "2026-03-20T19:00:00", "2026-03-21T19:00:00", "2026-05-21T19:00:00"
	r.Load(
		[]string{
			rt.TF("agrees", was, fri, 2),
			rt.TF("later", was, fri, 2),
			rt.TF("gone", was, fri, 2),
			rt.TF("hidden", was, sat, 2),
			rt.TF("listed-and-gone", was, sat, 2),
		},
		nil,
	)
	r.Serve(
		thefork.ReservationsPath,
		rt.TF("agrees", was, fri, 2),
		rt.TF("later", now, fri, 2),
		rt.TF("missing", now, sat, 2),
		rt.TF("outside", now, far, 2),
		rt.TF("listed-and-gone", was, sat, 2),
	)
	r.Hide(thefork.ReservationsPath, rt.TF("hidden", was, sat, 2))
	r.Fake.Gone["listed-and-gone"] = true
	out := r.Run()
	if diff := cmp.Diff(map[string]reconcile.Findings{
		"2026-03-20": {
			Listed:    2,
			Agree:     1,
			Different: 1,
			Gone:      1,
		},
		"2026-03-21": {Listed: 1, Missing: 1, Elsewhere: 1, Gone: 1},
		"2026-03-22": {},
	}, out.Reservations); diff != "" || out.Customers != nil {
		t.Error(diff)
	}
	if diff := cmp.Diff(
		[]string{"reservation absent gone", "reservation absent listed-and-gone", "reservation later", "reservation missing"},
		r.Lines(out),
	); diff != "" {
		t.Error(diff)
	}
	times := map[string]int{}
	asked, _ := r.Fake.Asked()
	for _, u := range asked {
		times[u.Path[strings.LastIndex(u.Path, "/")+1:]]++
	}
	if times["agrees"]+times["later"]+times["missing"]+times["outside"] != 5 || times["hidden"] != 1 || times["gone"] != 2 {
		t.Errorf("asked %v", times)
	}
}

// An account has guests only: those that changed, and of another account's none.
func TestReconcileAnAccount(t *testing.T) {
	r := rt.New(t, "thefork/group-main")
	const in, before = "2026-03-21T12:00:00", "2026-03-01T12:00:00"
	r.Load(
		nil,
		[]string{
			rt.TFGuest("agrees", in),
			rt.TFGuest("later", before),
			rt.TFGuest("gone", in),
			rt.TFGuest("old", before),
			rt.TFGuest("hidden", in),
			rt.TFGuest("erased", in),
		},
		"erased",
	)
	r.Serve(
		thefork.CustomersPath,
		rt.TFGuest("agrees", in),
		rt.TFGuest("later", in),
		rt.TFGuest("missing", in),
		rt.TFGuest("erased", in),
	)
	r.Hide(thefork.CustomersPath, rt.TFGuest("hidden", in))
	out := r.Run()
	if diff := cmp.Diff(
		&reconcile.Findings{Listed: 4, Agree: 2, Missing: 1, Different: 1, Gone: 1, Elsewhere: 1},
		out.Customers,
	); diff != "" ||
		out.Reservations != nil {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"customer absent gone", "customer later", "customer missing"}, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	if receipt, text := r.Stored(
		out,
	); len(receipt.Examples) != 0 || strings.Contains(text, "erased") ||
		strings.Contains(text, "later") {
		t.Errorf("the receipt names a guest: %s", text)
	}
}

// A list that moves in every sweep: what was found is read, what was not listed is asked for, and the receipt says so.
func TestReconcileAListThatMoves(t *testing.T) {
	r := rt.New(t, "opentable/101")
	const at = "2026-03-21T19:00:00"
	r.Load([]string{rt.OT("there", 1, at, 2, "")}, nil)
	r.Hide(opentable.ReservationsPath, rt.OT("there", 1, at, 2, ""))
	r.Fake.Before = func(n int, req *http.Request) platformtest.Fault {
		if req.URL.Path == opentable.ReservationsPath {
			r.Fake.Lists[opentable.ReservationsPath] = []platformtest.Record{
				{ID: "1001-moves", Body: rt.OT("moves", n, at, 2, "")},
			}
		}
		return platformtest.Fault{}
	}
	out := r.Run()
	if f := out.Reservations["2026-03-21"]; out.Stable || f != (reconcile.Findings{Listed: 1, Missing: 1, Elsewhere: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
	if lines := r.Lines(out); len(lines) != 18 || slices.Compact(lines)[0] != "reservation 1001-moves" {
		t.Errorf("%q", lines)
	}
}

// A failure or a stop at any request leaves neither a reading nor a receipt.
func TestAReconciliationThatFailsLeavesNothing(t *testing.T) {
	r := rt.New(t, "opentable/101")
	r.Load([]string{rt.OT("a", 1, "2026-03-21T19:00:00", 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, rt.OT("b", 1, "2026-03-21T19:00:00", 2, ""))
	for at := 1; at <= 9; at++ { // three dates and the guests twice, and one id
		asked := 0
		r.Fake.Before = func(int, *http.Request) platformtest.Fault {
			if asked++; asked >= at {
				return platformtest.Fault{Status: 403}
			}
			return platformtest.Fault{}
		}
		_, err := reconcile.Run(t.Context(), r.Options)
		if fault.KindOf(err) != fault.Denied || len(r.Left(r.Options.Reading.Raw)) != 0 || len(r.Left(r.Options.Receipts)) != 0 {
			t.Errorf("request %d: left %q and %q: %v", at, r.Left(r.Options.Reading.Raw), r.Left(r.Options.Receipts), err)
		}
	}
}

func TestReconcileWithinABudget(t *testing.T) {
	r := rt.New(t, "opentable/101")
	r.Load([]string{rt.OT("a", 1, "2026-03-21T19:00:00", 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, rt.OT("b", 1, "2026-03-21T19:00:00", 2, ""))
	r.Options.Reading.MaxRequests = 11 // a token, three dates and the guests twice, an id twice, and in between a listed one
	if _, err := reconcile.Run(
		t.Context(),
		r.Options,
	); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "11 requests allowed") ||
		len(r.Left(r.Options.Receipts)) != 0 {
		t.Error(err)
	}
	r.Options.Reading.MaxRequests, r.Options.Reading.MaxDuration = 12, time.Hour
	if out := r.Run(); out.Reservations["2026-03-21"].Gone != 1 {
		t.Errorf("%+v", out.Receipt)
	}
}

// A record that is refused as a whole for its encoding is counted once, under its id, though the warehouse has an older one.
func TestReconcileCountsARefusedRecordOnce(t *testing.T) {
	r := rt.New(t, "opentable/101")
	const at = "2026-03-21T19:00:00"
	r.Load([]string{rt.OT("a", 1, at, 2, "")}, nil)
	r.Serve(opentable.ReservationsPath, strings.Replace(rt.OT("a", 2, at, 2, ""), "Done", "\xe9", 1))
	if out := r.Run(); out.Manifest != "" || out.Reservations["2026-03-21"] != (reconcile.Findings{Listed: 1, Refused: 1}) {
		t.Errorf("%+v", out.Receipt)
	}
}

// A booking without a date (TheFork's mealDate may be null) is in no range: it is compared where it is listed, and asked for by
// id where it is not.
func TestReconcileBookingsWithoutADate(t *testing.T) {
	r := rt.New(t, "thefork/101")
	undated := func(name, changed string, party int) string {
		const at = "2026-03-21T19:00:00"
		return strings.Replace(rt.TF(name, changed, at, party), `"`+at+`Z"`, "null", 1)
	}
	const changed = "2026-03-19T10:00:00"
	r.Load(
		[]string{
			undated("agrees", changed, 2),
			undated("other", changed, 2),
			undated("hidden", changed, 2),
			undated("gone", changed, 2),
		},
		nil,
	)
	r.Serve(thefork.ReservationsPath, undated("agrees", changed, 2), undated("other", changed, 3))
	r.Hide(thefork.ReservationsPath, undated("hidden", changed, 2))
	out := r.Run()
	if diff := cmp.Diff([]string{"reservation absent gone", "reservation other"}, r.Lines(out)); diff != "" {
		t.Error(diff)
	}
	want := map[string]reconcile.Findings{
		"2026-03-20": {Listed: 2, Agree: 1, Different: 1},
		"2026-03-21": {},
		"2026-03-22": {Elsewhere: 1, Gone: 1},
	}
	if diff := cmp.Diff(want, out.Reservations); diff != "" {
		t.Error(diff)
	}
}

// A dry run asks the warehouse and nobody else, and writes nothing.
func TestReconcileDryRun(t *testing.T) {
	r := rt.New(t, "opentable/101")
	r.Load(
		[]string{rt.OT("a", 1, "2026-03-21T19:00:00", 2, ""), rt.OT("b", 1, "2026-03-25T19:00:00", 2, "")},
		[]string{rt.Guest("g", 1, "2026-03-21T12:00:00"), rt.Guest("old", 1, "2026-01-21T12:00:00")},
	)
	r.Options.Reading.DryRun, r.Options.Reading.Raw, r.Options.Receipts = true, nil, nil
	out := r.Run()
	if !maps.Equal(out.Held, map[string]int64{reservation.KindReservation: 1, reservation.KindCustomer: 1}) {
		t.Errorf("held %v", out.Held)
	}
	var got []string
	for _, p := range out.Planned {
		got = append(got, strings.Replace(p.String(), r.Fake.URL, "", 1))
	}
	const list = "GET /sync/v2/reservations?limit=4&offset=0&rid=1001&"
	want := []string{
		"GET /api/v2/oauth/token?grant_type=client_credentials",
		list + "scheduled_time_from=2026-03-19T23%3A00%3A00&scheduled_time_to=2026-03-21T01%3A00%3A00",
		list + "scheduled_time_from=2026-03-20T23%3A00%3A00&scheduled_time_to=2026-03-22T01%3A00%3A00",
		list + "scheduled_time_from=2026-03-21T23%3A00%3A00&scheduled_time_to=2026-03-23T01%3A00%3A00",
		"GET /sync/v2/reservations/ID  (for each id that the warehouse has and no list)",
		"GET /sync/v2/guests?limit=4&offset=0&rid=1001&updated_after=2026-03-19T23%3A00%3A00.000Z",
		"GET /sync/v2/guests/ID  (for each id that the warehouse has and no list)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if asked, tokens := r.Fake.Asked(); len(asked)+tokens != 0 {
		t.Errorf("asked %v", asked)
	}
}

func TestReconcileRefuses(t *testing.T) {
	r := rt.New(t, "opentable/101")
	if _, err := reconcile.Run(
		t.Context(),
		r.Options,
	); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), warehouse.ErrMissing.Error()) {
		t.Errorf("without a warehouse: %v", err)
	}
	r.Load(nil, nil)
	r.Options.From = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	if _, err := reconcile.Run(
		t.Context(),
		r.Options,
	); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "not read on 2025-12-31") {
		t.Errorf("before it is read: %v", err)
	}
}
