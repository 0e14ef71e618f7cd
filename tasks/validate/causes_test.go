package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/source"
)

const nextDay = "2026-03-29"

func causesOf(t *testing.T, o Options, reason string, days ...string) []Cause {
	t.Helper()
	found, err := Causes(ctx, o.Staging, []source.Source{o.Source}, days, reason)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sameCauses(t *testing.T, want, got []Cause) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Cause{}, "Object"), cmpopts.IgnoreUnexported(Cause{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, c := range got {
		if !strings.HasPrefix(c.Object, "opentable/101/2026-03-2") {
			t.Errorf("example %q is no place in raw", c.Object)
		}
	}
}

// Over days, what has one cause is one line, whatever the reading; a record that has a cause twice counts once.
func TestCausesAreGrouped(t *testing.T) {
	o := options(t, "opentable/101")
	o.MaxRefused = 1
	gone := func(i int) string { return openTable(i, `"Done"`, `"Gone"`) }
	writeReading(t, o, first, map[string][]string{reservations: {openTable(0), gone(1), gone(2)}})
	next := o
	next.Day = nextDay
	writeReading(t, next, first, map[string][]string{
		reservations: {gone(3), openTable(4), openTable(5, `"Done"`, `"Gone"`, `"party_size":6`, `"party_size":0`)},
		customers:    {guest(1, `"forgotten":false`, `"forgotten":null`)},
	})
	for _, x := range []Options{o, next} {
		if _, err := Run(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	status := Cause{
		Source: "opentable/101", Kind: reservations, Reason: "unknown_status", Field: "state", Rule: "a documented state",
		Records: 4, First: day, Last: nextDay, Line: 2,
	}
	got := causesOf(t, o, "", day, nextDay)
	status.Rule = got[0].Rule
	party := Cause{Source: "opentable/101", Kind: reservations, Reason: "range", Field: "party_size", Rule: "1 to 1000", Records: 1, First: nextDay, Last: nextDay, Line: 3}
	forgotten := Cause{Source: "opentable/101", Kind: customers, Reason: "missing", Field: "forgotten", Rule: "required", Records: 1, First: nextDay, Last: nextDay, Line: 1}
	sameCauses(t, []Cause{status, forgotten, party}, got)
	sameCauses(t, []Cause{party}, causesOf(t, o, "range", day, nextDay))
	status.Records, status.Last = 2, day
	sameCauses(t, []Cause{status}, causesOf(t, o, "", day))
}

// A zone that was wrong refuses what the right one accepts: it came back, but for what has another cause, and but for what a
// reading that is refused as a whole withholds.
func TestWhatARaisedRevisionBroughtBack(t *testing.T) {
	wrong, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		limit          float64
		back, withheld int64
	}{"accepted": {1, 2, 0}, "refused as a whole": {0.1, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			o := options(t, "opentable/101")
			right := o.Source.Location
			o.MaxRefused, o.Source.Location = 1, wrong
			writeReading(t, o, first, map[string][]string{reservations: {openTable(0), openTable(1), openTable(2, `"party_size":3`, `"party_size":0`)}})
			if _, err := Run(ctx, o); err != nil {
				t.Fatal(err)
			}
			for _, x := range causesOf(t, o, "", day) {
				if x.Before != 0 || x.CameBack != 0 {
					t.Errorf("derived once, and something came back: %+v", x)
				}
			}
			o.Source.Location, o.Source.Revision, o.MaxRefused = right, 2, c.limit
			if _, err := Run(ctx, o); err != nil && fault.KindOf(err) != fault.Data {
				t.Fatal(err)
			}
			party := Cause{Source: "opentable/101", Kind: reservations, Reason: "range", Field: "party_size", Rule: "1 to 1000", Records: 1, First: day, Last: day, Line: 3, Before: 1}
			got := causesOf(t, o, "", day)
			sameCauses(t, []Cause{party}, got[:1])
			fields := 0
			for _, x := range got[1:] {
				fields++
				if x.Reason != "local_time" || x.Records != 0 || x.Before != 3 || x.CameBack != c.back || x.Withheld != c.withheld || x.First != day {
					t.Errorf("%+v", x)
				}
			}
			if fields == 0 {
				t.Error("nothing was refused before: nothing is tested")
			}
			if text := causesText(got, []string{day}); !strings.Contains(text, "came back") {
				t.Error(text)
			}
		})
	}
}

// A spreadsheet takes no text of a platform for a formula.
func TestCSVHoldsNoFormula(t *testing.T) {
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "a\"b,c\nd", "state", ""}
	var causes []Cause
	for _, field := range hostile {
		causes = append(causes, Cause{Source: "opentable/101", Field: field, Rule: field, Records: 3, Line: 7})
	}
	var b bytes.Buffer
	if err := causesTo(&b, causes); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != len(hostile)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, line := range lines[1:] {
		for _, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "＝") {
				t.Errorf("%q became %q", hostile[i], cell)
			}
		}
		if got := strings.TrimPrefix(line[3], "'"); strings.ReplaceAll(got, "\r", "") != strings.ReplaceAll(hostile[i], "\r", "") {
			t.Errorf("%q became %q", hostile[i], got)
		}
	}
	if err := writeCSV(filepath.Join(t.TempDir(), "none", "causes.csv"), causes); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

// Who reads the file while it is written anew, or after a kill, has the old one whole.
func TestCSVIsReplacedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "causes.csv")
	if err := os.WriteFile(path, []byte("the old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := writeCSV(path, []Cause{{Source: "opentable/101", Field: "state"}}); err != nil {
		t.Fatal(err)
	}
	if old, err := io.ReadAll(reader); err != nil || string(old) != "the old one" {
		t.Errorf("the reader got %q, %v", old, err)
	}
	if found, err := os.ReadFile(path); err != nil || !strings.Contains(string(found), "opentable/101,") {
		t.Errorf("%q, %v", found, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestNoCauses(t *testing.T) {
	if text := causesText(nil, []string{day, nextDay}); text != "no record of 2026-03-28 to 2026-03-29 is in quarantine\n" {
		t.Error(text)
	}
}
