package transform

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

const day = "2026-03-28"

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
)

func now() time.Time { return noon }

func options(t testing.TB) Options {
	zone := func() *lake.Zone {
		z, err := lake.Open(ctx, machine.This(), fmt.Sprintf("mem://transform-%d", rand.Uint64()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { z.Close() })
		return z
	}
	return Options{
		Day: day, Sources: []string{"opentable/101", "opentable/102", "thefork/group", "thefork/group-b"},
		Staging: zone(), Processed: zone(), Program: "test", Machine: machine.Machine{Now: now},
	}
}

// result is what a test wants in staging.
type result struct {
	source   string
	reading  int
	rank     int64
	rows     int
	erasures int
	absences int
	refused  bool
	claim    int    // rows that the manifest counts beyond those there are
	foreign  string // reading that the rows carry instead of their own

	claimAbsent int // as claim, of absences
}

func (r result) id() lake.ReadingID {
	return lake.ReadingID{Source: r.source, Day: day, By: lake.ByUpdated,
		Name: fmt.Sprintf("20260329T000000.000Z-%08x", r.reading)}
}

func put(t testing.TB, z *lake.Zone, r result) {
	t.Helper()
	id := r.id()
	rank := lake.Rank{Contract: r.rank, Source: 1, Key: 1}
	a := z.Begin(now)
	prefix := lake.ReadingPrefix(id) + rank.String() + "/"
	carried := id.String()
	if r.foreign != "" {
		carried = r.foreign
	}
	var objects []lake.Object
	var err error
	if !r.refused {
		w := parquetrows.NewWriter[reservation.Reservation](a, reservation.KindReservation, prefix)
		for i := range r.rows {
			row := reservation.Reservation{
				Origin:        reservation.Origin{Reading: carried, Line: int64(i + 1), Digest: fmt.Sprintf("%032x", r.rank)},
				ReservationID: fmt.Sprintf("%s-%d", r.source, i),
			}
			if err := w.Write([]reservation.Reservation{row}); err != nil {
				t.Fatal(err)
			}
		}
		if objects, err = w.Close(ctx, objects); err != nil {
			t.Fatal(err)
		}
	}
	w := parquetrows.NewWriter[reservation.Erasure](a, lake.KindErasure, prefix)
	for i := range r.erasures {
		row := reservation.Erasure{Reading: id.String(), Line: int64(i + 1), Platform: "opentable", CustomerID: "c"}
		if err := w.Write([]reservation.Erasure{row}); err != nil {
			t.Fatal(err)
		}
	}
	if objects, err = w.Close(ctx, objects); err != nil {
		t.Fatal(err)
	}
	absent := parquetrows.NewWriter[reservation.Absence](a, lake.KindAbsence, prefix)
	for i := 0; i < r.absences && !r.refused; i++ {
		row := reservation.Absence{
			Reading: carried, Line: int64(i + 1), Platform: "opentable", Source: r.source,
			Kind: reservation.KindReservation, ID: "x",
		}
		if err := absent.Write([]reservation.Absence{row}); err != nil {
			t.Fatal(err)
		}
	}
	if objects, err = absent.Close(ctx, objects); err != nil {
		t.Fatal(err)
	}
	n := int64(r.rows + r.claim)
	m := lake.Result{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: day, By: id.By, Rank: rank,
		Input: strings.Repeat("ab", 32), Stable: true, ReadAt: noon, Refused: r.refused, Erasures: int64(r.erasures),
		Counts: map[string]lake.ResultCounts{reservation.KindReservation: {
			Received: n, Accepted: n, Reasons: map[string]int64{}, Absent: int64(r.absences + r.claimAbsent),
		}},
		Objects: objects, WrittenAt: noon, Program: "test",
	}
	if r.refused {
		m.Why = "too many"
	}
	if r.claim != 0 { // the object's count goes along, so that only the object itself can tell
		for i := range m.Objects {
			if m.Objects[i].Kind == reservation.KindReservation {
				m.Objects[i].Records = n
			}
		}
	}
	for i := range m.Objects {
		if m.Objects[i].Kind == lake.KindAbsence {
			m.Objects[i].Records += int64(r.claimAbsent)
		}
	}
	if won, err := a.Publish(ctx, lake.ResultKey(id, m.Input, rank), m); err != nil || !won {
		t.Fatalf("put %+v: won %v, %v", r, won, err)
	}
}

// all returns every row of every processed manifest, "reading line digest".
func all(t testing.TB, o Options) (found []string) {
	manifests, err := lake.ProcessedOf(ctx, o.Processed, day)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		for _, object := range m.Manifest.Objects {
			if object.Kind != reservation.KindReservation {
				continue
			}
			err := parquetrows.Read(ctx, o.Processed, object, func(b []reservation.Reservation) error {
				for _, x := range b {
					found = append(found, fmt.Sprintf("%s %d %s", x.Reading, x.Line, x.Digest))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(found)
	return found
}

func run1(t testing.TB, o Options) Outcome {
	t.Helper()
	out, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTakesTheNewestRankOnceAndLeavesRefusedRowsOut(t *testing.T) {
	o := options(t)
	if out := run1(t, o); out.Key != "" {
		t.Errorf("an empty day gave %s", out.Key)
	}
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 1, rows: 3})
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 2, rows: 2, erasures: 1})
	put(t, o.Staging, result{source: "opentable/102", reading: 1, rank: 1, rows: 5, refused: true, erasures: 2})
	put(t, o.Staging, result{source: "thefork/group", reading: 1, rank: 1, rows: 1})
	put(t, o.Staging, result{source: "thefork/group-b", reading: 1, rank: 1, rows: 1})
	dry := o
	dry.DryRun = true
	if out := run1(t, dry); len(out.Results) != 4 || len(all(t, o)) != 0 {
		t.Errorf("dry run: %d results, wrote %v", len(out.Results), all(t, o))
	}
	out := run1(t, o)
	want := []string{
		result{source: "opentable/101", reading: 1}.id().String() + " 1 " + fmt.Sprintf("%032x", 2),
		result{source: "opentable/101", reading: 1}.id().String() + " 2 " + fmt.Sprintf("%032x", 2),
		result{source: "thefork/group", reading: 1}.id().String() + " 1 " + fmt.Sprintf("%032x", 1),
		result{source: "thefork/group-b", reading: 1}.id().String() + " 1 " + fmt.Sprintf("%032x", 1),
	}
	slices.Sort(want)
	if d := cmp.Diff(want, all(t, o)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	in := out.Manifest.Inputs
	if len(in) != 4 || in[1].Rows[reservation.KindReservation] != 0 || in[1].Erasures != 2 {
		t.Errorf("the refused reading is not named as it should be: %+v", out.Manifest.Inputs)
	}
	if again := run1(t, o); again.Key != "" {
		t.Errorf("a second run gave %s", again.Key)
	}
	put(t, o.Staging, result{source: "thefork/group", reading: 2, rank: 1, rows: 4})
	if more := run1(t, o); len(more.Manifest.Inputs) != 1 || len(all(t, o)) != len(want)+4 {
		t.Errorf("a new reading: %+v", more.Manifest.Inputs)
	}
}

func TestRefusesWhatDoesNotBalance(t *testing.T) {
	for name, r := range map[string]result{
		"fewer rows than counted": {source: "opentable/101", reading: 1, rank: 1, rows: 3, claim: 1},
		"rows of another reading": {source: "opentable/101", reading: 1, rank: 1, rows: 3, foreign: "opentable/101/x/updated/y"},
		"fewer absent than said":  {source: "opentable/101", reading: 1, rank: 1, absences: 2, claimAbsent: 1},
		"more absent than said":   {source: "opentable/101", reading: 1, rank: 1, absences: 2, claimAbsent: -1},
		"absent to another": {
			source: "opentable/101", reading: 1, rank: 1, absences: 2, foreign: "opentable/101/x/updated/y",
		},
		"more rows than it counts": {source: "opentable/101", reading: 1, rank: 1, rows: 3, claim: -1},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			put(t, o.Staging, r)
			if _, err := Run(ctx, o); fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "parquet") {
				t.Errorf("got %v", err)
			}
			if found, err := lake.ProcessedOf(ctx, o.Processed, day); err != nil || len(found) != 0 {
				t.Errorf("published all the same: %v, %v", found, err)
			}
		})
	}
}

