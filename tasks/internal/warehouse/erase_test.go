package warehouse

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// reading is a result of opentable/101 on a day at rank 1, read some minutes after the day.
func reading(day string, n int) wt.Result {
	return wt.Result{Source: "opentable/101", Day: day, Name: "0000000" + string(rune('0'+n)), ReadAt: readAt(day, n),
		Rank: wt.Rank(1)}
}

// leaks are the places where a guest's id or tokens must not be once the guest is erased.
const leaks = `
SELECT 'reservations', reservation_id FROM reservations WHERE customer_id = 'g1'
UNION ALL SELECT 'observations', reservation_id FROM reservation_observations WHERE customer_id = 'g1'
UNION ALL SELECT 'customers', customer_id FROM customers WHERE customer_id = 'g1' AND (NOT forgotten OR digest <> ''
  OR COALESCE(person_token, email_token, phone_token, name_token, country) IS NOT NULL OR COALESCE(vip, email_opt_in,
  archived, hidden, marketing_opted_out) IS NOT NULL
  OR COALESCE(created_at, updated_at, first_visit_at, last_visit_at) IS NOT NULL)
UNION ALL SELECT 'customer_observations', customer_id FROM customer_observations WHERE customer_id = 'g1' AND (NOT forgotten
  OR digest <> ''
  OR COALESCE(person_token, email_token, phone_token, name_token, country) IS NOT NULL OR COALESCE(vip, email_opt_in,
  archived, hidden, marketing_opted_out) IS NOT NULL
  OR COALESCE(created_at, updated_at, first_visit_at, last_visit_at) IS NOT NULL)`

// TestErasureReachesWhatIsThere: bookings of an erased guest that no later reading names are made again too.
func TestErasureReachesWhatIsThere(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-27", 1)
		before.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2")}
		before.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		wt.Publish(t, zone, 1, before)
		mustLoad(t, w, options(zone))
		if got := ask(t, w, leaks); len(got) == 0 {
			t.Fatal("nothing to erase: the test tests nothing")
		}

		erasing := reading("2026-03-28", 2)
		erasing.Erasures = []reservation.Erasure{wt.Erase("g1")}
		wt.Publish(t, zone, 1, erasing)
		out := mustLoad(t, w, options(zone))
		if out.ErasedCustomers != 1 || out.TouchedReservations != 1 || out.TouchedCustomers != 1 ||
			!slices.Equal(out.ServiceDates, []string{"2026-03-29"}) {
			t.Errorf("reached %+v", out)
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("still there: %q", got)
		}
		// The other guest, and the bookings themselves, stay.
		want := []string{"1001-1||", "1001-2|g2|" + digestOf(before.Reservations[1])}
		if diff := gocmp.Diff(want,
			ask(t, w, "SELECT reservation_id, customer_id, digest FROM reservations ORDER BY 1")); diff != "" {
			t.Error(diff)
		}
	})
}

func digestOf(r reservation.Reservation) string {
	var d reservation.Digester
	return string(d.Reservation(&r))
}

// TestErasedStaysErased: through a late reading, a raised rank, and a newer rank that does not know of the erasure any more.
func TestErasedStaysErased(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		first := reading("2026-03-27", 1)
		first.Refused = true // contributes its erasures all the same
		first.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		first.Erasures = []reservation.Erasure{wt.Erase("g1")}
		late := reading("2026-03-26", 0)
		late.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		late.Customers = []reservation.Customer{wt.Guest("g1", 0)}
		raised, silent := first, first
		raised.Rank, raised.Refused = wt.Rank(2), false
		silent.Rank, silent.Refused, silent.Erasures = wt.Rank(3), false, nil
		for _, r := range []wt.Result{first, late, raised, silent} {
			wt.Publish(t, zone, 1, r)
			mustLoad(t, w, options(zone))
			if got := ask(t, w, leaks); len(got) > 0 {
				t.Fatalf("rank %s of %s: still there: %q", r.Rank, r.Day, got)
			}
		}
		if got := ask(t, w, "SELECT platform, customer_id, line FROM erasures"); !slices.Equal(got, []string{"opentable|g1|1"}) {
			t.Errorf("erasures %q", got)
		}
	})
}

