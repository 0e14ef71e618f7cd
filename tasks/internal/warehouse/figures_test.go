package warehouse

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestFigures holds the figures of a span against answers worked out by hand: what is before it is in the dates alone.
func TestFigures(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		on := func(date string, r reservation.Reservation) reservation.Reservation {
			r.ServiceDate = wt.Day(date)
			return r
		}
		made := func(id, status string, party int64, created string) reservation.Reservation {
			return paris(id, "", status, party, created, created, "2026-03-29T18:00:00", "2026-03-29T20:00:00", "2026-03-29")
		}
		eaten := made("p1", reservation.Completed, 2, "2026-03-29T09:00:00")
		eaten.SpendTotal = wt.Money(50_0005)
		walkIn := made("p2", reservation.Seated, 12, "2026-03-28T09:00:00")
		walkIn.Channel, walkIn.SpendTotal = "walk_in", wt.Money(10_0000)
		unknown := made("p5", reservation.Booked, 9, "2026-03-01T09:00:00")
		unknown.CreatedLocal = nil
		r := reading("2026-03-29", 1)
		r.Source = "thefork/102"
		r.Reservations = []reservation.Reservation{
			eaten, walkIn, made("p3", reservation.NoShow, 4, "2026-03-26T09:00:00"),
			made("p4", reservation.Cancelled, 2, "2026-01-01T09:00:00"), unknown,
			on("2026-03-28", made("p6", reservation.Declined, 2, "2026-03-28T09:00:00")),
			on("2026-03-20", made("p7", reservation.Completed, 7, "2026-03-20T09:00:00")),
			on("2026-03-30", made("p8", reservation.Completed, 7, "2026-03-20T09:00:00")), wt.Booking(1, 2, ""),
			// 4 covers in pounds on the 29th, GBP 12.469
		}
		refused, asked, other := reading("2026-03-28", 1), reading("2026-03-27", 1), reading("2026-03-22", 2)
		refused.Refused, asked.By = true, lake.ByReconcile
		wt.Publish(t, zone, 1, r)
		wt.Publish(t, zone, 1, refused)
		wt.Publish(t, zone, 1, asked)
		wt.Publish(t, zone, 1, other)
		o := options(zone)
		o.Registry = registryOf(t, restaurantsYAML)
		mustLoad(t, w, o)

		got, err := figuresOf(t, w, "2026-03-20", "2026-03-28", "2026-03-29")
		if err != nil {
			t.Fatal(err)
		}
		pounds := Tally{Reservations: 1, Completed: 1, Covers: 4, ExpectedCovers: 4, Bills: 1, Spend: 12_4690}
		want := Figures{
			Services: []Service{
				{101, "Covers London", "opentable", "GBP", pounds},
				{102, "Covers Paris", "thefork", "EUR", Tally{
					Reservations: 6, Booked: 1, Seated: 1, Completed: 1, Cancelled: 1, NoShows: 1, Declined: 1,
					Covers: 14, ExpectedCovers: 23, NoShowCovers: 4, Bills: 2, Spend: 60_0005,
				}},
			},
			Dates: []Date{
				{"2026-03-20", "EUR", Tally{Reservations: 1, Completed: 1, Covers: 7, ExpectedCovers: 7}},
				{"2026-03-28", "EUR", Tally{Reservations: 1, Declined: 1}},
				{"2026-03-29", "EUR", Tally{
					Reservations: 5, Booked: 1, Seated: 1, Completed: 1, Cancelled: 1, NoShows: 1, Covers: 14, ExpectedCovers: 23,
					NoShowCovers: 4, Bills: 2, Spend: 60_0005,
				}},
				{"2026-03-29", "GBP", pounds},
			},
			Funnel: []Share{
				{1, "asked", 7, 35}, {2, "accepted", 6, 33}, {3, "kept", 4, 27}, {4, "arrived", 3, 18}, {5, "seated", 3, 18},
				{6, "completed", 2, 6},
			},
			Channels: []Channel{{"opentable", "web", 1, 4}, {"thefork", "thefork", 5, 2}, {"thefork", "walk_in", 1, 12}},
			Leads: []Share{
				{-1, "", 1, 9}, {0, "", 2, 4}, {1, "", 1, 12}, {2, "", 1, 4}, {8, "", 1, 4}, {31, "", 1, 2},
			},
			Parties: []Share{{2, "", 3, 6}, {4, "", 2, 8}, {9, "", 2, 21}},
			Read:    map[DaySource]bool{{"2026-03-29", "thefork/102"}: true, {"2026-03-22", other.Source}: true},
		}
		byNumber := gocmp.Transformer("byNumber", func(s []Share) map[int64]Share { // where NULL stands is the engine's own
			m := map[int64]Share{}
			for _, x := range s {
				m[x.Number] = x
			}
			return m
		})
		if diff := gocmp.Diff(want, got, byNumber); diff != "" {
			t.Errorf("- by hand, + warehouse:\n%s", diff)
		}
		empty, err := figuresOf(t, w, "2025-01-01", "2025-01-01", "2025-01-02")
		if diff := gocmp.Diff(Figures{Read: map[DaySource]bool{}}, empty); diff != "" || err != nil {
			t.Errorf("of days without anything: %v\n%s", err, diff)
		}
	})
}

// TestFiguresOfAbsurdBills: amounts that each fit their column, and together do not, still add up.
func TestFiguresOfAbsurdBills(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-29", 1)
		r.Source = "thefork/102"
		for _, id := range []string{"p1", "p2"} {
			x := paris(id, "", reservation.Completed, 2, "2026-03-29T09:00:00", "2026-03-29T11:00:00", "2026-03-29T18:00:00",
				"2026-03-29T20:00:00", "2026-03-29")
			x.SpendTotal = wt.Money(60_000_000_000_000_0000)
			r.Reservations = append(r.Reservations, x)
		}
		wt.Publish(t, zone, 1, r)
		mustLoad(t, w, options(zone))
		got, err := figuresOf(t, w, "2026-03-29", "2026-03-29", "2026-03-29")
		if err != nil {
			t.Fatal(err)
		}
		const want = 120_000_000_000_000_0000
		if len(got.Services) != 1 || got.Services[0].Spend != want || len(got.Dates) != 1 || got.Dates[0].Spend != want {
			t.Errorf("services %+v, dates %+v", got.Services, got.Dates)
		}
	})
}

func figuresOf(t *testing.T, w *Warehouse, since, from, until string) (f Figures, err error) {
	t.Helper()
	err = w.Moment(t.Context(), func(m *Moment) (err error) {
		f, err = m.Figures(t.Context(), since, from, until)
		return err
	})
	return f, err
}
