package verify

import (
	"strings"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// newCountedWorld is a verifyWorld whose first reading has merged guests, notes and records that were not read.
func newCountedWorld(t *testing.T, change func(*wt.Result)) *verifyWorld {
	w := &verifyWorld{t: t, dir: t.TempDir()}
	w.raw, w.staging, w.processed = w.zone("raw"), w.zone("staging"), w.zone("processed")
	w.first, _ = wt.TwoDays()
	w.first.Merged = []reservation.Merge{wt.Merged("gone", "kept"), wt.Merged("emptied", "")}
	w.first.Noted = map[string]int64{reservation.KindReservation: 2, reservation.KindCustomer: 1}
	w.first.Unread = map[string]int64{reservation.KindReservation: 1, reservation.KindCustomer: 2}
	change(&w.first)
	w.resultKey, w.processedKey = w.publish(&w.first)
	w.load()
	return w
}

// withheldGuests lets the guests of a reading be withheld.
func withheldGuests(r *wt.Result) {
	r.Quarantined = map[string]int64{reservation.KindCustomer: 6}
	r.Withheld = map[string]string{reservation.KindCustomer: "too many"}
}

// Merged guests, notes and what was not read come through all stages, and what is withheld stays out.
func TestVerifyCountsMergesNotesAndTheUnread(t *testing.T) {
	for name, c := range map[string]struct {
		change            func(*wt.Result)
		raw, staged, rows int64
	}{
		// raw: 3 + 1 + 1 + 1 and 2 + 2 + 2 lines and a request; staging: 3 + 2 + 2 rows, an absent id, an erasure, two reasons of
		// one record, three notes and three that were not read.
		"all of it": {func(*wt.Result) {}, 13, 17, 9},
		// raw: 3 + 1 + 1 and 2 + 6 + 2 + 2; staging: 3 rows, an absent id, an erasure, two reasons of six, three and three.
		"guests withheld": {withheldGuests, 18, 23, 5},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCountedWorld(t, c.change)
			out := w.verify(verifyDay)
			if out.Differ != 0 {
				t.Fatalf("%+v", out.Differences)
			}
			for stage, want := range map[Stage]int64{StageRaw: c.raw, StageStaging: c.staged, StageProcessed: c.rows} {
				if got := out.Stages[stage].Records; got != want {
					t.Errorf("%s: %d records, want %d", stage, got, want)
				}
			}
		})
	}
}

// One damage each: the first place is named.
func TestVerifyNamesWhatIsCountedOtherwise(t *testing.T) {
	whole := newCountedWorld(t, func(*wt.Result) {})
	manifest := func(w *verifyWorld) string { return w.path("raw", lake.ManifestKey(w.first.ID())) }
	result := func(w *verifyWorld) string { return w.path("staging", w.resultKey) }
	merges := func(change func([]reservation.Merge) []reservation.Merge) func(*verifyWorld) {
		return func(w *verifyWorld) {
			prefix := w.first.ID().String() + "/" + w.first.Rank.String() + "/"
			rewrite(w, w.staging, result(w), lake.KindMerge, prefix, change(w.first.Merges()), resultObjects,
				func(*lake.Result) {})
		}
	}
	for name, c := range map[string]struct {
		damage func(w *verifyWorld)
		stage  Stage
		says   string
	}{
		"a record not read that raw takes for one": {func(w *verifyWorld) {
			rest := ",\n      \"repeated\": 0,\n      \"gone\": 0,\n      \"absent\": 1"
			w.edit(manifest(w), `"received": 4`+rest+",\n      \"unread\": 1", `"received": 5`+rest)
		}, StageRaw, "reservation: lines that say that a record was not read: expected 0, found 1"},
		"a note more than counted": {func(w *verifyWorld) {
			w.edit(result(w), `"noted": 2`, `"noted": 1`, `"time created_at": 2`, `"time created_at": 1`)
		}, StageStaging, "reservation: records with a note: expected 1, found 2"},
		"a note of another field": {func(w *verifyWorld) { w.edit(result(w), `"time created_at": 2`, `"time updated_at": 2`) },
			StageStaging, "reservation: notes of time created_at: expected 0, found 2"},
		"a merged guest where a guest's row is": {merges(func(m []reservation.Merge) []reservation.Merge {
			m[0].Line = 1
			return m
		}),
			StageStaging, "customer line 1: expected one row, found two"},
		"another survivor": {merges(func(m []reservation.Merge) []reservation.Merge { m[0].SurvivorID = nil; return m }),
			StageProcessed, "the SHA-256 of result"},
		"a merged guest deleted from the warehouse": {func(w *verifyWorld) {
			w.sql("DELETE FROM merges WHERE customer_id = 'gone'")
		},
			StageWarehouse, "merge line 3: expected 1 row as in staging (2 rows of the kind), found no row in warehouse (1 row)"},
		"a survivor changed in the warehouse": {func(w *verifyWorld) {
			w.sql("UPDATE merges SET survivor_id = 'other' WHERE line = 3")
		},
			StageWarehouse, "merge line 3: expected the same row"},
		"notes in the ledger": {func(w *verifyWorld) { w.sql("UPDATE loads SET noted = 0") },
			StageWarehouse,
			"records with a note, records not read and kinds withheld, by the ledger: expected 3, 3, , found 0, 3, "},
		"withheld in the ledger": {func(w *verifyWorld) { w.sql("UPDATE loads SET withheld = 'customer'") },
			StageWarehouse, "by the ledger: expected 3, 3, , found 3, 3, customer"},
	} {
		t.Run(name, func(t *testing.T) {
			w := whole.copy(t)
			c.damage(w)
			out := w.verify(verifyDay)
			if out.Differ == 0 || out.Differences[0].Stage != c.stage || !strings.Contains(out.Differences[0].Error(), c.says) {
				t.Errorf("want %s: %s, got %+v", c.stage, c.says, out.Differences)
			}
		})
	}
}

// A newer result that withholds something is passed over by transform, and so it is no difference that it is not loaded.
func TestVerifyFollowsTheResultThatStands(t *testing.T) {
	w := newVerifyWorld(t)
	w.first.Rank = wt.Rank(2)
	w.first.Withheld = map[string]string{reservation.KindReservation: "too many"}
	wt.PublishStaging(t, w.staging, &w.first)
	if out := w.verify(verifyDay); out.Differ != 0 {
		t.Errorf("%+v", out.Differences)
	}
	// Once it is loaded, by an older program, it is held against the warehouse.
	wt.Publish(t, w.processed, 1, w.first)
	if out := w.verify(verifyDay); out.Differ != 1 || !strings.Contains(out.Differences[0].Next, "run load") {
		t.Errorf("%+v", out.Differences)
	}
	w.load()
	if out := w.verify(verifyDay); out.Differ != 0 {
		t.Errorf("%+v", out.Differences)
	}
}
