package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
)

// A day in which guests are withheld: its bookings go in, and what it says of guests, merged and absent ones too, does not.
func putWithheld(t *testing.T, z *lake.Zone, source string, rank int64) lake.ReadingID {
	t.Helper()
	id := result{source: source, reading: 1}.id()
	r := lake.Rank{Contract: rank, Source: 1, Key: 1}
	a := z.Begin(now)
	prefix := lake.ReadingPrefix(id) + r.String() + "/"
	origin := func(line int64) reservation.Origin {
		return reservation.Origin{Reading: id.String(), Line: line, Digest: fmt.Sprintf("%032x", rank)}
	}
	objects := write(t, a, nil, reservation.KindReservation, prefix, reservation.Reservation{Origin: origin(1)},
		reservation.Reservation{Origin: origin(2)})
	objects = write(t, a, objects, lake.KindAbsence, prefix,
		reservation.Absence{Reading: id.String(), Line: 3, Kind: reservation.KindReservation, ID: "x"})
	objects = write(t, a, objects, lake.KindQuarantine, prefix, make([]reservation.Refusal, 6)...)
	m := lake.Result{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: day, By: id.By, Rank: r,
		Input: strings.Repeat("ab", 32), Stable: true, ReadAt: noon,
		Counts: map[string]lake.ResultCounts{
			reservation.KindReservation: {Received: 2, Accepted: 2, Absent: 1},
			reservation.KindCustomer: {
				Received: 10, Accepted: 3, Merged: 1, Quarantined: 6, Absent: 4, Reasons: map[string]int64{"time": 6},
				Withheld: "6 of 10 customer records refused",
			},
		},
		Objects: objects, WrittenAt: noon, Program: "test",
	}
	if won, err := a.Publish(ctx, lake.ResultKey(id, m.Input, r), m); err != nil || !won {
		t.Fatalf("won %v, %v", won, err)
	}
	return id
}

func write[T any](t *testing.T, a *lake.Attempt, objects []lake.Object, kind, prefix string, rows ...T) []lake.Object {
	t.Helper()
	w := parquetrows.NewWriter[T](a, kind, prefix)
	if err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	objects, err := w.Close(ctx, objects)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestAWithheldKindIsLeftOutAlone(t *testing.T) {
	o := options(t)
	putWithheld(t, o.Staging, "opentable/101", 1)
	out := run1(t, o)
	kinds := map[string]int64{}
	for _, object := range out.Manifest.Objects {
		kinds[object.Kind] += object.Records
	}
	if d := cmp.Diff(map[string]int64{reservation.KindReservation: 2, lake.KindAbsence: 1}, kinds); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	in := out.Manifest.Inputs[0]
	if in.Refused || in.Rows[reservation.KindReservation] != 2 || in.Rows[reservation.KindCustomer] != 0 || in.Merges() != 0 {
		t.Errorf("%+v", in)
	}
}

// Merged guests are copied as rows are.
func TestGathersMerges(t *testing.T) {
	o := options(t)
	id := result{source: "opentable/101", reading: 1}.id()
	rank := lake.Rank{Contract: 1, Source: 1, Key: 1}
	for name, foreign := range map[string]string{"its own": "", "of another reading": "opentable/101/x/updated/y"} {
		t.Run(name, func(t *testing.T) {
			o.Staging, o.Processed = options(t).Staging, options(t).Processed
			a := o.Staging.Begin(now)
			survivor, reading := "101-b", id.String()
			if foreign != "" {
				reading = foreign
			}
			rows := []reservation.Merge{
				{
					Reading: id.String(), Line: 1, Platform: "opentable", Source: id.Source, CustomerID: "101-a",
					SurvivorID: &survivor,
				},
				{Reading: reading, Line: 2, Platform: "opentable", Source: id.Source, CustomerID: "101-c"},
			}
			m := lake.Result{
				Version: lake.Version, Reading: id.String(), Source: id.Source, Day: day, By: id.By, Rank: rank,
				Input: strings.Repeat("ab", 32), Stable: true, ReadAt: noon, WrittenAt: noon, Program: "test",
				Counts:  map[string]lake.ResultCounts{reservation.KindCustomer: {Received: 2, Merged: 2}},
				Objects: write(t, a, nil, lake.KindMerge, lake.ReadingPrefix(id)+rank.String()+"/", rows...),
			}
			if won, err := a.Publish(ctx, lake.ResultKey(id, m.Input, rank), m); err != nil || !won {
				t.Fatalf("won %v, %v", won, err)
			}
			out, err := Run(ctx, o)
			if foreign != "" {
				if err == nil || !strings.Contains(err.Error(), "a row of reading "+foreign) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || len(out.Manifest.Objects) != 1 || out.Manifest.Inputs[0].Merges() != 2 {
				t.Fatalf("%+v, %v", out.Manifest, err)
			}
			var got []string
			err = parquetrows.Read(ctx, o.Processed, out.Manifest.Objects[0], func(b []reservation.Merge) error {
				for _, x := range b {
					got = append(got, fmt.Sprintf("%d %s %t", x.Line, x.CustomerID, x.SurvivorID == nil))
				}
				return nil
			})
			if err != nil || !slices.Equal(got, []string{"1 101-a false", "2 101-c true"}) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// A newer rank that refuses, or withholds a kind, takes nothing away from what an older one let in, and is named.
func TestANewerRankTakesNothingAway(t *testing.T) {
	good := result{source: "opentable/101", reading: 1, rank: 1, rows: 3}
	for name, worse := range map[string]func(t *testing.T, z *lake.Zone, rank int64){
		"refused": func(t *testing.T, z *lake.Zone, rank int64) {
			put(t, z, result{source: "opentable/101", reading: 1, rank: rank, rows: 3, refused: true})
		},
		"guests withheld": func(t *testing.T, z *lake.Zone, rank int64) { putWithheld(t, z, "opentable/101", rank) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, early := range []bool{true, false} { // gathered before the newer rank is there, or after it
				o := options(t)
				put(t, o.Staging, good)
				if early {
					run1(t, o)
				}
				worse(t, o.Staging, 2)
				out := run1(t, o)
				got := all(t, o)
				if len(got) != 3 || !strings.HasSuffix(got[0], fmt.Sprintf("%032x", 1)) {
					t.Fatalf("rows %v", got)
				}
				if len(out.Over) != 1 || out.Over[0].Rank.Contract != 2 || out.Over[0].Stands.Contract != 1 ||
					out.Over[0].Why == "" {
					t.Errorf("passed over: %+v", out.Over)
				}
				// Once nothing is withheld any more, the newest stands again.
				mended := good
				mended.rank, mended.rows = 3, 2
				put(t, o.Staging, mended)
				if out := run1(t, o); len(out.Over) != 0 || len(out.Manifest.Inputs) != 1 ||
					out.Manifest.Inputs[0].Rank.Contract != 3 {
					t.Errorf("mended: %+v", out)
				}
			}
		})
	}
}

// Where a rank that withholds is loaded already, an older one that comes late changes nothing: no load takes a rank back.
func TestAnOlderRankThatComesLate(t *testing.T) {
	o := options(t)
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 2, rows: 3, refused: true})
	run1(t, o)
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 1, rows: 3})
	if out := run1(t, o); out.Key != "" || len(out.Over) != 0 {
		t.Errorf("%+v", out)
	}
}
