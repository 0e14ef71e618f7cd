package quality

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

const friday = "2026-03-27"

var opentable = source.Source{ID: "opentable/101", Kinds: []string{reservation.KindReservation}}

// on returns a reading of a day with so many bookings, half of them by phone.
func on(day string, n int64) Sample {
	quiet := int64(30)
	return Sample{
		ID: "opentable/101/" + day +
			"/updated/20260101T060000.000Z-00000001", Source: "opentable/101", Day: day, By: lake.ByUpdated,
		Rank: lake.Rank{Contract: 1, Source: 1, Key: 1},
		Profile: &lake.Profile{Late: 360, Kinds: map[string]lake.KindProfile{reservation.KindReservation: {
			Rows: n, Known: map[string]int64{"customer_id": n * 9 / 10}, Quiet: &quiet, Spend: &lake.SpendProfile{Rows: n,
				Covers: 2 * n, Total: n * 1_000_000},
			Values: map[string]map[string]int64{"channel": {"phone": n / 2, "web": n - n/2},
				"status": {"completed": n / 2, "booked": n - n/2}},
		}}},
	}
}

// fridays are readings of the Fridays before friday, one for each number of bookings, the last one a week before.
func fridays(numbers ...int64) (out []Sample) {
	last, err := time.Parse(time.DateOnly, friday)
	if err != nil {
		panic(err)
	}
	for i, n := range numbers {
		out = append(out, on(last.AddDate(0, 0, -7*(len(numbers)-i)).Format(time.DateOnly), n))
	}
	return out
}

func TestAFindingSaysWhatWasExpected(t *testing.T) {
	v := Judge(contract.Get(), opentable, on(friday, 0), fridays(100, 110, 95, 0, 104)) // one earlier accident passes
	want := []Finding{{
		Expectation: "volume", Severity: "error", Kind: "reservation", Seen: "0", Expected: "at least 43",
		Days: []string{"2026-02-20", "2026-02-27", "2026-03-06", "2026-03-13", "2026-03-20"},
	}}
	if d := cmp.Diff(want, v.Findings); d != "" {
		t.Error(d)
	}
	if got := v.Findings[0].String(); got != "reservation volume: saw 0, expected at least 43 as "+
		"on 5 Fridays from 2026-02-20 to 2026-03-20" {
		t.Error(got)
	}
	if len(Breaks(v.Findings)) != 1 {
		t.Error("volume is of the severity error")
	}
}

// A kind that is withheld is judged by nothing, and measures no other day: its profile has none of it.
func TestAWithheldKindIsNoMeasure(t *testing.T) {
	without := func(r Sample) Sample {
		r.Profile = &lake.Profile{Late: r.Profile.Late, Kinds: map[string]lake.KindProfile{}}
		return r
	}
	earlier := fridays(100, 110, 95, 102, 104)
	if v := Judge(contract.Get(), opentable, without(on(friday, 0)), earlier); len(v.Findings) != 0 {
		t.Errorf("withheld: %v", v.Findings)
	}
	earlier[0] = without(earlier[0])
	v := Judge(contract.Get(), opentable, on(friday, 0), earlier)
	if len(v.Findings) != 1 || len(v.Findings[0].Days) != 4 || v.Findings[0].Days[0] != "2026-02-27" {
		t.Errorf("four days are left: %v", v.Findings)
	}
	earlier[1] = without(earlier[1])
	if v := Judge(contract.Get(), opentable, on(friday, 0), earlier); len(v.Findings) != 0 {
		t.Errorf("three days are left: %v", v.Findings)
	}
}

// A day that grew has few earlier bookings to be held against: that it grew is all that is odd.
func TestADayThatGrew(t *testing.T) {
	for _, n := range [][2]int64{{1, 50}, {2, 80}, {10, 400}, {30, 1000}} {
		v := Judge(contract.Get(), opentable, on(friday, n[1]), fridays(slices.Repeat([]int64{n[0]}, 8)...))
		if len(v.Findings) != 1 || v.Findings[0].Expectation != "surge" {
			t.Errorf("%d after %d: %v", n[1], n[0], v.Findings)
		}
	}
}

// Nothing is expected where nothing can be: that is said, and is no alarm.
func TestNothingIsExpected(t *testing.T) {
	change := func(f func(*Sample)) Sample {
		r := on(friday, 0)
		r.Profile = &lake.Profile{Late: 360, Kinds: r.Profile.Kinds}
		f(&r)
		return r
	}
	closed := opentable
	closed.Unusual = []source.Unusual{{First: friday, Last: friday, Why: "closed"}}
	usual := fridays(100, 100, 100, 100)
	for _, c := range []struct {
		src    source.Source
		r      Sample
		others []Sample
		why    string
	}{
		{opentable, on(friday, 0), nil, "0 earlier Fridays are known, it takes 4"},
		{opentable, on(friday, 0), fridays(100, 100, 100), "3 earlier Fridays are known, it takes 4"},
		// too long ago
		{opentable, on(friday, 0), fridays(slices.Repeat([]int64{100}, 12)[:]...)[:3], "0 earlier Fridays are known"},
		{closed, on(friday, 0), usual, "unusual: closed"},
		{opentable, change(func(r *Sample) { r.Profile = nil }), usual, "older program"},
		{opentable, change(func(r *Sample) { r.Refused = true }), usual, "refused"},
		{opentable, change(func(r *Sample) { r.By = lake.ByReconcile }), usual, "not of a day"},
		{opentable, change(func(r *Sample) { r.By = lake.ByServiceDate }), usual, "0 earlier Fridays"}, // asked in another way
		{opentable, change(func(r *Sample) { r.Profile.Late = -1 }), usual, "before the day was over"},
		{opentable, change(func(r *Sample) { r.Profile.Late = 37 * 60 }), usual, "36 hours"},
	} {
		v := Judge(contract.Get(), c.src, c.r, c.others)
		if len(v.Findings) > 0 || len(v.Days) > 0 || !strings.Contains(v.Unjudged, c.why) {
			t.Errorf("%q: %+v", c.why, v)
		}
	}
	for name, unfit := range map[string]func(*Sample){
		"without a profile": func(r *Sample) { r.Profile = nil }, "refused": func(r *Sample) { r.Refused = true },
		"early": func(r *Sample) { r.Profile.Late = -1 }, "late": func(r *Sample) { r.Profile.Late = 3000 },
		"of another source": func(r *Sample) { r.Source = "opentable/102" },
	} {
		others := fridays(100, 100, 100, 100)
		unfit(&others[1])
		if v := Judge(contract.Get(), opentable, on(friday, 0), others); v.Unjudged == "" {
			t.Errorf("a reading %s is a measure", name)
		}
	}
}

