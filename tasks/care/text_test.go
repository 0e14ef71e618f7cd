package main

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/forget"
	"covers/tasks/internal/reconcile"
	"covers/tasks/internal/step"
	"covers/tasks/internal/verify"
	"covers/tasks/internal/warehouse"
)

func TestWhatForgetTells(t *testing.T) {
	for want, c := range map[string]struct {
		asked int64
		done  warehouse.Forgotten
	}{
		"remembered 1 guest (1 of them are in the warehouse), erased 1 observation of guests and 2 of reservations": {
			1, warehouse.Forgotten{Subjects: 1, CustomerObservations: 1, ReservationObservations: 2}},
		"remembered 2 guests (1 of them are in the warehouse), erased 0 observations of guests and 0 of reservations; " +
			"1 guest had been remembered before; 1 guest not found in the warehouse: " +
			"check the id; it is remembered all the same": {
			3, warehouse.Forgotten{Subjects: 2, Absent: 1}},
	} {
		if got := told(c.asked, c.done); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	text := wouldTell(2, warehouse.Forgotten{Subjects: 2, Absent: 2})
	if !strings.Contains(text, "2 guests not found in the warehouse: check the ids; they would be remembered all the same") {
		t.Error(text)
	}
}

// People read what is gone, what was emptied, and what still holds it.
func TestWhatForgetTellsOfTheLake(t *testing.T) {
	const reading = "opentable/101/2020-03-27/updated/20200329T010000.000Z-00000001"
	out := forget.Outcome{
		Left: forget.Found{
			Remaining: []forget.Remains{
				{Zone: forget.Raw, Object: "a", Expires: "2020-05-01"}, {Zone: forget.Raw, Object: "b", Expires: "2020-04-30"},
			},
			Gone: []string{"staging: reading " + reading},
		},
		Emptied: map[forget.ZoneName]forget.Emptied{forget.Staging: {Objects: 1, Rows: 2}},
	}
	o := forget.Options{Zones: []forget.Zone{{Name: forget.Raw}, {Name: forget.Staging}}}
	want := "raw: 2 objects still there, the last until 2020-05-01\n" +
		"staging: 2 rows emptied, in 1 object\n  gone: reading " + reading + "\n"
	if got := lakeText(out, o); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	o.DryRun, out.Left, out.Emptied[forget.Raw] = true, forget.Found{}, forget.Emptied{Objects: 2, Rows: 1}
	want = "raw: 1 line would be emptied, in 2 objects\nstaging: 2 rows would be emptied, in 1 object\n"
	if got := lakeText(out, o); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := lakeText(out, forget.Options{}); !strings.Contains(got, "left as it is") {
		t.Error(got)
	}
	got := fileText(warehouse.Compacted{File: true, Kept: []string{"covers.duckdb.before-x"}})
	if !strings.Contains(got, "made anew") || !strings.Contains(got, "covers.duckdb.before-x") {
		t.Error(got)
	}
}

func TestReconcileTakesOneRange(t *testing.T) {
	for text, ok := range map[string]bool{
		"2026-03-20": true, "2026-03-20..2026-03-22": true, "2026-03-21,2026-03-20": true, "2026-03-20,2026-03-22": false,
		"2026-03-22..2026-03-20": false,
	} {
		days, err := step.ParseDays(text)
		if err == nil {
			_, _, err = rangeOf(days)
		}
		if (err == nil) != ok || err != nil && days != nil && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The text for people: a row a date, what is unusual, and the next step.
func TestReconcileText(t *testing.T) {
	out := reconcile.Outcome{Key: "receipts/x.json", Manifest: "m", Receipt: reconcile.Receipt{
		Source: "opentable/101",
		From:   "2026-03-20",
		To:     "2026-03-21",
		Reservations: map[string]reconcile.Findings{
			"2026-03-20": {Listed: 12, Agree: 12},
			"2026-03-21": {Listed: 9, Agree: 8, Different: 1, Regressed: 1},
		},
		Customers: &reconcile.Findings{Listed: 3, Missing: 3},
	}}
	text := reconcileText(out, "validate it")
	for _, want := range []string{
		"│ opentable/101 │ listed │ agree │ missing │ different │ gone │ elsewhere │ refused │ unconfirmed │",
		"│ 2026-03-20    │     12 │    12 │",
		"│ guests        │      3 │     0 │       3 │", "1 of the different ones have a lower clock",
		"a list did not stand still", "next: validate it\n", "receipt: receipts/x.json\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	out.Reservations = map[string]reconcile.Findings{"2026-03-20": {Unconfirmed: 2}}
	if text := reconcileText(out, ""); !strings.Contains(text, "2 that the platform does not find are not taken for gone") {
		t.Error(text)
	}
	out.Stable, out.Reservations = true, nil
	if text := reconcileText(
		out,
		"",
	); !strings.Contains(text, "nothing to load\n") || strings.Contains(text, "stand still") ||
		strings.Contains(text, "lower clock") {
		t.Error(text)
	}
}

// A difference, how many there are in all, and what to do.
func TestVerifyText(t *testing.T) {
	whole := verify.Outcome{Stages: map[verify.Stage]verify.StageCounts{
		verify.StageRaw: {Readings: 2, Agree: 2, Records: 10}, verify.StageCurrent: {Readings: 7, Agree: 7, Records: 7},
	}}
	if text := verifyText(
		whole,
	); !strings.Contains(text, "all agree\n") ||
		!strings.Contains(text, "│ current (keys) │        7 │     7 │") {
		t.Error(text)
	}
	if err := verifyFault(whole); err != nil {
		t.Error(err)
	}
	if text := verifyText(verify.Outcome{}); !strings.Contains(text, "no reading of these days is known anywhere\n") {
		t.Error(text)
	}
	broken := verify.Outcome{Differ: 12}
	for range broken.Differ {
		broken.Differences = append(
			broken.Differences,
			verify.Difference{Stage: verify.StageRaw, Day: "2026-03-27", Where: "lines", Next: "restore it"},
		)
	}
	if text := verifyText(
		broken,
	); !strings.Contains(text, "raw, 2026-03-27: lines\n  next: restore it\n") ||
		!strings.Contains(text, "and 2 more\n") {
		t.Error(text)
	}
	if err := verifyFault(
		broken,
	); fault.KindOf(err) != fault.Data ||
		!strings.Contains(err.Error(), "raw, 2026-03-27: lines (12 differences in all)") {
		t.Error(err)
	}
	broken.Differ, broken.Differences = 1, broken.Differences[:1]
	if err := verifyFault(
		broken,
	); err == nil || strings.Contains(err.Error(), "in all") ||
		!strings.Contains(err.Error(), broken.Differences[0].Error()) {
		t.Error(err)
	}
}
