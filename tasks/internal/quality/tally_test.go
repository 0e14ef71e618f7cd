package quality

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/timezone"
)

// Whatever column may be null is counted.
func TestColumnsAreTheContracts(t *testing.T) {
	for table, have := range map[string][]string{"reservation_observations": bookingColumns[:],
		"customer_observations": guestColumns[:]} {
		var want []string
		for _, c := range contract.Get().Table(table).Columns {
			if !c.Required {
				want = append(want, c.Name)
			}
		}
		if d := cmp.Diff(want, have); d != "" {
			t.Errorf("%s: -contract +counted:\n%s", table, d)
		}
	}
}

// Each column's count is its own: with one value set, one column is known.
func TestEachColumnIsCounted(t *testing.T) {
	n, text, yes, date := int64(1), "x", true, int32(1)
	for i, r := range []reservation.Reservation{
		{CustomerID: &text}, {CreatedAt: &n}, {UpdatedAt: &n}, {ScheduledAt: &n}, {ScheduledLocal: &n}, {ServiceDate: &date},
		{CreatedLocal: &n},
		{ArrivedAt: &n}, {SeatedAt: &n}, {DoneAt: &n}, {TableCategory: &text}, {SpendSubtotal: &n}, {SpendTax: &n},
		{SpendTip: &n},
		{SpendTotal: &n}, {DepositPaid: &n}, {DepositRefunded: &n}, {ExperienceID: &n}, {ExperienceTotal: &n}, {OfferID: &text},
		{OfferType: &text}, {OfferPrice: &n}, {DiscountPercent: &n},
		{MarketingOptedOut: &yes},
	} {
		want := [len(bookingColumns)]bool{}
		want[i] = true
		if got := knownOfBooking(&r); got != want {
			t.Errorf("%s: counted %v", bookingColumns[i], got)
		}
	}
	for i, r := range []reservation.Customer{
		{RestaurantID: &n}, {CreatedAt: &n}, {UpdatedAt: &n}, {PersonToken: &text}, {EmailToken: &text}, {PhoneToken: &text},
		{NameToken: &text},
		{EmailOptIn: &yes}, {VIP: &yes}, {Country: &text}, {FirstVisitAt: &n}, {LastVisitAt: &n}, {Archived: &yes},
		{Hidden: &yes}, {MarketingOptedOut: &yes},
	} {
		want := [len(guestColumns)]bool{}
		want[i] = true
		if got := knownOfGuest(&r); got != want {
			t.Errorf("%s: counted %v", guestColumns[i], got)
		}
	}
}

// Absurd bills, which validation takes as they are, add up to as much as can be written.
func TestAbsurdBillsDoNotOverflow(t *testing.T) {
	tally := NewTally("2026-03-27", lake.ByServiceDate, time.Date(2026, 3, 28, 6, 0, 0, 0, time.UTC), time.UTC, "GBP")
	bill := int64(1e18 - 1)
	for range 20 {
		tally.Reservation(&reservation.Reservation{Status: reservation.Completed, Currency: "GBP", SpendTotal: &bill,
			PartySize: math.MaxInt64 / 4})
	}
	spend := tally.Profile([]string{reservation.KindReservation}).Kinds[reservation.KindReservation].Spend
	if spend.Rows != 20 || spend.Total != math.MaxInt64 || spend.Covers != math.MaxInt64 {
		t.Errorf("%+v", spend)
	}
}

func micros(text string) *int64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	n := at.UnixMicro()
	return &n
}

// Of a reading by change only what changed on the day counts: its window overlaps the days beside it.
func TestProfile(t *testing.T) {
	both := []string{reservation.KindReservation, reservation.KindCustomer}
	started := time.Date(2026, 3, 29, 6, 0, 30, 0, time.UTC)
	x := NewTally("2026-03-28", lake.ByUpdated, started, nil, "GBP")
	spend := int64(1_200_000)
	for _, r := range []reservation.Reservation{
		{UpdatedAt: micros("2026-03-28T00:00:00Z"), Status: reservation.Completed, Channel: "web", PartySize: 3,
			SpendTotal: &spend, Currency: "GBP"},
		{UpdatedAt: micros("2026-03-28T22:30:00Z"), Status: reservation.Completed, Channel: "phone", PartySize: 4,
			SpendTotal: &spend, Currency: "EUR"},
		{CreatedAt: micros("2026-03-28T10:00:00Z"), Status: reservation.Booked, Channel: "web", PartySize: 2},
		{UpdatedAt: micros("2026-03-27T23:59:59Z"), Status: reservation.Booked, Channel: "web", PartySize: 2},
		{UpdatedAt: micros("2026-03-29T00:00:00Z"), CreatedAt: micros("2026-03-28T10:00:00Z"), Status: reservation.Booked,
			Channel: "web"},
		{Status: reservation.Booked, Channel: "web"},
	} {
		x.Reservation(&r)
	}
	token := "t"
	x.Customer(&reservation.Customer{UpdatedAt: micros("2026-03-28T09:00:00Z"), EmailToken: &token})
	x.Customer(&reservation.Customer{UpdatedAt: micros("2026-03-28T09:00:00Z"), Forgotten: true})
	quiet := int64(90)
	want := &lake.Profile{Late: 360, Kinds: map[string]lake.KindProfile{
		reservation.KindReservation: {
			Rows: 3, Known: map[string]int64{"updated_at": 2, "created_at": 1, "spend_total": 2}, Quiet: &quiet,
			Values: map[string]map[string]int64{"status": {"completed": 2, "booked": 1}, "channel": {"web": 2, "phone": 1}},
			Spend:  &lake.SpendProfile{Rows: 1, Covers: 3, Total: spend},
		},
		reservation.KindCustomer: {Rows: 1, Known: map[string]int64{"updated_at": 1, "email_token": 1}},
	}}
	if d := cmp.Diff(want, x.Profile(both)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}

	zone, err := timezone.Load("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	x = NewTally("2026-03-28", lake.ByServiceDate, started, zone, "USD")
	x.Reservation(&reservation.Reservation{UpdatedAt: micros("2026-01-01T00:00:00Z"), Status: reservation.Booked, Channel: "web"})
	p := x.Profile(both[:1])
	// New York's day ends at 4:00 UTC
	if k := p.Kinds[reservation.KindReservation]; k.Rows != 1 || k.Quiet != nil || p.Late != 120 {
		t.Errorf("by date of the meal: %+v", p)
	}
	if NewTally("2026-03-28", lake.ByUpdated, started.Add(-6*time.Hour-time.Minute), nil, "").Profile(nil).Late >= 0 {
		t.Error("read half a minute before the end of the day, and not before it was over")
	}
	x = NewTally("2026-03-28", lake.ByReconcile, started, nil, "GBP")
	x.Reservation(&reservation.Reservation{})
	x.Customer(&reservation.Customer{})
	if p := x.Profile(both); p != nil {
		t.Errorf("a reconcile reading has a profile: %+v", p)
	}
}
