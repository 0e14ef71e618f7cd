package validate_test

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/token"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

const second = "20260329T010000.000Z-00000002"

// loseObjects removes the raw objects of a reading, as an expired lifecycle or a lost disk would; with all, its manifest too.
func loseObjects(t *testing.T, o validate.Options, name string, all bool) {
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
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	loseObjects(t, o, vt.First, false)
	out, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Data || len(out.Broken) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	vt.WriteReading(t, o, second, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	for _, want := range []int{1, 0} {
		out, err = validate.Run(ctx, o)
		if err != nil || len(out.Results) != want || len(out.Broken) != 1 {
			t.Fatalf("got %+v, %v", out, err)
		}
	}
}

func TestAResultOutlivesItsReading(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	one(t, o)
	loseObjects(t, o, vt.First, true)
	o.Source.Revision = 2
	out, err := validate.Run(ctx, o)
	if err != nil || len(out.Kept) != 1 || out.Kept[0].Rank.Source != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
}

// A number stands for one key, whichever source used it first.
func TestATokenKeyNumberStandsForOneKey(t *testing.T) {
	a := vt.Options(t, "opentable/101")
	vt.WriteReading(t, a, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	one(t, a)
	b := vt.Options(t, "thefork/101")
	b.Staging = a.Staging
	vt.WriteReading(t, b, vt.First, nil)
	other, err := token.New("another key for tests, of enough bytes.", 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	right := b.Key
	b.Key = other
	if _, err := validate.Run(ctx, b); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "token_key") {
		t.Errorf("another key under number 1: %v", err)
	}
	dry := b
	dry.DryRun = true
	if _, err := validate.Run(ctx, dry); fault.KindOf(err) != fault.Usage {
		t.Errorf("the dry run does not say so: %v", err)
	}
	b.Key = right
	if _, err := validate.Run(ctx, b); err != nil {
		t.Errorf("the right key: %v", err)
	}
}

// A run that leaves no result pins nothing.
func TestAFailedRunBindsNobody(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	loseObjects(t, o, vt.First, false)
	if _, err := validate.Run(ctx, o); fault.KindOf(err) != fault.Data {
		t.Fatal(err)
	}
	o.MaxRefused = 0.5
	o.Key = vt.Options(t, "opentable/101").Key
	vt.WriteReading(t, o, second, map[string][]string{reservations: vt.Many(3, vt.OpenTable)})
	if _, err := validate.Run(ctx, o); err != nil {
		t.Errorf("another limit after a failure: %v", err)
	}
}

func TestWideRecordsAndBrokenEscapesAreQuarantined(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		vt.OpenTable(0),
		vt.OpenTable(1, `["birthday"]`, `[`+strings.TrimSuffix(strings.Repeat(`1,`, 400_000), ",")+`]`),
		vt.OpenTable(2, vt.UID(2), `\ud800`),
		vt.OpenTable(3, "quiet", `qui\u00e9t \ud83d\ude00`),
	}})
	got := read(t, o, one(t, o))
	slices.Sort(got.Refusals)
	want := []string{"reservation 2 too_large ", "reservation 3 encoding id"}
	if len(got.Reservations) != 2 || !slices.Equal(got.Refusals, want) {
		t.Errorf("accepted %d, refused %v", len(got.Reservations), got.Refusals)
	}
}
