package lake

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

func TestOrphans(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		z := open(t)
		id := readingAt(0)
		a := z.Begin(fixed(began))
		named := put(t, a, ReadingPrefix(id), "named", 3)
		orphan := put(t, a, ReadingPrefix(id), "orphan", 3)
		_, err := a.Publish(t.Context(), ManifestKey(id), aReading(id, named))
		need(t, err)
		// A stranger's file is not ours to remove, and settings, receipts and pages are no manifests.
		need(t, z.Create(t.Context(), "README.md", strings.NewReader("x")))
		need(t, z.Create(t.Context(), ReceiptPrefix+"reconcile/x.json", strings.NewReader("{}")))
		need(t, z.PutPage(t.Context(), PagePrefix+"2026-03-27.html", []byte("a page")))
		need(t, z.Create(t.Context(), PagePrefix+"2026-03-27.json", strings.NewReader("nor this")))
		need(t, z.PinSettings(t.Context(), id.Source, rank1, map[string]string{"a": "b"}))

		got, err := Named(t.Context(), z)
		need(t, err)
		if len(got) != 1 || !got[named.Key] {
			t.Errorf("named: %v", got)
		}
		orphans := func(before time.Time) (got []Entry) {
			for e, err := range Orphans(t.Context(), z, before) {
				need(t, err)
				got = append(got, e)
			}
			return got
		}
		if got := orphans(time.Now().Add(-time.Hour)); len(got) > 0 {
			t.Errorf("young ones: %v", got)
		}
		before := time.Now().Add(time.Hour)
		found := orphans(before)
		if len(found) != 1 || found[0].Key != orphan.Key {
			t.Fatalf("orphans: %v", found)
		}
		// Stored anew since it was listed: it stays.
		if deleted, err := z.DeleteOrphan(t.Context(), found[0], time.Now().Add(-time.Hour)); deleted || err != nil {
			t.Errorf("a young one: deleted %v, error %v", deleted, err)
		}
		for i, want := range []bool{true, false} {
			if deleted, err := z.DeleteOrphan(t.Context(), found[0], before); deleted != want || err != nil {
				t.Errorf("time %d: deleted %v, error %v", i, deleted, err)
			}
		}
		need(t, z.verify(t.Context(), named))
	})
}

// All three kinds of manifest are known by their keys; what looks like one and is none stops the tidying.
func TestNamed(t *testing.T) {
	z := memZone(t)
	id := readingAt(0)
	result, p := aResult(id), aProcessed(t)
	raw := anObject(ReadingPrefix(id), "reservation", "0", 3, 1)
	reading := aReading(id, raw)
	reading.RequestLog = aLog(ReadingPrefix(id), 9)
	publishAll(t, z, map[string]any{
		ReceiptPrefix + "reconcile/opentable/101/2026-03-27..2026-03-28/x.json": map[string]string{"not": "a manifest"},
		ManifestKey(id): reading, ResultKey(id, result.Input, result.Rank): result, ProcessedKey(p.Day, p.Inputs): p,
	})
	got, err := Named(t.Context(), z)
	need(t, err)
	want := []string{raw.Key}
	for _, o := range slices.Concat(reading.RequestLog, result.Objects, p.Objects) {
		want = append(want, o.Key)
	}
	for _, key := range want {
		if !got[key] {
			t.Errorf("%s is not named", key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d are named, want %d", len(got), len(want))
	}
	text, err := json.Marshal(p)
	need(t, err)
	need(t, z.Create(t.Context(), "simulator/101/2026-03-27/day.json", bytes.NewReader(text)))
	_, err = Named(t.Context(), z)
	wantFault(t, err, fault.Data, "day.json", "its key is not that of a manifest")
}
