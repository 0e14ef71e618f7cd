package endtoend

import (
	"os"
	"path/filepath"
	"testing"
)

// The service dates of all simulated bookings, and a day from which every guest has changed.
const from, to = "2026-01-01", "2026-07-31"

// reconcile compares a source, and brings what differs into the warehouse.
func (w *world) reconcile(src string) outcome {
	w.t.Helper()
	o := w.step("", "care", "reconcile", "--source", src, "--days", from+".."+to).succeeded(w.t)
	if o.result.Manifest == "" {
		return o
	}
	w.step("", "validate", "--source", src, "--day", to, "--max-refused", "0.5").succeeded(w.t)
	w.step("", "transform", "--day", to).succeeded(w.t)
	w.step("", "load", "--day", to).succeeded(w.t)
	return o
}

// found sums a finding over kinds.
func (o outcome) found(name string) (n int64) {
	for _, counts := range o.result.Counts {
		n += counts[name]
	}
	return n
}

// A warehouse that lacks days and sources has the same current rows as one that lacks none once it is reconciled, and then agrees
// on all.
func TestReconcileMakesUpForAMissedDay(t *testing.T) {
	p := newPlatforms(t)
	full := p.world(t)
	for _, day := range days {
		full.day(day)
	}
	want := full.hashes()
	w := p.world(t)
	w.step("", "extract", "--source", sources[0], "--day", days[1], "--by", "updated").succeeded(t)
	w.step("", "validate", "--source", sources[0], "--day", days[1], "--max-refused", "0.5").succeeded(t)
	w.step("", "transform", "--day", days[1]).succeeded(t)
	w.step("", "load", "--day", days[1]).succeeded(t)
	if w.hashes()["reservations"] == want["reservations"] {
		t.Fatal("nothing is missing: the test tests nothing")
	}
	for _, src := range sources {
		o := w.reconcile(src)
		if o.found("missing") == 0 || o.found("gone") != 0 || o.found("regressed") != 0 || o.found("different") != 0 {
			t.Errorf("%s: %v", src, o.result.Counts)
		}
	}
	got := w.hashes()
	for _, table := range []string{"reservations", "customers"} {
		if got[table] != want[table] {
			t.Errorf("%s: another content", table)
		}
	}
	before := w.hash()
	for _, src := range sources {
		o := w.reconcile(src)
		if o.result.Status != "unchanged" || o.found("agree") == 0 || o.found("listed") != o.found("agree")+o.found("refused") {
			t.Errorf("%s again: %s %v", src, o.result.Status, o.result.Counts)
		}
	}
	if w.hash() != before {
		t.Error("reconciling what agrees changed the warehouse")
	}
	w.nothingLeftOver()
	receipts := 0
	_ = filepath.WalkDir(filepath.Join(w.root, "processed", "receipts"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			receipts++
		}
		return err
	})
	if receipts != 2*len(sources) {
		t.Errorf("%d receipts are left", receipts)
	}
}

// What the platform does not have any more leaves the warehouse, and is not found gone again.
func TestReconcileTakesOutWhatIsGone(t *testing.T) {
	w := newPlatforms(t).world(t)
	for _, day := range days {
		w.day(day)
	}
	w.platforms = newPlatformsOf(t, days[:1]) // as if what was booked on the second day had never been
	for _, src := range sources {
		if o := w.reconcile(src); o.found("gone") == 0 {
			t.Errorf("%s: %v", src, o.result.Counts)
		}
	}
	for _, src := range sources {
		if o := w.reconcile(src); o.found("gone") != 0 {
			t.Errorf("%s again: %v", src, o.result.Counts)
		}
	}
}
