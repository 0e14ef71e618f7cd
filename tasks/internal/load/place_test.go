package load

import (
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestLineOfAForgedObject: an object of raw can hold more than its manifest says, and a frame ask for any memory.
func TestLineOfAForgedObject(t *testing.T) {
	zone, err := lake.Open(t.Context(), machine.This(), "mem://place")
	wt.Check(t, err)
	t.Cleanup(func() { _ = zone.Close() })
	for name, c := range map[string]struct{ frame, says string }{
		"three lines":          {"\x28\xb5\x2f\xfd\x00\x38\x31\x00\x00a\nb\nc\n", "more than the 2 lines that its manifest says"},
		"a window of 3.75 TiB": {"\x28\xb5\x2f\xfd\x00\xff\x31\x00\x00a\nb\nc\n", "window size exceeded"},
	} {
		w, err := zone.Begin(time.Now).NewObject("reservation", "", "ndjson.zst")
		wt.Check(t, err)
		_, err = w.Write([]byte(c.frame))
		wt.Check(t, err)
		o, err := w.Commit(t.Context(), 2, 1)
		wt.Check(t, err)
		text, err := lineOf(t.Context(), zone, o, 1)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), o.Key) {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
}
