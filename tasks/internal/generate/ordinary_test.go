package generate

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"covers/contract"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/reservation"
)

// restaurant is a simulated one: what chance does to few bookings is not what it does to many.
type restaurant struct {
	platform, zone string
	records        int64 // changed bookings a day
	seed           uint64
}

func ordinary() []restaurant {
	var out []restaurant
	of := func(zone string, records int64, seeds ...uint64) {
		for _, seed := range seeds {
			out = append(out, restaurant{reservation.OpenTable, zone, records, seed},
				restaurant{reservation.TheFork, zone, records, seed})
		}
	}
	of("Europe/London", 15, 1)
	of("Europe/Paris", 60, 2)
	of("America/New_York", 200, 3)
	if os.Getenv("FULL") != "" {
		for seed := uint64(10); seed < 20; seed++ {
			of("Australia/Lord_Howe", 6, seed)
			of("Europe/London", 25, seed)
			of("America/Los_Angeles", 100, seed)
			of("Europe/Paris", 300, seed)
		}
		of("Asia/Tokyo", 1000, 30)
	}
	return out
}

// Nothing is expected that an ordinary year does not keep: no alarm in 365 days of each restaurant, small and large, clock
// changes, seasons and all, read by change and by date of the meal.
func TestAnOrdinaryYearRaisesNoAlarm(t *testing.T) {
	c := contract.Get()
	first, err := parseDay("2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	judged, alarms := 0, 0
	t.Cleanup(func() { t.Logf("%d days of sources judged, %d alarms", judged, alarms) })
	for _, x := range ordinary() {
		t.Run(fmt.Sprintf("%s/%s/%d/%d", x.platform, x.zone, x.records, x.seed), func(t *testing.T) {
			t.Parallel()
			r := newReader(t, x.platform, x.zone, x.seed, x.records)
			var changed, served []quality.Sample
			for on := first - day(7*c.Expectations.Weeks); on < first+365; on++ {
				changed, served = append(changed, r.read(on, nil)), append(served, r.served(on))
				if on < first {
					continue
				}
				for _, list := range [][]quality.Sample{changed, served} {
					v := quality.Judge(c, r.src, list[len(list)-1], list)
					if len(v.Days) != c.Expectations.Weeks {
						t.Fatalf("%s is held against %v: %s", on, v.Days, v.Unjudged)
					}
					for _, f := range v.Findings {
						t.Errorf("%s, by %s: %s %s %s", on, list[0].By, f.Kind, f.Of, f)
					}
					mu.Lock()
					judged, alarms = judged+1, alarms+len(v.Findings)
					mu.Unlock()
				}
			}
		})
	}
}
