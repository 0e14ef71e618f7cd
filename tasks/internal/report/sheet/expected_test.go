package sheet_test

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/report/sheet/sheettest"
	"covers/tasks/internal/warehouse"
)

var (
	empty = quality.Finding{Expectation: "volume", Severity: "error", Kind: "reservation", Seen: "0", Expected: "at least 40",
		Days: []string{"2026-03-14", "2026-03-21"}}
	odd = quality.Finding{Expectation: "channels", Of: "web", Severity: "warning", Kind: "reservation", Seen: "90.0 %",
		Expected: "20.0 % to 60.0 %", Days: empty.Days}
)

// judged is a day in order of whose only reading this is said.
func judged(findings ...quality.Finding) sheet.Facts {
	f := sheettest.InOrder()
	f.Ledger[0].By = lake.ByUpdated
	f.Results[src][0].Profile = &lake.Profile{}
	f.Judged = map[string]quality.Judged{}
	say(&f, f.Results[src][0], quality.Verdict{Days: empty.Days, Findings: findings})
	return f
}

// say says this of a reading.
func say(f *sheet.Facts, r lake.Result, v quality.Verdict) {
	f.Judged[r.Reading] = quality.Judged{Sample: quality.OfResult(r), Verdict: v}
}

func notLoaded(f sheet.Facts) sheet.Facts {
	f.Ledger, f.Current = nil, nil
	return f
}

func TestWhatIsExpected(t *testing.T) {
	for _, c := range []struct {
		name     string
		facts    sheet.Facts
		findings string // of each severity and word
		fails    bool
	}{
		{"as expected", judged(), "", false},
		{"odd", judged(odd), "warning unexpected", false},
		{"odd, and not loaded for another reason", notLoaded(judged(odd)), "warning unexpected, error not loaded", true},
		{"left out", notLoaded(judged(empty)), "error left out", true},
		{"left out, and odd too", notLoaded(judged(odd, empty)), "warning unexpected, error left out", true},
		{"loaded before too little was known", judged(empty), "warning unexpected", false},
	} {
		s := sheet.Draw(c.facts)
		var got []string
		for _, f := range s.Findings {
			got = append(got, f.Severity+" "+string(f.Kind))
			if f.Kind == sheet.LeftOut && !strings.Contains(f.What,
				"reservation volume: saw 0, expected at least 40 as on 2 Saturdays from 2026-03-14 to 2026-03-21") {
				t.Errorf("%s: %s", c.name, f.What)
			}
		}
		err := sheet.Verdict([]sheet.Sheet{s})
		if strings.Join(got, ", ") != c.findings || (err != nil) != c.fails || c.fails && fault.KindOf(err) != fault.Data {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
		if !strings.Contains(s.Text(), "held against 2026-03-14, 2026-03-21: "+src) ||
			strings.Contains(s.Text(), "in order") == c.fails {
			t.Errorf("%s:\n%s", c.name, s.Text())
		}
	}
}

// A reading that was left out is no finding any more once a newer one, asked in the same way, is loaded.
func TestANewerReadingMakesUpForOneLeftOut(t *testing.T) {
	f := judged(empty)
	newer, older := f.Results[src][0], f.Results[src][0]
	older.Reading = strings.Replace(older.Reading, "T010000", "T000000", 1)
	f.Results[src] = append(f.Results[src], older)
	asExpected := quality.Verdict{Days: empty.Days}
	say(&f, older, quality.Verdict{Findings: []quality.Finding{empty}})
	say(&f, newer, asExpected)
	if s := sheet.Draw(f); len(s.Findings) > 0 {
		t.Errorf("%+v", s.Findings)
	}
	isLeftOut := func(x sheet.Finding) bool { return x.Kind == sheet.LeftOut }
	late := newer
	late.Profile = &lake.Profile{Late: 37 * 60}
	say(&f, late, quality.Verdict{Unjudged: "it was read more than 36 hours after the day"})
	if s := sheet.Draw(f); !slices.ContainsFunc(s.Findings, isLeftOut) {
		t.Errorf("a late reading makes up for it: %+v", s.Findings)
	}
	otherwise := newer
	otherwise.By = lake.ByServiceDate
	say(&f, otherwise, asExpected)
	if s := sheet.Draw(f); !slices.ContainsFunc(s.Findings, isLeftOut) {
		t.Errorf("one way to ask makes up for another: %+v", s.Findings)
	}
	say(&f, newer, asExpected)
	f.Ledger = []warehouse.Entry{} // the newer one is not loaded
	if s := sheet.Draw(f); len(s.Findings) != 2 || !s.Findings[0].IsError() || !s.Findings[1].IsError() {
		t.Errorf("%+v", s.Findings)
	}
}

func TestOneAccidentInManyColumns(t *testing.T) {
	s := sheet.Draw(notLoaded(judged(empty, empty, empty, empty, empty)))
	if n := strings.Count(s.Findings[0].What, "volume"); n != 3 || !strings.HasSuffix(s.Findings[0].What, "and 2 more") {
		t.Errorf("%s", s.Findings[0].What)
	}
}

func TestNothingExpectedIsSaid(t *testing.T) {
	f := judged()
	for id, j := range f.Judged {
		j.Unjudged = "2 earlier Saturdays are known, it takes 4"
		f.Judged[id] = j
	}
	if text := sheet.Draw(f).Text(); !strings.Contains(text,
		"nothing is expected, 2 earlier Saturdays are known, it takes 4: "+src) {
		t.Error(text)
	}
}
