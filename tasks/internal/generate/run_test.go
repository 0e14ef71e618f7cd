package generate

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
)

func openZone(t rapid.TB) *lake.Zone {
	z, err := lake.Open(context.Background(), machine.This(), "mem://"+uuid.NewString())
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func registry(t rapid.TB) *source.Registry {
	r, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func settings(records int64, shares map[string]float64) simulator.Settings {
	return simulator.Settings{Seed: 1, Records: records, Defects: shares}
}

func generate(t rapid.TB, o Options) []SourceDay {
	o.Registry = registry(t)
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Days
}

// contents returns a zone's files.
func contents(t rapid.TB, z *lake.Zone) map[string]string {
	files := map[string]string{}
	for e, err := range z.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		text, err := z.ReadAll(context.Background(), e.Key, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		files[e.Key] = string(text)
	}
	return files
}

func TestAnyDayInAnyOrderHasTheSameBytes(t *testing.T) {
	days := []string{"2026-03-08", "2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30", "2026-10-25"}
	sources := []string{"opentable/101", "opentable/102", "opentable/103", "thefork/101", "thefork/102", "thefork/103"}
	s := settings(12, map[string]float64{everyKind: 0.1})
	alone := map[string]string{}
	for _, day := range days {
		for _, src := range sources {
			z := openZone(t)
			generate(t, Options{Day: day, Out: z, Source: src, Settings: s})
			maps.Copy(alone, contents(t, z))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		z := openZone(t)
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			src := rapid.SampledFrom(append([]string{""}, sources...)).Draw(t, "source") // "" is all of them
			generate(t, Options{Day: rapid.SampledFrom(days).Draw(t, "day"), Out: z, Source: src, Settings: s})
		}
		for key, text := range contents(t, z) {
			if alone[key] != text {
				t.Fatalf("%s has other bytes than when made alone", key)
			}
		}
	})
}

// golden are the uncompressed files' digests of one small day. They change with everything that changes the world: raise its
// number then, and make all zones again.
const golden = "testdata/digests.json"

func TestSameBytesOnAnyMachine(t *testing.T) {
	z := openZone(t)
	generate(t, Options{Day: "2026-03-29", Out: z, Settings: settings(200, map[string]float64{everyKind: 0.05})})
	got := map[string]string{}
	for key, text := range contents(t, z) {
		if !strings.HasSuffix(key, simulator.ManifestFile) {
			continue
		}
		var d simulator.Day
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		for _, f := range d.Files {
			got[d.Folder()+f.Name] = f.SHA256
		}
	}
	if os.Getenv("COVERS_UPDATE_GOLDEN") != "" {
		text, _ := json.MarshalIndent(got, "", "  ")
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the world has changed (COVERS_UPDATE_GOLDEN=1 accepts that): %s", d)
	}
}

func TestRerunIsUnchanged(t *testing.T) {
	z := openZone(t)
	o := Options{Day: "2026-03-27", Out: z, Settings: settings(50, map[string]float64{everyKind: 0.1})}
	first := generate(t, o)
	before := contents(t, z)
	second := generate(t, o)
	for i := range first {
		if !first[i].Written || second[i].Written {
			t.Errorf("%s: written %v, then %v", first[i].Key, first[i].Written, second[i].Written)
		}
		second[i].Written = true
	}
	if d := cmp.Diff(first, second); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before, contents(t, z)); d != "" {
		t.Error(d)
	}
	o.Settings.Seed, o.Registry = 2, registry(t)
	if _, err := Run(t.Context(), o); fault.KindOf(err) != fault.Usage {
		t.Errorf("other settings: want a usage fault, got %v", err)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	z := openZone(t)
	o := Options{Day: "2026-03-27", Out: z, DryRun: true, Settings: settings(50, map[string]float64{everyKind: 0})}
	said := generate(t, o)
	if files := contents(t, z); len(files) != 0 {
		t.Errorf("a dry run wrote %v", slices.Collect(maps.Keys(files)))
	}
	o.DryRun = false
	for i, done := range generate(t, o) {
		if d := cmp.Diff(done.Records, said[i].Records); d != "" || said[i].Written {
			t.Errorf("a dry run said otherwise: %s", d)
		}
	}
}

func TestStopLeavesNoDay(t *testing.T) {
	z := openZone(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, Options{Day: "2026-03-27", Out: z, Registry: registry(t), Settings: settings(50, nil)})
	if fault.KindOf(err) != fault.Stopped {
		t.Errorf("want a stop, got %v", err)
	}
	if files := contents(t, z); len(files) != 0 {
		t.Errorf("a stopped run left %v", slices.Collect(maps.Keys(files)))
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	z := openZone(t)
	for _, o := range []Options{
		{Day: "2026-03-27", Out: z, Registry: registry(t), Source: "thefork/group-main"},
		{Day: "2026-03-27", Out: z, Registry: registry(t), Source: "opentable/999"},
		{Day: "2025-12-31", Out: z, Registry: registry(t)},
	} {
		o.Settings = settings(10, nil)
		if _, err := Run(t.Context(), o); fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: want a usage fault, got %v", o, err)
		}
	}
}

func TestAnUnknownPlatformIsADefect(t *testing.T) {
	other := *registry(t)
	other.Sources = append(slices.Clone(other.Sources), source.Source{ID: "nobody/101", Platform: "nobody", RestaurantID: 101})
	o := Options{Day: "2026-03-27", Out: openZone(t), Registry: &other, Source: "nobody/101", Settings: settings(10, nil)}
	if out, err := Run(t.Context(), o); fault.KindOf(err) != fault.Defect || err == nil {
		t.Errorf("got %+v and %v, want a defect", out, err)
	}
}

func BenchmarkDay(b *testing.B) {
	src, err := registry(b).Source("opentable/101")
	if err != nil {
		b.Fatal(err)
	}
	s, err := newSite(src, 1, 5000)
	if err != nil {
		b.Fatal(err)
	}
	on, _ := parseDay("2026-03-27")
	for b.Loop() {
		z := openZone(b)
		w := simulator.NewWriter(z, simulator.ID{Platform: src.Platform, Restaurant: src.RestaurantID, Day: on.String()})
		if _, err := s.write(b.Context(), s.changesOn(on), w, map[string]float64{everyKind: 0.01}); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
}