// TestForget: on demand, once, for what is there and for what comes later.
func TestForget(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		ctx := t.Context()
		zone, w := newZone(t), openNew(t, e)
		before := reading("2026-03-27", 1)
		before.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(1, 2, "g1"), wt.Booking(2, 1, "g2")}
		before.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		wt.Publish(t, zone, 1, before)
		mustLoad(t, w, options(zone))
		// One guest named twice is one guest.
		subjects := []Subject{{reservation.OpenTable, "g1"}, {reservation.OpenTable, "nobody"}, {reservation.OpenTable, "g1"}}
		want := Forgotten{Subjects: 2, Absent: 1, CustomerObservations: 1, ReservationObservations: 2}
		untouched := tables(t, w)
		id := before.ID().String()
		wantTraces := []Trace{{reservation.KindCustomer, id, 1}, {reservation.KindReservation, id, 1},
			{reservation.KindReservation, id, 2}}
		if got, err := w.Traces(ctx, subjects); err != nil || !slices.Equal(got, wantTraces) {
			t.Errorf("traces %+v, %v; want %+v", got, err, wantTraces)
		}
		if got, err := w.Reach(ctx, subjects); err != nil || got != want {
			t.Fatalf("would reach %+v, %v; want %+v", got, err, want)
		}
		if diff := gocmp.Diff(untouched, tables(t, w)); diff != "" {
			t.Errorf("looking changed something:\n%s", diff)
		}
		got, err := w.Forget(ctx, subjects, "receipt-7", clock())
		if err != nil || got != want {
			t.Fatalf("forgot %+v, %v; want %+v", got, err, want)
		}
		if got, err := w.Traces(ctx, subjects); err != nil || !slices.Equal(got, wantTraces[:1]) {
			t.Errorf("traces after the erasure %+v, %v", got, err)
		}
		if got, err := w.Reach(ctx, subjects); err != nil || got != (Forgotten{}) {
			t.Errorf("would reach again: %+v, %v", got, err)
		}
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("still there: %q", got)
		}
		once := tables(t, w)
		if got, err := w.Forget(ctx, subjects, "receipt-8", clock()); err != nil || got != (Forgotten{}) {
			t.Errorf("again: %+v, %v", got, err)
		}
		if diff := gocmp.Diff(once, tables(t, w)); diff != "" {
			t.Errorf("again changed something:\n%s", diff)
		}
		later := reading("2026-03-28", 2)
		later.Reservations = []reservation.Reservation{wt.Booking(3, 1, "g1")}
		later.Customers = []reservation.Customer{wt.Guest("g1", 5)}
		wt.Publish(t, zone, 1, later)
		mustLoad(t, w, options(zone))
		if got := ask(t, w, leaks); len(got) > 0 {
			t.Errorf("came back: %q", got)
		}
		if _, err := w.Forget(ctx, nil, "receipt-9", clock()); fault.KindOf(err) != fault.Usage {
			t.Errorf("nobody: %v", err)
		}
	})
}

// TestRanks: a newer rank replaces, refusals included; an older one changes nothing.
func TestRanks(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		one := reading("2026-03-27", 1)
		one.Reservations = []reservation.Reservation{wt.Booking(1, 1, ""), wt.Booking(2, 1, "")}
		two, three, older := one, one, reading("2026-03-27", 2)
		two.Rank, two.Reservations = wt.Rank(2), []reservation.Reservation{wt.Booking(1, 2, ""), wt.Booking(3, 1, "")}
		three.Rank, three.Refused = wt.Rank(3), true
		older.Rank = wt.Rank(1)
		older.Reservations = []reservation.Reservation{wt.Booking(1, 0, "")}
		now := func() []string { return ask(t, w, "SELECT reservation_id, clock FROM reservations ORDER BY 1") }
		load := func(want []string, results ...wt.Result) Loaded {
			t.Helper()
			wt.Publish(t, zone, 1, results...)
			out := mustLoad(t, w, options(zone))
			if got := now(); !slices.Equal(got, want) {
				t.Errorf("current %q, want %q", got, want)
			}
			return out
		}
		load([]string{"1001-1|1", "1001-2|1"}, one)
		if out := load([]string{"1001-1|2", "1001-3|1"}, two); out.Replaced != 1 || out.TouchedReservations != 3 {
			t.Errorf("replaced %+v", out)
		}
		if out := load([]string{"1001-1|2", "1001-3|1"}, one, older); len(out.Taken) != 1 ||
			out.Taken[0].Reading != older.ID().String() {
			t.Errorf("the older rank: took %+v", out.Taken)
		}
		if out := load([]string{"1001-1|0"}, three, older); out.Refused != 1 || len(out.Taken) != 1 {
			t.Errorf("refused %+v", out)
		}
		entries, err := w.Ledger(t.Context(), []string{"2026-03-27"})
		if err != nil || len(entries) != 2 || !entries[0].Refused || entries[0].Rank != "0003.0001.0001" ||
			entries[0].Counts[reservation.KindReservation] != (Counts{Received: 2, Accepted: 2}) {
			t.Errorf("ledger %+v, %v", entries, err)
		}
	})
}

// TestTextsAreNoStatements: whatever a platform calls a booking, a guest or a state is a value of a row.
func TestTextsAreNoStatements(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		hostile := []string{"'; DROP TABLE reservations; --", `"; DELETE FROM erasures; --`, "$$ || 1/0 || $$", "a%s:1?{b}\\'",
			"{{ x }}"}
		r := reading("2026-03-27", 1)
		var want []string
		for i, text := range hostile {
			b := wt.Booking(i+1, 1, text)
			b.ReservationID, b.PlatformStatus = text, text
			r.Reservations = append(r.Reservations, b)
			r.Customers = append(r.Customers, wt.Guest(text, 1))
			want = append(want, text+" is "+text+" is "+text)
		}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		got := ask(t, w, "SELECT r.reservation_id || ' is ' || r.platform_status || ' is ' || c.customer_id FROM reservations r "+
			"JOIN customers c ON c.customer_id = r.customer_id")
		slices.Sort(got)
		slices.Sort(want)
		if d := gocmp.Diff(want, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	})
}
