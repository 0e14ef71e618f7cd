package lake

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// Attempts of many readings, some of the same, begin, store objects, publish, are killed anywhere; hours pass; orphans are
// tidied. At every moment readers see exactly the manifests that won, each with all its objects whole.
func TestReadersSeeWholeManifests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "covers-test-*")
		need(t, err)
		defer os.RemoveAll(dir)
		w := &world{z: openProperty(t, "file://"+dir), published: map[string]Reading{}}
		t.Repeat(map[string]func(*rapid.T){
			"begin": w.begin, "store": w.storeObject, "publish": w.publish, "kill": w.kill,
			"kill while writing": w.killWhileWriting, "hours pass": w.hoursPass, "tidy": w.tidy, "": w.check,
		})
	})
}

func openProperty(t *rapid.T, url string) *Zone {
	z, err := Open(t.Context(), machine.This(), url)
	need(t, err)
	return z
}

// world is the model: what ought to be seen, and the attempts under way.
type world struct {
	z         *Zone
	live      []*try
	published map[string]Reading // by key
}

type try struct {
	id      ReadingID
	attempt *Attempt
	objects []Object
}

// pick returns an attempt under way; when there is none, one begins.
func (w *world) pick(t *rapid.T) *try {
	if len(w.live) == 0 {
		w.begin(t)
	}
	return w.live[rapid.IntRange(0, len(w.live)-1).Draw(t, "attempt")]
}

func (w *world) begin(t *rapid.T) {
	id := readingAt(rapid.IntRange(0, 1).Draw(t, "reading"))
	w.live = append(w.live, &try{id: id, attempt: w.z.Begin(time.Now)})
}

// Few different contents: attempts of one reading often store the same object.
func (w *world) storeObject(t *rapid.T) {
	a := w.pick(t)
	content := fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "content"))
	o := put(t, a.attempt, ReadingPrefix(a.id), content, 1)
	if !slices.ContainsFunc(a.objects, func(x Object) bool { return x.Key == o.Key }) {
		o.FirstLine = int64(len(a.objects)) + 1
		a.objects = append(a.objects, o)
	}
}

func (w *world) publish(t *rapid.T) {
	a := w.pick(t)
	w.remove(a)
	key, m := ManifestKey(a.id), aReading(a.id, a.objects...)
	won, err := a.attempt.Publish(t.Context(), key, m)
	if a.attempt.now().Sub(a.attempt.started) > MaxAge {
		wantFault(t, err, fault.Temporary)
		return
	}
	need(t, err)
	_, there := w.published[key]
	if won == there {
		t.Fatalf("%s: won is %v, there was a manifest: %v", key, won, there)
	}
	if won {
		w.published[key] = m
	}
}

func (w *world) kill(t *rapid.T) { w.remove(w.pick(t)) }

func (w *world) killWhileWriting(t *rapid.T) {
	a := w.pick(t)
	o, err := a.attempt.NewObject("reservation", ReadingPrefix(a.id), "bin")
	need(t, err)
	_, err = o.Write([]byte("half"))
	need(t, err)
	need(t, o.spool.Close()) // what the kernel does for a killed program
	w.remove(a)
}

func (w *world) remove(a *try) {
	w.live = slices.DeleteFunc(w.live, func(x *try) bool { return x == a })
}

// hoursPass makes everything older: the files by their times, the attempts by their start.
func (w *world) hoursPass(t *rapid.T) {
	hours := time.Duration(rapid.SampledFrom([]int{1, 23, 30, 200}).Draw(t, "hours")) * time.Hour
	for _, a := range w.live {
		a.attempt.started = a.attempt.started.Add(-hours)
	}
	root := inPlace(t, w.z, "")
	need(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		at := info.ModTime().Add(-hours)
		return os.Chtimes(path, at, at)
	}))
}

func (w *world) tidy(t *rapid.T) {
	week := time.Now().Add(-7 * 24 * time.Hour)
	for e, err := range Orphans(t.Context(), w.z, week) {
		need(t, err)
		_, err := w.z.DeleteOrphan(t.Context(), e, week)
		need(t, err)
	}
	_, err := w.z.Sweep(t.Context(), week)
	need(t, err)
}

func (w *world) check(t *rapid.T) {
	found, err := Readings(t.Context(), w.z, readingAt(0).Source, readingAt(0).Day)
	need(t, err)
	got := map[string]Reading{}
	for _, f := range found {
		got[f.Key] = f.Manifest
		for _, o := range f.Manifest.Objects {
			need(t, w.z.verify(t.Context(), o))
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(w.published)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Fatal(diff)
	}
	for key, m := range got {
		if diff := cmp.Diff(w.published[key].Objects, m.Objects); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Whatever is listed comes in order, once, and is what is there: on all zones with the same keys.
func TestListingIsTheSameEverywhere(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "a-", "a.", "a0", "b", "B", "a=1", "a_"})
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "covers-test-*")
		need(t, err)
		defer os.RemoveAll(dir)
		file := openProperty(t, "file://"+dir)
		mem := openProperty(t, fmt.Sprintf("mem://listing/%d", rand.Uint64()))
		// A leaf of its own, so that no file is a folder too.
		for range rapid.IntRange(0, 12).Draw(t, "objects") {
			key := ""
			for range rapid.IntRange(0, 3).Draw(t, "depth") {
				key += part.Draw(t, "part") + "/"
			}
			key += "leaf" + part.Draw(t, "leaf")
			for _, z := range []*Zone{file, mem} {
				_ = z.Create(t.Context(), key, strings.NewReader(key)) // or it is there already
			}
		}
		prefix := rapid.SampledFrom([]string{"", "a", "a/", "a-", "a/a", "a/a/", "leaf", "a=1/b"}).Draw(t, "prefix")
		want := keys(t, mem, prefix)
		if !slices.IsSorted(want) {
			t.Fatalf("not in order: %v", want)
		}
		if diff := cmp.Diff(want, keys(t, file, prefix)); diff != "" {
			t.Fatal(diff)
		}
	})
}
