package report

import (
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// Of a reading the rank stands that lets the most in, unless the ledger has a newer one already.
func TestWhichRankStands(t *testing.T) {
	raw, staging := openZone(t, "raw"), openZone(t, "staging")
	r := wt.Result{
		Source: "opentable/101", Day: day, Name: "00000001", Rank: wt.Rank(1),
		ReadAt:       time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "")},
		Quarantined:  map[string]int64{reservation.KindCustomer: 7},
	}
	wt.PublishRaw(t, raw, 1, &r)
	wt.PublishStaging(t, staging, &r)
	r.Rank, r.Withheld = wt.Rank(2), map[string]string{reservation.KindCustomer: "7 of 7 customers were refused"}
	wt.PublishStaging(t, staging, &r)
	for rank, kept := range map[string]int{"": 1, "0001.0001.0001": 1, "0002.0001.0001": 0} {
		f := sheet.Facts{
			Day: day, Sources: registry().Sources[:1],
			Ledger: []warehouse.Entry{{Reading: r.ID().String(), Source: r.Source, Day: day, Rank: rank}},
		}
		if err := f.ReadLake(t.Context(), raw, staging, quality.NewHistory(openZone(t, "processed"+rank))); err != nil {
			t.Fatal(err)
		}
		stands := lake.Rank{Contract: 2 - int64(kept), Source: 1, Key: 1}
		if len(f.Kept[r.Source]) != kept || len(f.Results[r.Source]) != 1 || f.Results[r.Source][0].Rank != stands {
			t.Errorf("loaded %q: kept %+v, stands %s", rank, f.Kept, f.Results[r.Source][0].Rank)
		}
	}
}
