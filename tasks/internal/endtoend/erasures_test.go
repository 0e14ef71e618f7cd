package endtoend

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	vt "covers/tasks/internal/validate/validatetest"
)

// later is the name of a reading of the day after.
const later = "20260330T000000.000Z-00000002"

// asksLater makes the i-th guest's record of a later day, in which the guest asks to be forgotten.
func asksLater(i int) string {
	return vt.Guest(i, `"forgotten":false`, `"forgotten":true`, "2026-03-28T21", "2026-03-29T21", `"sequence_id":227`,
		`"sequence_id":228`)
}

// rows are the hashes of what depends on guests, by table.
func (w *world) rows() map[string]string {
	w.t.Helper()
	all := w.hashes()
	maps.DeleteFunc(all, func(table, _ string) bool {
		return table != "reservations" && table != "customers" && table != "erasures" && table != "guest_return" &&
			table != "survivors"
	})
	return all
}

func (w *world) unchanged(since map[string]string, what string) {
	w.t.Helper()
	if d := cmp.Diff(since, w.rows()); d != "" {
		w.t.Errorf("%s, and the warehouse is another:\n%s", what, d)
	}
}

// A platform that marks everybody as forgotten changes nothing until a person confirms it, and nothing for good: with the built
// steps, from raw to the report. All else of the day goes in.
func TestEverybodyForgotten(t *testing.T) {
	w := offline(t)
	src, before, after := sources[0], days[0], days[1]
	w.readingOf(src, before, vt.First, map[string][]string{bookings: vt.Many(40, vt.OpenTable), guests: vt.Many(40, vt.Guest)})
	w.through(src, before, 0, "")
	w.holds(src, before, 40, 40)
	was := w.rows()

	w.readingOf(src, after, later, map[string][]string{guests: mixed(39, 39, asksLater, vt.Guest)})
	reading := "opentable/101/" + after + "/updated/" + later
	w.step("", "validate", "--source", src, "--day", after).succeeded(t)
	listed := w.step("", "validate", "quarantine", "--day", after).succeeded(t)
	if listed.result.Counts[src]["erasures"] != 39 || listed.result.Counts[src]["held"] != 39 {
		t.Errorf("quarantine counts %v", listed.result.Counts)
	}
	w.step("", "transform", "--day", after).succeeded(t)
	for range 2 { // until a person has decided, each time that anybody asks
		out := w.step("", "load", "--day", after)
		for _, says := range []string{"39 requests to forget a guest", reading, "39 of 39 guests", "--confirm",
			"--refuse", `"held":39`} {
			if out.code != 65 || !strings.Contains(out.stdout, says) {
				t.Fatalf("want 65 and %q, got %d\n%s", says, out.code, out.stdout)
			}
		}
		w.unchanged(was, "everybody is marked as forgotten")
	}
	w.step("", "care", "verify", "--day", after).succeeded(t)
	for _, day := range []string{before, after} {
		if out := w.step("", "report", "--check", "--day", day); out.code != 65 || !strings.Contains(out.stdout,
			`"finding":"held"`) {
			t.Errorf("the report of %s: %d\n%s", day, out.code, out.stdout)
		}
	}
	waiting := w.step("", "care", "erasures").succeeded(t)
	if waiting.result.Counts["erasures"]["held"] != 39 || !strings.Contains(waiting.stdout, reading) {
		t.Errorf("listed: %s", waiting.stdout)
	}

	w.step("", "care", "erasures", "--refuse", reading, "--operator", "office").succeeded(t)
	w.unchanged(was, "it is refused")
	w.step("", "load", "--day", after).succeeded(t)
	if out := w.step("", "report", "--check", "--day", after); strings.Contains(out.stdout, `"finding":"held"`) {
		t.Errorf("the report still names it:\n%s", out.stdout)
	}
	w.step("", "load", "rebuild").succeeded(t)
	w.unchanged(was, "the warehouse is made anew")

	confirmed := w.step("", "care", "erasures", "--confirm", reading, "--operator", "office").succeeded(t)
	if n := confirmed.result.Counts["erasures"]; n["confirmed"] != 39 || n["erased_customers"] != 39 {
		t.Errorf("confirmed: %v", n)
	}
	erased := w.rows()
	if cmp.Equal(was, erased) {
		t.Fatal("nobody is erased, although it is confirmed: the test tests nothing")
	}
	w.step("", "care", "verify", "--day", before).succeeded(t)
	w.step("", "load", "rebuild").succeeded(t)
	w.unchanged(erased, "the warehouse is made anew with erasures")

	w.step("", "care", "unforget", "--reading", reading, "--operator", "office", "--dry-run").succeeded(t)
	w.unchanged(erased, "a dry run took back")
	taken := w.step("", "care", "unforget", "--reading", reading, "--operator", "office").succeeded(t)
	if n := taken.result.Counts["unforget"]; taken.result.Status != "done" || n["guests"] != 39 || n["still_erased"] != 0 {
		t.Errorf("taken back: %s", taken.stdout)
	}
	w.unchanged(was, "it is taken back")
	w.step("", "load", "rebuild").succeeded(t)
	w.unchanged(was, "the warehouse is made anew")
	for _, day := range []string{before, after} {
		w.step("", "care", "verify", "--day", day).succeeded(t)
	}
}

// An answer for one restaurant erases no guest of another: it used to, by the guest's id alone.
func TestARestaurantsAnswerErasesNoOthersGuest(t *testing.T) {
	w := offline(t)
	src := sources[0]
	theirs := strings.ReplaceAll(asksLater(3), "1001-", "1003-")
	w.readingOf(src, days[0], vt.First, map[string][]string{guests: append(vt.Many(30, vt.Guest), theirs, asksLater(4))})
	w.through(src, days[0], 0, `"quarantined":1`)
	house := w.open()
	defer house.Close()
	var erased []string
	err := house.ErasedGuests(ctx, "opentable", func(id string) { erased = append(erased, id) })
	if err != nil || len(erased) != 1 || !strings.HasPrefix(erased[0], "1001-") {
		t.Errorf("erased %d guests, %v", len(erased), err)
	}
}
