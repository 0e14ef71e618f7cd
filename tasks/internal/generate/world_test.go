package generate

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/timezone"
)

// zones are wall clocks from one end of the world to the other, with and without clock changes.
var zones = []string{"Europe/London", "Europe/Paris", "America/New_York", "America/Los_Angeles", "Asia/Tokyo",
	"Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe"}

func location(t rapid.TB, name string) *time.Location {
	loc, err := timezone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func testSite(t rapid.TB, platform, zone string, seed uint64, records int64) *site {
	src := source.Source{
		ID: platform + "/101", Platform: platform, Name: "Covers Test", RestaurantID: 101, RID: 1001, Location: location(t, zone),
		Currency:       "GBP",
		RestaurantUUID: "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101", MoneyUnit: "major",
	}
	s, err := newSite(src, seed, records)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func drawSite(t *rapid.T, records int64) *site {
	return testSite(t, rapid.SampledFrom([]string{reservation.OpenTable, reservation.TheFork}).Draw(t, "platform"),
		rapid.SampledFrom(zones).Draw(t, "zone"), rapid.Uint64Range(0, 1<<40).Draw(t, "seed"), records)
}

// drawDay draws a day; half of them are near a clock change of Europe or America.
func drawDay(t *rapid.T) day {
	changes := []string{"2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01"}
	if rapid.Bool().Draw(t, "clock change") {
		d, _ := parseDay(rapid.SampledFrom(changes).Draw(t, "change"))
		return d + day(rapid.IntRange(-1, 1).Draw(t, "beside"))
	}
	return day(rapid.IntRange(19000, 22000).Draw(t, "day"))
}

func TestPlanHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t, 100)
		cohort := drawDay(t)
		for i := range s.made(cohort) {
			k := s.sketch(cohort, i)
			if g := s.bookedBy(cohort, i); g != k.guest {
				t.Fatalf("booking %d is for %d and for %d", i, k.guest, g)
			}
			p := s.plan(k)
			if p.events[0].what != made {
				t.Fatalf("booking %d begins with %d", i, p.events[0].what)
			}
			for j, e := range p.events[:p.n] {
				if j > 0 && e.at <= p.events[j-1].at {
					t.Fatalf("booking %d: events %v do not follow each other", i, p.events[:p.n])
				}
				on := dayOf(time.UnixMilli(e.at))
				if !k.mayChange(on) {
					t.Fatalf("booking %d changes on %s, which its sketch %+v does not see", i, on, k)
				}
				if on < cohort-1 || on > cohort+horizon {
					t.Fatalf("booking %d, made on %s, changes on %s", i, cohort, on)
				}
			}
			if p.party < 1 || p.newParty < 1 {
				t.Fatalf("booking %d: party of %d, then %d", i, p.party, p.newParty)
			}
			if ahead := k.movedTo - cohort; ahead < 0 || ahead > maxLead || k.meal < cohort || k.meal-cohort > maxLead {
				t.Fatalf("booking %d: %d days ahead", i, ahead)
			}
			if p.how != walkIn && p.newMeal <= p.events[0].at {
				t.Fatalf("booking %d is for a time before it is made", i)
			}
			first, last := p.until(p.last()), p.until(p.last()+1)
			if len(first) != p.n-1 || len(last) != p.n {
				t.Fatalf("until is not exclusive: %d and %d of %d", len(first), len(last), p.n)
			}
		}
	})
}

func TestSketchLooksFarEnoughBack(t *testing.T) {
	// What changes on a day is found by looking at a window of cohorts. A wider window finds the same.
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t, 20)
		on := drawDay(t)
		got := s.changesOn(on)
		var want []change
		for cohort := on - horizon - 40; cohort <= on+5; cohort++ {
			for i := range s.made(cohort) {
				p := s.plan(s.sketch(cohort, i))
				if p.changes(got.from, got.to) {
					events := p.until(got.to)
					want = append(want, change{events[len(events)-1].at, cohort, i})
				}
			}
		}
		if len(got.bookings) != len(want) {
			t.Fatalf("%d bookings, want %d", len(got.bookings), len(want))
		}
		for _, w := range want {
			if !slices.Contains(got.bookings, w) {
				t.Fatalf("booking %+v is missing", w)
			}
		}
		if !slices.IsSortedFunc(got.bookings, func(a, b change) int { return int(a.updated - b.updated) }) {
			t.Fatal("not in the order of changes")
		}
	})
}

func TestAboutAsManyRecordsAsAsked(t *testing.T) {
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		for _, zone := range []string{"Europe/London", "Europe/Paris", "America/New_York"} {
			s := testSite(t, platform, zone, 1, 400)
			first, _ := parseDay("2026-03-23")
			sum := 0
			for on := first; on < first+7; on++ {
				sum += len(s.changesOn(on).bookings)
			}
			if mean := sum / 7; mean < 360 || mean > 440 {
				t.Errorf("%s in %s: %d changes a day, asked for 400", platform, zone, mean)
			}
		}
	}
}

func TestEveryCourseOfABookingOccurs(t *testing.T) {
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		s := testSite(t, platform, "Europe/Paris", 1, 4000)
		states := map[string]int{}
		leads, hows := map[day]int{}, map[how]int{}
		for cohort := day(20500); cohort < 20507; cohort++ {
			for i := range s.made(cohort) {
				p := s.plan(s.sketch(cohort, i))
				leads[p.meal-cohort]++
				hows[p.how]++
				for n := 1; n <= p.n; n++ {
					b := standingOf(p, p.events[:n])
					if s.openTable() {
						states[b.openTableState()]++
					} else {
						status, meal := b.theForkStatus()
						states[status]++
						if meal != nil {
							states[*meal]++
						}
					}
				}
			}
		}
		for _, want := range wordsOf(platform) {
			if states[want] == 0 {
				t.Errorf("%s: no booking is ever %s", platform, want)
			}
			delete(states, want)
		}
		if len(states) > 0 {
			t.Errorf("%s: words that the platform does not have: %v", platform, states)
		}
		if leads[0] == 0 || leads[maxLead] == 0 || hows[walkIn] == 0 || hows[byPhone] == 0 {
			t.Errorf("%s: leads %v, ways %v", platform, leads, hows)
		}
	}
}