// Absent ids are copied as rows are, but for those of a refused reading.
func TestGathersAbsences(t *testing.T) {
	o := options(t)
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 1, rows: 1, absences: 2})
	put(t, o.Staging, result{source: "opentable/102", reading: 1, rank: 1, absences: 3})
	put(t, o.Staging, result{source: "thefork/group", reading: 1, rank: 1, rows: 5, absences: 4, refused: true})
	out := run1(t, o)
	var got []string
	for _, object := range out.Manifest.Objects {
		if object.Kind != lake.KindAbsence {
			continue
		}
		err := parquetrows.Read(ctx, o.Processed, object, func(b []reservation.Absence) error {
			for _, x := range b {
				got = append(got, fmt.Sprintf("%s %d", x.Source, x.Line))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"opentable/101 1", "opentable/101 2", "opentable/102 1", "opentable/102 2", "opentable/102 3"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if in := out.Manifest.Inputs[2]; in.Counts[reservation.KindReservation].Absent != 4 || in.Absences() != 0 {
		t.Errorf("the refused reading: %+v", in)
	}
}

// Racing transforms may name a result twice; each manifest is whole, and none names anything else.
func TestRacingTransforms(t *testing.T) {
	o := options(t)
	for i := range 6 {
		put(t, o.Staging, result{source: o.Sources[i%3], reading: i, rank: 1, rows: 10 + i})
	}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { run1(t, o) })
	}
	wg.Wait()
	got := slices.Compact(all(t, o))
	if len(got) != 10+11+12+13+14+15 {
		t.Errorf("got %d rows", len(got))
	}
	if out := run1(t, o); out.Key != "" {
		t.Errorf("something was left over: %s", out.Key)
	}
}

// Whatever order results and transforms come in, the manifests together name each reading's rows.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := options(t)
		stands := map[string]result{}
		next := map[string]int64{} // a reading is derived at rising ranks
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "transform") {
				run1(t, o)
				continue
			}
			r := result{
				source: rapid.SampledFrom(o.Sources).Draw(rt, "source"), reading: rapid.IntRange(0, 2).Draw(rt, "reading"),
				rows: rapid.IntRange(0, 4).Draw(rt, "rows"), refused: rapid.Bool().Draw(rt, "refused"),
			}
			id := r.id().String()
			next[id]++
			r.rank = next[id]
			put(t, o.Staging, r)
			if have, ok := stands[id]; !ok || have.refused || !r.refused {
				stands[id] = r
			}
		}
		run1(t, o)
		// The newest rank of each reading among the manifests is the one that stands, with its rows.
		manifests, err := lake.ProcessedOf(ctx, o.Processed, day)
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]lake.Input{}
		for _, m := range manifests {
			for _, in := range m.Manifest.Inputs {
				if have, ok := got[in.Reading]; !ok || have.Rank.Compare(in.Rank) < 0 {
					got[in.Reading] = in
				}
			}
		}
		if len(got) != len(stands) {
			rt.Fatalf("%d readings named, want %d", len(got), len(stands))
		}
		for id, r := range stands {
			want := int64(r.rows)
			if r.refused {
				want = 0
			}
			in := got[id]
			if in.Rank.Contract != r.rank || in.Refused != r.refused || in.Rows[reservation.KindReservation] != want {
				rt.Fatalf("%s: got %+v, want %+v", id, in, r)
			}
		}
	})
}
