package quarantine

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/source"
	"covers/tasks/internal/timezone"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

const nextDay = "2026-03-29"

func causesOf(t *testing.T, o validate.Options, reason string, days ...string) []Cause {
	t.Helper()
	found, err := Causes(ctx, Options{Staging: o.Staging, Sources: []source.Source{o.Source}, Reason: reason}, days)
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
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	gone := func(i int) string { return vt.OpenTable(i, `"Done"`, `"Gone"`) }
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {vt.OpenTable(0), gone(1), gone(2)}})
	next := o
	next.Day = nextDay
	vt.WriteReading(t, next, vt.First, map[string][]string{
		reservations: {gone(3), vt.OpenTable(4), vt.OpenTable(5, `"Done"`, `"Gone"`, `"party_size":6`, `"party_size":0`)},
		customers:    {vt.Guest(1, `"forgotten":false`, `"forgotten":null`)},
	})
	for _, x := range []validate.Options{o, next} {
		if _, err := validate.Run(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	status := Cause{
		Source: "opentable/101", Kind: reservations, Reason: "unknown_status", Field: "state", Rule: "a documented state",
		Became: Refused, Records: 4, First: vt.Day, Last: nextDay, Line: 2,
	}
	got := causesOf(t, o, "", vt.Day, nextDay)
	status.Rule = got[0].Rule
	party := Cause{
		Source: "opentable/101", Kind: reservations, Reason: "range", Field: "party_size", Rule: "1 to 1000",
		Became: Refused, Records: 1, First: nextDay, Last: nextDay, Line: 3,
	}
	forgotten := Cause{
		Source: "opentable/101", Kind: customers, Reason: "missing", Field: "forgotten", Rule: "required",
		Became: LeftOut, Records: 1, First: nextDay, Last: nextDay, Line: 1,
	}
	sameCauses(t, []Cause{status, forgotten, party}, got)
	sameCauses(t, []Cause{party}, causesOf(t, o, "range", vt.Day, nextDay))
	status.Records, status.Last = 2, vt.Day
	sameCauses(t, []Cause{status}, causesOf(t, o, "", vt.Day))
}

// A zone that was wrong refuses what the right one accepts: it came back, but for what has another cause, and but for what a
// reading that is refused as a whole withholds.
func TestWhatARaisedRevisionBroughtBack(t *testing.T) {
	wrong, err := timezone.Load("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		limit          float64
		back, withheld int64
	}{"accepted": {1, 2, 0}, "refused as a whole": {0.1, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			right := o.Source.Location
			o.MaxRefused, o.Source.Location = 1, wrong
			vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
				vt.OpenTable(0), vt.OpenTable(1), vt.OpenTable(2, `"party_size":3`, `"party_size":0`),
			}})
			if _, err := validate.Run(ctx, o); err != nil {
				t.Fatal(err)
			}
			for _, x := range causesOf(t, o, "", vt.Day) {
				if x.Before != 0 || x.CameBack != 0 {
					t.Errorf("derived once, and something came back: %+v", x)
				}
			}
			o.Source.Location, o.Source.Revision, o.MaxRefused = right, 2, c.limit
			o.MaxRefusedRecords = 0
			if _, err := validate.Run(ctx, o); err != nil && fault.KindOf(err) != fault.Data {
				t.Fatal(err)
			}
			party := Cause{
				Source: "opentable/101", Kind: reservations, Reason: "range", Field: "party_size", Rule: "1 to 1000",
				Became: Refused, Records: 1, First: vt.Day, Last: vt.Day, Line: 3, Before: 1,
			}
			got := causesOf(t, o, "", vt.Day)
			sameCauses(t, []Cause{party}, got[:1])
			fields := 0
			for _, x := range got[1:] {
				fields++
				counted := x.Records == 0 && x.Before == 3 && x.CameBack == c.back && x.Withheld == c.withheld
				if x.Reason != "local_time" || !counted || x.First != vt.Day {
					t.Errorf("%+v", x)
				}
			}
			if fields == 0 {
				t.Error("nothing was refused before: nothing is tested")
			}
			if text := CausesText(got, []string{vt.Day}); !strings.Contains(text, "came back") {
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
	text, err := CSV(causes)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) != len(hostile)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, line := range lines[1:] {
		for _, cell := range line {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "＝") {
				t.Errorf("%q became %q", hostile[i], cell)
			}
		}
		got := strings.TrimPrefix(line[3], "'")
		if strings.ReplaceAll(got, "\r", "") != strings.ReplaceAll(hostile[i], "\r", "") {
			t.Errorf("%q became %q", hostile[i], got)
		}
	}
}

func TestNoCauses(t *testing.T) {
	if text := CausesText(nil, []string{vt.Day, nextDay}); text != "no record of 2026-03-28 to 2026-03-29 is in quarantine\n" {
		t.Error(text)
	}
}
