package main

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/token"
)

const second = "20260329T010000.000Z-00000002"

// loseObjects removes the raw objects of a reading, as an expired lifecycle or a lost disk would; with all, its manifest too.
func loseObjects(t *testing.T, o Options, name string, all bool) {
	t.Helper()
	for e, err := range o.Raw.List(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(e.Key, name) && (all || strings.HasSuffix(e.Key, ".zst")) {
			if err := o.Raw.Delete(ctx, e.Key); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestABrokenReadingIsMadeUpForByANewerOne(t *testing.T) {
	o := options(t, "opentable/101")
	writeReading(t, o, first, map[string][]string{reservations: many(3, openTable)})
	loseObjects(t, o, first, false)
	out, err := Run(ctx, o)
	if fault.KindOf(err) != fault.Data || len(out.Broken) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	writeReading(t, o, second, map[string][]string{reservations: many(3, openTable)})
	for _, want := range []int{1, 0} {
		out, err = Run(ctx, o)
		if err != nil || len(out.Results) != want || len(out.Broken) != 1 {
			t.Fatalf("got %+v, %v", out, err)
		}
	}
}

func TestAResultOutlivesItsReading(t *testing.T) {
	o := options(t, "opentable/101")
	writeReading(t, o, first, map[string][]string{reservations: many(3, openTable)})
	one(t, o)
	loseObjects(t, o, first, true)
	o.Source.Revision = 2
	out, err := Run(ctx, o)
	if err != nil || len(out.Kept) != 1 || out.Kept[0].Rank.Source != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
}

// A number stands for one key, whichever source used it first.
func TestATokenKeyNumberStandsForOneKey(t *testing.T) {
	a := options(t, "opentable/101")
	writeReading(t, a, first, map[string][]string{reservations: many(3, openTable)})
	one(t, a)
	b := options(t, "thefork/101")
	b.Staging = a.Staging
	writeReading(t, b, first, nil)
	other, err := token.New("another key for tests, of enough bytes.", 1)
	if err != nil {
		t.Fatal(err)
	}
	right := b.Key
	b.Key = other
	if _, err := Run(ctx, b); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "token_key") {
		t.Errorf("another key under number 1: %v", err)
	}
	dry := b
	dry.DryRun = true
	if _, err := Run(ctx, dry); fault.KindOf(err) != fault.Usage {
		t.Errorf("the dry run does not say so: %v", err)
	}
	b.Key = right
	if _, err := Run(ctx, b); err != nil {
		t.Errorf("the right key: %v", err)
	}
}

// A run that leaves no result pins nothing.
func TestAFailedRunBindsNobody(t *testing.T) {
	o := options(t, "opentable/101")
	writeReading(t, o, first, map[string][]string{reservations: many(3, openTable)})
	loseObjects(t, o, first, false)
	if _, err := Run(ctx, o); fault.KindOf(err) != fault.Data {
		t.Fatal(err)
	}
	o.MaxRefused = 0.5
	o.Key = options(t, "opentable/101").Key
	writeReading(t, o, second, map[string][]string{reservations: many(3, openTable)})
	if _, err := Run(ctx, o); err != nil {
		t.Errorf("another limit after a failure: %v", err)
	}
}

func TestWideRecordsAndBrokenEscapesAreQuarantined(t *testing.T) {
	o := options(t, "opentable/101")
	o.MaxRefused = 1
	writeReading(t, o, first, map[string][]string{reservations: {
		openTable(0),
		openTable(1, `["birthday"]`, `[`+strings.TrimSuffix(strings.Repeat(`1,`, 400_000), ",")+`]`),
		openTable(2, uid(2), `\ud800`),
		openTable(3, "quiet", `qui\u00e9t \ud83d\ude00`),
	}})
	got := read(t, o, one(t, o))
	slices.Sort(got.Refusals)
	if len(got.Reservations) != 2 || !slices.Equal(got.Refusals, []string{"reservation 2 too_large ", "reservation 3 encoding "}) {
		t.Errorf("accepted %d, refused %v", len(got.Reservations), got.Refusals)
	}
}
