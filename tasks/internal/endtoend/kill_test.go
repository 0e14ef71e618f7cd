package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// places are the named places of each step, with the time at which it is killed there. The first time and a later one differ
// where a step passes a place more than once.
var places = map[string][]string{
	"generate": {"generate/file-stored", "generate/file-stored:2", "generate/day-before", "generate/day-stored"},
	"extract": {
		"extract/first-page", "extract/before-publish", "lake/object-spooled", "lake/object-stored", "lake/object-stored:2",
		"lake/manifest-before", "lake/manifest-stored",
	},
	"validate": {
		"validate/before-publish", "lake/object-spooled", "lake/object-stored", "lake/object-stored:2", "lake/manifest-before",
		"lake/manifest-stored",
	},
	"transform": {
		"transform/before-publish", "lake/object-spooled", "lake/object-stored", "lake/manifest-before", "lake/manifest-stored",
	},
	"load": {"load/landed", "load/before-commit", "load/after-commit"},
	"care forget": {
		"forget/listed", "forget/erased", "lake/object-stored", "forget/objects-stored", "forget/manifest-stored",
		"forget/object-purged", "forget/object-purged:2", "compact/before-swap", "compact/after-swap", "forget/compacted",
	},
	"load rebuild": {
		"rebuild/begun", "rebuild/carried", "load/landed", "load/before-commit", "load/after-commit", "rebuild/month",
		"rebuild/filled", "rebuild/compared", "rebuild/linked", "rebuild/before-swap", "rebuild/after-swap",
	},
}

// ofADay are the steps that a day is run with, one after the other.
var ofADay = []string{"extract", "validate", "transform", "load"}

// No place in the code is left out of the list above.
func TestEveryFailpointIsListed(t *testing.T) {
	out, err := exec.Command("grep", "-rhoE", `failpoint\.Hit\("[^"]+"\)`, "../..", "--include=*.go").Output()
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, at := range places {
		for _, p := range at {
			name, _, _ := strings.Cut(p, ":")
			listed = append(listed, name)
		}
	}
	tried := []string{"generate", "load rebuild", "care forget"} // these have tests of their own
	for step := range places {
		if !slices.Contains(ofADay, step) && !slices.Contains(tried, step) {
			t.Errorf("%s is not of a day, so nothing kills it at its places", step)
		}
	}
	for _, m := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(string(out), -1) {
		if !slices.Contains(listed, m[1]) {
			t.Errorf("no step is killed at %s", m[1])
		}
	}
}

// A step that is killed at any named place and run again ends in the same content, and nothing is left over.
func TestKilledAnywhereAndRunAgain(t *testing.T) {
	p := newPlatforms(t)
	firstDay := p.world(t)
	firstDay.day(days[0])
	want := firstDay.clone(t)
	want.day(days[1])
	want.inOrder()
	undisturbed := want.hash()

	for _, step := range ofADay {
		for _, place := range places[step] {
			t.Run(step+" at "+place, func(t *testing.T) {
				w := firstDay.clone(t)
				w.killed(step, place, days[1])
				w.day(days[1])
				w.inOrder()
				if got := w.hash(); got != undisturbed {
					t.Errorf("another content: %s, undisturbed %s", got, undisturbed)
				}
				w.nothingLeftOver()
			})
		}
	}
}

// killed runs a day up to a step and kills that one at a place.
func (w *world) killed(step, place, day string) {
	w.t.Helper()
	args := map[string][]string{
		"extract":   {"extract", "--source", sources[0], "--day", day, "--by", "updated"},
		"validate":  {"validate", "--source", sources[0], "--day", day, "--max-refused", "0.5"},
		"transform": {"transform", "--day", day},
		"load":      {"load", "--day", day},
	}
	for _, s := range ofADay {
		a := args[s]
		if s != step {
			w.step("", a[0], a[1:]...).succeeded(w.t)
			continue
		}
		if o := w.step(place, a[0], a[1:]...); !o.killed {
			w.t.Fatalf("%s was not killed at %s: exit code %d\n%s", o.name, place, o.code, o.stderr)
		}
		return
	}
}

// A rebuild that is killed at any named place leaves the warehouse whole under its name, the old one until the swap and the new
// one from then on; run again, it ends in the same content, and of what was killed nothing is left.
func TestRebuildKilledAndRunAgain(t *testing.T) {
	w := newPlatforms(t).world(t)
	w.day(days[0])
	w.given("somebody", "", "care", "forget", "--platform", "opentable", "--reference", "R-1").succeeded(t)
	undisturbed := w.hash()
	for _, place := range places["load rebuild"] {
		t.Run(place, func(t *testing.T) {
			w := w.clone(t)
			if o := w.step(place, "load", "rebuild"); !o.killed {
				t.Fatalf("not killed: exit code %d\n%s", o.code, o.stderr)
			}
			if got := w.hash(); got != undisturbed {
				t.Errorf("killed: another content: %s, undisturbed %s", got, undisturbed)
			}
			w.step("", "load", "rebuild").succeeded(t)
			if got := w.hash(); got != undisturbed {
				t.Errorf("run again: another content: %s, undisturbed %s", got, undisturbed)
			}
			kept, err := filepath.Glob(w.root + "/covers.duckdb*")
			if err != nil {
				t.Fatal(err)
			}
			want := 2
			if place == "rebuild/after-swap" { // both runs have swapped
				want = 3
			}
			if len(kept) != want {
				t.Errorf("there are %v", kept)
			}
		})
	}
}

// A killed simulator makes the same day when it is run again.
func TestGenerateKilledAndRunAgain(t *testing.T) {
	digest := func(dir string) string {
		out, err := exec.Command("sh", "-c",
			"cd '"+dir+"' && find . -type f ! -path '*/.tmp/*' | sort | xargs sha256sum").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	restaurants := writeRegistry(t, t.TempDir(), 1)
	args := func(dir string) []string {
		return []string{"--day", days[0], "--out", "file://" + dir, "--restaurants", restaurants, "--records", "60"}
	}
	want := t.TempDir()
	run(t, nil, "generate", args(want)...).succeeded(t)
	for _, place := range places["generate"] {
		dir := t.TempDir()
		if o := run(t, []string{"COVERS_FAILPOINT=" + place}, "generate", args(dir)...); !o.killed {
			t.Fatalf("not killed at %s: %s", place, o.stderr)
		}
		run(t, nil, "generate", args(dir)...).succeeded(t)
		if digest(dir) != digest(want) {
			t.Errorf("killed at %s and run again: other bytes", place)
		}
		_ = os.RemoveAll(dir)
	}
}
