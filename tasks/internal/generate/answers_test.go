package generate

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/token"
)

// eachLine reads every line of a zone that was generated with the given days.
func eachLine(t rapid.TB, z *lake.Zone, days []string,
	do func(src source.Source, d simulator.Day, kind string, l simulator.Line)) {
	for _, src := range registry(t).Sources {
		if src.RestaurantID == 0 {
			continue
		}
		for _, day := range days {
			d, err := simulator.ReadDay(context.Background(), z,
				simulator.ID{Platform: src.Platform, Restaurant: src.RestaurantID, Day: day})
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range simulator.Kinds {
				for l, err := range simulator.Records(context.Background(), z, d, kind) {
					if err != nil {
						t.Fatal(err)
					}
					do(src, d, kind, l)
				}
			}
		}
	}
}

// problems are what the pipeline's own mapper has against a record and notes of it, in an order.
func problems(t rapid.TB, src source.Source, kind, id string, text []byte) []simulator.Expect {
	if len(text) > 1<<20 { // the largest record that is read
		return []simulator.Expect{{Reason: reservation.ReasonTooLarge}}
	}
	key, err := token.New(strings.Repeat("k", token.MinKey), 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	var in record.Reader
	if src.Platform == reservation.TheFork { // whose records are asked for by id
		in.Asked = id
	}
	if rec := in.Parse(text); rec != nil {
		mapped(src, key, &in, kind, rec)
	}
	var out []simulator.Expect
	for _, p := range in.Problems {
		out = append(out, simulator.Expect{Reason: p.Reason, Field: p.Field})
	}
	for _, p := range in.Notes {
		out = append(out, simulator.Expect{Reason: p.Reason, Field: p.Field, Noted: true})
	}
	return out
}

func mapped(src source.Source, key *token.Key, in *record.Reader, kind string, rec *record.Value) {
	var r reservation.Reservation
	var c reservation.Customer
	var g reservation.Merge
	switch (target{src.Platform, kind}) {
	case otReservation:
		opentable.NewMapper(src, key, in).Reservation(rec, &r)
	case otGuest:
		if m := opentable.NewMapper(src, key, in); !m.Merge(rec, &g) {
			m.Customer(rec, &c)
		}
	case tfReservation:
		thefork.NewMapper(src, key, in).Reservation(rec, &r)
	case tfCustomer:
		thefork.NewMapper(src, key, in).Customer(rec, &c)
	}
}

func sorted(e []simulator.Expect) []simulator.Expect {
	e = slices.Clone(e)
	slices.SortFunc(e, func(a, b simulator.Expect) int { return strings.Compare(a.Field+a.Reason, b.Field+b.Reason) })
	return e
}

// checkAnswers compares a day's answer sheets with what the mapper says of every single record.
func checkAnswers(t *testing.T, shares map[string]float64, records int64, days ...string) map[string]int {
	t.Helper()
	z := openZone(t)
	for _, day := range days {
		generate(t, Options{Day: day, Out: z, Settings: settings(records, shares)})
	}
	answers := map[string]simulator.Answer{}
	done := map[string]int{}
	name := func(d simulator.Day, kind, id string) string { return d.Folder() + kind + "/" + id }
	seen := map[string]bool{}
	eachLine(t, z, days, func(src source.Source, d simulator.Day, kind string, l simulator.Line) {
		if !seen[d.Folder()] {
			seen[d.Folder()] = true
			for a, err := range simulator.Answers(t.Context(), z, d) {
				if err != nil {
					t.Fatal(err)
				}
				answers[name(d, a.Kind, a.ID)] = a
				done[a.Defect]++
			}
		}
		a := answers[name(d, kind, l.ID)]
		delete(answers, name(d, kind, l.ID))
		if d := cmp.Diff(sorted(a.Expect), sorted(problems(t, src, kind, l.ID, l.Record)), equateEmpty); d != "" {
			t.Errorf("%s %s %s (defect %q): %s", src.ID, kind, l.ID, a.Defect, d)
		}
	})
	for _, a := range answers {
		t.Errorf("an answer about no record: %+v", a)
	}
	return done
}

var equateEmpty = cmp.FilterValues(func(a, b []simulator.Expect) bool { return len(a)+len(b) == 0 }, cmp.Ignore())

func TestAnswerSheetIsExact(t *testing.T) {
	done := checkAnswers(t, map[string]float64{everyKind: 0.5}, 250, "2026-03-28", "2026-03-29")
	for _, d := range defects {
		if done[d.name] == 0 && !d.asked {
			t.Errorf("no record has the defect %s", d.name)
		}
	}
	if len(done) < 16 {
		t.Errorf("only %d kinds of defect", len(done))
	}
}

func TestCleanRecordsAreClean(t *testing.T) {
	// Days of 23 and of 25 hours in Europe and in America, and the days before.
	days := []string{"2026-03-07", "2026-03-08", "2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-10-31",
		"2026-11-01"}
	if done := checkAnswers(t, map[string]float64{everyKind: 0}, 100, days...); len(done) != 0 {
		t.Errorf("defects without a share: %v", done)
	}
}

func TestEachDefectAlone(t *testing.T) {
	for _, d := range defects {
		records, share := int64(10), 1.0
		if d.asked {
			share = 0.03 // ten million bytes each
		}
		done := checkAnswers(t, map[string]float64{everyKind: 0, d.name: share}, records, "2026-03-28", "2026-03-29")
		if len(done) != 1 || done[d.name] == 0 {
			t.Errorf("asked for %s, got %v", d.name, done)
		}
	}
}

func TestShareOfDefectsIsMet(t *testing.T) {
	z := openZone(t)
	generate(t, Options{Day: "2026-03-27", Out: z, Source: "opentable/101",
		Settings: settings(2000, map[string]float64{everyKind: 0.05, "extra_field": 0.1})})
	d, err := simulator.ReadDay(t.Context(), z, simulator.ID{Platform: reservation.OpenTable, Restaurant: 101, Day: "2026-03-27"})
	if err != nil {
		t.Fatal(err)
	}
	records, others := int64(0), int64(0)
	for _, kind := range simulator.Kinds {
		records += d.Files[kind].Records
	}
	for name, n := range d.Defects {
		if name != "extra_field" {
			others += n
		}
	}
	for share, n := range map[float64]int64{0.05: others, 0.1: d.Defects["extra_field"]} {
		want := share * float64(records)
		if math.Abs(float64(n)-want) > 5*math.Sqrt(want) {
			t.Errorf("%d defects in %d records, want about %.0f", n, records, want)
		}
	}
}

func TestSpoilerNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := map[string]float64{everyKind: rapid.Float64Range(0, 1).Draw(t, "even")}
		s := newSpoiler(rapid.SampledFrom([]target{otReservation, otGuest, tfReservation, tfCustomer}).Draw(t, "target"), shares)
		key := rapid.Uint64().Draw(t, "key")
		clean := []byte(`{"id":"x"}`)
		got, defect, _, err := s.spoil(key, clean)
		if err != nil {
			t.Fatal(err)
		}
		if defect == "" && !bytes.Equal(got, clean) {
			t.Fatal("spoilt without a defect")
		}
	})
}
