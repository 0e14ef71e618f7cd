package lake

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

func TestAttempt(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		for name, test := range map[string]func(*testing.T, *Zone){
			"the same content twice":               sameContent,
			"old content is stored anew":           oldContent,
			"corrupt content is mended":            corruptContent,
			"an aborted object leaves nothing":     abortedObject,
			"a cancelled commit leaves nothing":    cancelledCommit,
			"publishing":                           publishing,
			"an attempt older than a day":          oldAttempt,
			"an older attempt ends after a newer":  zombie,
			"a manifest that lacks an object":      lackingObject,
			"a manifest that does not balance":     unbalanced,
			"racing publishers":                    racingPublishers,
			"a manifest is stored after its parts": partsFirst,
		} {
			t.Run(name, func(t *testing.T) { ownTemp(t); test(t, open(t)) })
		}
	})
}

// put commits an object.
func put(t tb, a *Attempt, prefix, body string, records int64) Object {
	t.Helper()
	w, err := a.NewObject("reservation", prefix, "bin")
	need(t, err)
	_, err = io.WriteString(w, body)
	need(t, err)
	o, err := w.Commit(context.Background(), records, 1)
	need(t, err)
	return o
}

func sameContent(t *testing.T, z *Zone) {
	a, b := z.Begin(time.Now), z.Begin(time.Now)
	one, two := put(t, a, "a/", "content", 1), put(t, b, "a/", "content", 1)
	if one != two {
		t.Errorf("%+v and %+v", one, two)
	}
	if got := keys(t, z, ""); !slices.Equal(got, []string{one.Key}) {
		t.Errorf("the zone holds %v", got)
	}
	need(t, z.verify(t.Context(), one))
	if got := leftovers(t, z); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// What tidying may take away any moment becomes young again, so that a manifest may name it.
func oldContent(t *testing.T, z *Zone) {
	o := put(t, z.Begin(time.Now), "a/", "content", 1)
	later := time.Now().Add(48 * time.Hour)
	path, ok := z.store.Local(o.Key)
	if ok {
		long := time.Now().Add(-200 * time.Hour)
		need(t, os.Chtimes(path, long, long))
		later = time.Now()
	}
	first, err := z.Stat(t.Context(), o.Key)
	need(t, err)
	put(t, z.Begin(fixed(later)), "a/", "content", 1)
	again, err := z.Stat(t.Context(), o.Key)
	need(t, err)
	if again.ModTime.Before(first.ModTime) || ok && time.Since(again.ModTime) > time.Hour {
		t.Errorf("stored %s, then %s", first.ModTime, again.ModTime)
	}
	need(t, z.verify(t.Context(), o))
}

func corruptContent(t *testing.T, z *Zone) {
	a := z.Begin(time.Now)
	for _, bad := range []string{"conten", "cOntent", "content and more", ""} {
		o := put(t, a, "a/", "content", 1)
		spoil(t, z, o.Key, []byte(bad))
		put(t, a, "a/", "content", 1)
		if err := z.verify(t.Context(), o); err != nil {
			t.Errorf("after %q: %v", bad, err)
		}
	}
	if got := leftovers(t, z); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func abortedObject(t *testing.T, z *Zone) {
	w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
	need(t, err)
	_, err = w.Write(content(1 << 20))
	need(t, err)
	w.Abort()
	w.Abort()
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("an aborted object is written to")
	}
	if _, err := w.Commit(t.Context(), 1, 1); err == nil {
		t.Error("an aborted object is committed")
	}
	if got := append(keys(t, z, ""), leftovers(t, z)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	w, err = z.Begin(time.Now).NewObject("reservation", "a/", "bin")
	need(t, err)
	o, err := w.Commit(t.Context(), 0, 0)
	need(t, err)
	w.Abort() // as a deferred one does
	need(t, z.verify(t.Context(), o))
	if _, err := w.Commit(t.Context(), 0, 0); err == nil {
		t.Error("an object is committed twice")
	}
}

func cancelledCommit(t *testing.T, z *Zone) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
	need(t, err)
	_, err = w.Write(content(1 << 20))
	need(t, err)
	cancel()
	_, err = w.Commit(ctx, 1, 1)
	wantFault(t, err, fault.Stopped, z.URL()+"/a/reservation-")
	if got := append(keys(t, z, ""), leftovers(t, z)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

// Manifests that have nothing to count.
type (
	table map[string]int
	pair  struct{ A, B int }
	mute  func() // has no JSON
)

func (table) problems(string) []string { return nil }
func (table) objects() []Object        { return nil }
func (table) rewritten() *Rewriting    { return nil }
func (pair) problems(string) []string  { return nil }
func (pair) objects() []Object         { return nil }
func (pair) rewritten() *Rewriting     { return nil }
func (mute) problems(string) []string  { return nil }
func (mute) objects() []Object         { return nil }
func (mute) rewritten() *Rewriting     { return nil }

func publishing(t *testing.T, z *Zone) {
	for _, m := range []Manifest{table{"b": 2, "a": 1}, pair{1, 2}} {
		key := unique("m/") + ".json"
		won, err := z.Begin(fixed(began)).Publish(t.Context(), key, m)
		if err != nil || !won {
			t.Fatalf("won %v, error %v", won, err)
		}
		text, err := z.ReadAll(t.Context(), key, 1000)
		need(t, err)
		if got := strings.ToLower(string(text)); got != "{\n  \"a\": 1,\n  \"b\": 2\n}\n" {
			t.Errorf("published %q", got)
		}
		won, err = z.Begin(fixed(began)).Publish(t.Context(), key, m)
		if err != nil || won {
			t.Errorf("again: won %v, error %v", won, err)
		}
	}
	_, err := z.Begin(fixed(began)).Publish(t.Context(), "x.json", mute(func() {}))
	wantFault(t, err, fault.Defect)
}

func oldAttempt(t *testing.T, z *Zone) {
	now := began.Add(24*time.Hour + time.Second)
	won, err := z.Begin(then(began, now)).Publish(t.Context(), "m.json", table{})
	wantFault(t, err, fault.Temporary, "publish "+z.URL()+"/m.json", "began 24h0m1s ago", "run it again")
	if won || len(keys(t, z, "")) > 0 {
		t.Error("it was published all the same")
	}
	won, err = z.Begin(then(began, began.Add(24*time.Hour))).Publish(t.Context(), "m.json", table{})
	if err != nil || !won {
		t.Errorf("at a day: won %v, error %v", won, err)
	}
}

// Two attempts at one result: the newer is done when the older wakes up.
func zombie(t *testing.T, z *Zone) {
	id := readingAt(0)
	later := began.Add(time.Hour)
	older, newer := z.Begin(then(began, later)), z.Begin(then(began.Add(time.Minute), later))
	one := put(t, older, ReadingPrefix(id), "older", 3)
	two := put(t, newer, ReadingPrefix(id), "newer", 3)
	won, err := newer.Publish(t.Context(), ManifestKey(id), aReading(id, two))
	if err != nil || !won {
		t.Fatalf("won %v, error %v", won, err)
	}
	won, err = older.Publish(t.Context(), ManifestKey(id), aReading(id, one))
	if err != nil || won {
		t.Errorf("the older: won %v, error %v", won, err)
	}
	got, err := Readings(t.Context(), z, id.Source, id.Day)
	need(t, err)
	if len(got) != 1 || got[0].Manifest.Objects[0] != two {
		t.Errorf("readers see %+v", got)
	}
}

func lackingObject(t *testing.T, z *Zone) {
	id := readingAt(0)
	a := z.Begin(fixed(began))
	o := put(t, a, ReadingPrefix(id), "content", 3)
	smaller := o
	smaller.Bytes--
	_, err := a.Publish(t.Context(), ManifestKey(id), aReading(id, smaller))
	wantFault(t, err, fault.Data, "publish "+z.URL()+"/"+ManifestKey(id), o.Key, "of another size")
	need(t, z.Delete(t.Context(), o.Key))
	_, err = a.Publish(t.Context(), ManifestKey(id), aReading(id, o))
	wantFault(t, err, fault.Data, o.Key, "is missing")
	if got := keys(t, z, ""); len(got) > 0 {
		t.Errorf("the zone holds %v", got)
	}
}

func unbalanced(t *testing.T, z *Zone) {
	id := readingAt(0)
	a := z.Begin(fixed(began))
	m := aReading(id, put(t, a, ReadingPrefix(id), "content", 3))
	m.Counts["reservation"] = RawCounts{Listed: 5, Received: 4, Repeated: 1}
	for _, m := range []Manifest{m, &m} {
		won, err := a.Publish(t.Context(), ManifestKey(id), m)
		wantFault(t, err, fault.Data, "publish manifest "+z.URL()+"/"+ManifestKey(id),
			"counts.reservation: received 4 + absent 0 + unread 0, its objects have 3 records")
		if won {
			t.Error("won")
		}
	}
	wantMissing(t, z, ManifestKey(id))
}

func racingPublishers(t *testing.T, z *Zone) {
	id := readingAt(0)
	won := make([]bool, 16)
	objects := make([]Object, 16)
	var g errgroup.Group
	for i := range won {
		g.Go(func() (err error) {
			a := z.Begin(fixed(began))
			w, err := a.NewObject("reservation", ReadingPrefix(id), "bin")
			if err != nil {
				return err
			}
			if _, err := w.Write(bytes.Repeat([]byte{byte(i / 2)}, 1000)); err != nil { // two each of the same content
				return err
			}
			if objects[i], err = w.Commit(t.Context(), 3, 1); err != nil {
				return err
			}
			won[i], err = a.Publish(t.Context(), ManifestKey(id), aReading(id, objects[i]))
			return err
		})
	}
	need(t, g.Wait())
	winner := slices.Index(won, true)
	if winner < 0 || slices.Contains(won[winner+1:], true) {
		t.Fatalf("winners: %v", won)
	}
	got, err := Readings(t.Context(), z, id.Source, id.Day)
	need(t, err)
	if len(got) != 1 || got[0].Manifest.Objects[0] != objects[winner] {
		t.Errorf("readers see %+v", got)
	}
	for _, o := range objects {
		need(t, z.verify(t.Context(), o))
	}
}

func partsFirst(t *testing.T, z *Zone) {
	id := readingAt(0)
	a := z.Begin(fixed(began))
	o := put(t, a, ReadingPrefix(id), "content", 3)
	if got, err := Readings(t.Context(), z, id.Source, id.Day); err != nil || len(got) > 0 {
		t.Errorf("before the manifest: %v, error %v", got, err)
	}
	_, err := a.Publish(t.Context(), ManifestKey(id), aReading(id, o))
	need(t, err)
	got, err := Readings(t.Context(), z, id.Source, id.Day)
	need(t, err)
	if len(got) != 1 || got[0].Key != ManifestKey(id) {
		t.Errorf("after it: %+v", got)
	}
}

// Only what killed programs left long ago is swept, and only where spools have names.
func TestSweep(t *testing.T) {
	ownTemp(t)
	z := fileZone(t)
	if n, err := z.Sweep(t.Context(), time.Now()); n != 0 || err != nil {
		t.Errorf("a new zone: swept %d, error %v", n, err)
	}
	withoutUnnamed(z)
	for _, age := range []time.Duration{time.Hour, 200 * time.Hour} {
		w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
		need(t, err)
		at := time.Now().Add(-age)
		need(t, os.Chtimes(w.spool.Name(), at, at))
	}
	n, err := z.Sweep(t.Context(), time.Now().Add(-7*24*time.Hour))
	if n != 1 || err != nil || len(leftovers(t, z)) != 1 {
		t.Errorf("swept %d, error %v, left %v", n, err, leftovers(t, z))
	}
}

// The rights of files keep others out.
func TestFileModes(t *testing.T) {
	z := fileZone(t)
	o := put(t, z.Begin(time.Now), "a/b/", "content", 1)
	for _, path := range []string{inPlace(t, z, ""), filepath.Dir(inPlace(t, z, o.Key)), inPlace(t, z, o.Key)} {
		info, err := os.Stat(path)
		need(t, err)
		if info.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s: %s", path, info.Mode())
		}
	}
}

// readingAt names a reading of the tests' day, the n-th.
func readingAt(n int) ReadingID {
	id := NewReadingID("opentable/101", "2026-03-27", ByUpdated, began.Add(time.Duration(n)*time.Minute), machine.This().Name(4))
	id.Name = id.Name[:len(id.Name)-8] + "0000000" + string("0123456789abcdef"[n%16])
	return id
}

// aReading returns a manifest of one object of reservations that balances.
func aReading(id ReadingID, objects ...Object) Reading {
	n := int64(0)
	for _, o := range objects {
		n += o.Records
	}
	return Reading{
		Version: Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: began, FinishedAt: began.Add(time.Minute), WindowFrom: "2026-03-26T23:00:00Z",
		Sweeps: 2, Stable: true, Requests: 9,
		Counts: maps.Clone(map[string]RawCounts{"reservation": {Listed: n + 3, Received: n, Repeated: 2, Gone: 1},
			"customer": {}}),
		Objects: objects, Program: "test",
	}
}
