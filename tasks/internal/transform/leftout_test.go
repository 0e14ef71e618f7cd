package transform

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// One corrupt result must not stop the day: it is left out and named, the others are published.
func TestABadResultIsLeftOut(t *testing.T) {
	t.Run("small", func(t *testing.T) { badResultIsLeftOut(t, 3) })
	t.Run("large", func(t *testing.T) { badResultIsLeftOut(t, 9000) }) // copied without a look at each row
}

func badResultIsLeftOut(t *testing.T, rows int) {
	bad := result{source: "opentable/101", reading: 1, rank: 1, rows: rows}
	for name, spoil := range map[string]func(*testing.T, Options){
		"wrong counts": func(t *testing.T, o Options) { r := bad; r.claim = 1; put(t, o.Staging, r) },
		"foreign reading": func(t *testing.T, o Options) {
			r := bad
			r.foreign = "opentable/101/x/updated/y"
			put(t, o.Staging, r)
		},
		"missing object": func(t *testing.T, o Options) {
			put(t, o.Staging, bad)
			found, err := lake.Results(ctx, o.Staging, bad.source, day)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.Staging.Delete(ctx, found[0].Manifest.Objects[0].Key); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			spoil(t, o)
			put(t, o.Staging, result{source: "opentable/102", reading: 1, rank: 1, rows: 2})
			put(t, o.Staging, result{source: "thefork/group", reading: 1, rank: 1, rows: 4})
			out, err := Run(ctx, o)
			if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "left out 1 result") ||
				!strings.Contains(err.Error(), bad.id().Name) || !strings.Contains(err.Error(), "run transform again") {
				t.Errorf("got %v", err)
			}
			if len(out.Manifest.Inputs) != 2 || out.Key == "" || len(out.Results) != 2 {
				t.Errorf("published %q with %+v", out.Key, out.Manifest.Inputs)
			}
			got := all(t, o)
			ofBad := func(row string) bool { return strings.HasPrefix(row, "opentable/101") }
			if len(got) != 6 || slices.ContainsFunc(got, ofBad) {
				t.Errorf("rows %v", got)
			}
			// It stays left out, and is still said, until it was derived again.
			if out, err := Run(ctx, o); out.Key != "" || fault.KindOf(err) != fault.Data {
				t.Errorf("a second run gave %q, %v", out.Key, err)
			}
			mended := bad
			mended.rank = 2
			put(t, o.Staging, mended)
			if out := run1(t, o); len(out.Manifest.Inputs) != 1 || len(all(t, o)) != 6+rows {
				t.Errorf("once mended: %+v", out.Manifest.Inputs)
			}
		})
	}
}

// A dry run finds what there is to gather, and leaves nothing.
func TestADryRunGathersNothing(t *testing.T) {
	o := options(t)
	o.DryRun = true
	put(t, o.Staging, result{source: "opentable/101", reading: 1, rank: 1, rows: 2})
	put(t, o.Staging, result{source: "opentable/102", reading: 1, rank: 1, refused: true})
	out := run1(t, o)
	if len(out.Results) != 2 || out.Results[0].Manifest.Refused || !out.Results[1].Manifest.Refused || out.Key != "" {
		t.Errorf("got %+v", out)
	}
	if found, err := lake.ProcessedOf(ctx, o.Processed, day); err != nil || len(found) != 0 {
		t.Errorf("published %d manifests, %v", len(found), err)
	}
}

// Each object is fetched once: what was verified is what is copied, though the object be gone by then.
func TestWhatWasVerifiedIsCopied(t *testing.T) {
	o := options(t)
	for i, source := range o.Sources {
		put(t, o.Staging, result{source: source, reading: 1, rank: 1, rows: 10 + 9000*(i%2), erasures: 1})
	}
	removed := 0
	o.Progress = func(done, total int64) {
		if removed > 0 || done < total/2 {
			return
		}
		for _, source := range o.Sources {
			found, err := lake.Results(ctx, o.Staging, source, day)
			if err != nil {
				t.Fatal(err)
			}
			for _, object := range found[0].Manifest.Objects {
				if err := o.Staging.Delete(ctx, object.Key); err != nil {
					t.Fatal(err)
				}
				removed++
			}
		}
	}
	if out := run1(t, o); removed != 8 || len(out.Manifest.Inputs) != 4 || len(all(t, o)) != 4*10+2*9000 {
		t.Errorf("%d objects removed, %d inputs, %d rows", removed, len(out.Manifest.Inputs), len(all(t, o)))
	}
}

// More objects than are kept open are fetched again.
func TestManyObjects(t *testing.T) {
	o := options(t)
	for i := range mostKept + 10 {
		put(t, o.Staging, result{source: o.Sources[i%4], reading: i, rank: 1, rows: 1})
	}
	if out := run1(t, o); len(out.Manifest.Inputs) != mostKept+10 || len(all(t, o)) != mostKept+10 {
		t.Errorf("%d inputs, %d rows", len(out.Manifest.Inputs), len(all(t, o)))
	}
}
