package endtoend

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Days in either order or twice, and steps at once, end in the same content.
func TestOrderRepeatsAndRacesDoNotMatter(t *testing.T) {
	p := newPlatforms(t)
	forward := p.world(t)
	for _, day := range days {
		forward.day(day)
	}
	want := forward.hash()

	t.Run("backwards", func(t *testing.T) {
		w := p.world(t)
		w.day(days[1])
		w.day(days[0])
		w.inOrder()
		if w.hash() != want {
			t.Error("another content")
		}
	})
	t.Run("twice", func(t *testing.T) {
		w := p.world(t)
		for _, day := range []string{days[0], days[1], days[0], days[1], days[1]} {
			w.day(day)
		}
		w.inOrder()
		if w.hash() != want {
			t.Error("another content")
		}
		if o := w.step("", "load", "--day", days[0]).succeeded(t); o.result.Status != "unchanged" {
			t.Errorf("a load with nothing to do says %s", o.result.Status)
		}
		w.nothingLeftOver()
	})
	t.Run("at once", func(t *testing.T) {
		w := p.world(t)
		var wg sync.WaitGroup
		for _, day := range days {
			for _, src := range sources {
				for range 2 { // a retry while the first attempt is still at it
					wg.Go(func() {
						w.step("", "extract", "--source", src, "--day", day, "--by", "updated").succeeded(t)
						w.step("", "validate", "--source", src, "--day", day, "--max-refused", "0.5").succeeded(t)
					})
				}
			}
		}
		wg.Wait()
		for _, day := range days {
			for range 2 {
				wg.Go(func() { w.step("", "transform", "--day", day).succeeded(t) })
			}
		}
		wg.Wait()
		for range 3 {
			wg.Go(func() {
				o := w.step("", "load", "--day", days[0]+".."+days[1])
				if o.code != 0 && o.code != 75 { // another process has the file: try again
					t.Errorf("load: exit code %d\n%s", o.code, o.stderr)
				}
			})
		}
		wg.Wait()
		w.step("", "load", "--day", days[0]+".."+days[1]).succeeded(t)
		w.inOrder()
		if w.hash() != want {
			t.Error("another content")
		}
		w.nothingLeftOver()
	})
}

// A raised rank replaces what the readings contributed; the content is that of a warehouse made at that rank alone. A lower
// one afterwards changes nothing. An erased guest stays erased through both.
func TestRanksReplaceAndErasuresStay(t *testing.T) {
	p := newPlatforms(t)
	w := p.world(t)
	for _, day := range days {
		w.day(day)
	}
	old := w.hash()
	victim := someCustomer(t, p)
	w.given(victim, "", "care", "forget", "--platform", "opentable", "--reference", "R-1").succeeded(t)
	erased := w.hash()
	if erased == old {
		t.Fatal("the erasure changed nothing")
	}

	raised := *p
	raised.restaurants = writeRegistry(t, p.dir, 2)
	again := &world{platforms: &raised, t: t, root: w.root}
	again.env = []string{"COVERS_TOKEN_KEY=another token key for tests, long", "COVERS_TOKEN_KEY_NUMBER=2"}
	derive := func(w *world) {
		for _, day := range days {
			for _, src := range sources {
				w.step("", "validate", "--source", src, "--day", day, "--max-refused", "0.5").succeeded(t)
			}
			w.step("", "transform", "--day", day).succeeded(t)
			w.step("", "load", "--day", day).succeeded(t)
		}
	}
	derive(again)
	again.inOrder()

	fresh := raised.world(t)
	fresh.env = again.env
	for _, day := range days {
		fresh.day(day)
	}
	fresh.given(victim, "", "care", "forget", "--platform", "opentable", "--reference", "R-1").succeeded(t)
	if again.hash() != fresh.hash() {
		t.Error("raised: another content than from scratch")
	}
	if again.hash() == erased {
		t.Error("the new key's tokens did not arrive")
	}

	after := again.hashes()
	derive(w) // at the old rank
	now := w.hashes()
	delete(after, "restaurants") // the reference table repeats the restaurants.yaml of the last load
	delete(now, "restaurants")
	if d := cmp.Diff(after, now); d != "" {
		t.Errorf("a lower rank changed something:\n%s", d)
	}
}

// someCustomer picks an OpenTable guest of the simulator, by the id that its index carries.
func someCustomer(t *testing.T, p *platforms) string {
	t.Helper()
	found := ""
	err := filepath.WalkDir(filepath.Join(p.dir, "simulator", "opentable"), func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "customers.ndjson.zst") && found == "" {
			found = firstID(t, path)
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("no customer: %v", err)
	}
	return found
}

// An attempt that is older than its retry may finish after it: one more reading, nothing else.
func TestZombieFinishesAfterItsRetry(t *testing.T) {
	p := newPlatforms(t)
	want := p.world(t)
	for _, day := range days {
		want.day(day)
	}
	w := p.world(t)
	for _, day := range days {
		w.day(day)
	}
	// Every step of the first day once more, in any order and with nothing in between, as attempts that wake up would.
	steps := [][]string{{"transform", "--day", days[0]}, {"load", "--day", days[0]}}
	for _, src := range sources {
		steps = append(steps, []string{"extract", "--source", src, "--day", days[0], "--by", "updated"},
			[]string{"validate", "--source", src, "--day", days[0], "--max-refused", "0.5"})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2 {
		r.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for _, s := range steps {
			w.step("", s[0], s[1:]...).succeeded(t)
		}
	}
	if w.hash() != want.hash() {
		t.Error("another content")
	}
}