// Of several readings of an earlier day the newest counts, at its newest rank.
func TestTheNewestReadingIsTheMeasure(t *testing.T) {
	others := fridays(0, 0, 0, 0)
	for _, o := range others {
		newer := on(o.Day, 100)
		newer.ID = strings.Replace(o.ID, "T06", "T07", 1)
		raised := newer
		raised.Rank.Contract = 2
		old := on(o.Day, 0)
		old.ID = newer.ID
		others = append(others, raised, old)
	}
	if v := Judge(contract.Get(), opentable, on(friday, 0), others); len(v.Findings) != 1 {
		t.Errorf("%+v", v)
	}
}

// The verdict follows from which readings there are, not from their order.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Int64Range(0, 400), 0, 8).Draw(t, "bookings")
		others := fridays(numbers...)
		for range rapid.IntRange(0, 5).Draw(t, "more") {
			o := rapid.SampledFrom(append(others, on("2026-03-19", 7))).Draw(t, "of")
			o.ID = strings.Replace(o.ID, "T06", "T0"+fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "hour")), 1)
			others = append(others, o)
		}
		today := on(friday, rapid.Int64Range(0, 400).Draw(t, "today"))
		want := Judge(contract.Get(), opentable, today, others)
		shuffled := rapid.Permutation(others).Draw(t, "order")
		if d := cmp.Diff(want, Judge(contract.Get(), opentable, today, shuffled)); d != "" {
			t.Fatal(d)
		}
		if (want.Unjudged == "") == (len(want.Days) < 4) {
			t.Fatalf("%+v", want)
		}
	})
}

// A day like the median one is as expected, and the farther from it the less so: nothing between two expected numbers is an
// alarm.
func TestTheRangeHasNoHoles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		others := fridays(rapid.SliceOfN(rapid.Int64Range(0, 3000), 4, 8).Draw(t, "bookings")...)
		var ys []float64
		for _, o := range others {
			ys = append(ys, float64(o.Profile.Kinds[reservation.KindReservation].Rows))
		}
		alarm := func(n int64) bool {
			v := Judge(contract.Get(), opentable, on(friday, n), others)
			return slices.ContainsFunc(v.Findings, func(f Finding) bool {
				return f.Expectation == "volume" ||
					f.Expectation == "surge"
			})
		}
		middle := int64(median(ys))
		if alarm(middle) {
			t.Fatalf("%d is the median and an alarm", middle)
		}
		near, far := rapid.Int64Range(0, 5000).Draw(t, "near"), rapid.Int64Range(0, 5000).Draw(t, "far")
		if (near-middle)*(far-middle) > 0 && max(near-middle, middle-near) <= max(far-middle, middle-far) && alarm(near) &&
			!alarm(far) {
			t.Fatalf("%d is an alarm and %d is not, of %v", near, far, ys)
		}
	})
}

// Chance alone, many times over, raises none; few bookings raise none either, however they fall.
func TestChanceRaisesNoAlarm(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for _, mean := range []float64{0.5, 3, 12, 60, 500} {
		for range 3000 {
			var numbers []int64
			for range 9 {
				n := int64(0)
				for at := dice.ExpFloat64(); at < mean; at += dice.ExpFloat64() {
					n++
				}
				numbers = append(numbers, n)
			}
			if v := Judge(contract.Get(), opentable, on(friday, numbers[8]), fridays(numbers[:8]...)); len(v.Findings) > 0 {
				t.Errorf("mean %g, %v: %v", mean, numbers, v.Findings)
			}
		}
	}
	for n := range int64(12) {
		if v := Judge(contract.Get(), opentable, on(friday, 0), fridays(n, n, n, n, n)); len(v.Findings) > 0 {
			t.Errorf("%d bookings as always, then none: %v", n, v.Findings)
		}
	}
}

func TestEarlierDaysAreTheSameWeekday(t *testing.T) {
	// Across a clock change and a year's end: days are counted, not hours.
	want := []string{"2025-11-07", "2025-11-14", "2025-11-21", "2025-11-28", "2025-12-05", "2025-12-12", "2025-12-19",
		"2025-12-26"}
	if d := cmp.Diff(want, Earlier(contract.Get(), "2026-01-02")); d != "" {
		t.Error(d)
	}
}
