package sheet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/report/sheet/sheettest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/timezone"
	"covers/tasks/internal/warehouse"
)

const (
	day = sheettest.Day
	src = sheettest.Source
)

func TestADayInOrder(t *testing.T) {
	s := sheet.Draw(sheettest.InOrder())
	want := []sheet.Line{{
		Source: src, Kind: reservation.KindReservation, Listed: 21, Received: 10, Repeated: 10, Gone: 1, Accepted: 9,
		Quarantined: 1,
		Reasons:     map[string]int64{"range": 1}, Notes: map[string]int64{}, Loaded: 9, Current: 8, Readings: 1,
	}}
	if d := cmp.Diff(want, s.Lines); d != "" || len(s.Findings) != 0 || sheet.Verdict([]sheet.Sheet{s}) != nil {
		t.Errorf("findings %v, -want +got:\n%s", s.Findings, d)
	}
	for _, word := range []string{"range 1", "in order", src} {
		if !strings.Contains(s.Text(), word) {
			t.Errorf("the text does not say %q:\n%s", word, s.Text())
		}
	}
	if n := s.Counts()[src+" reservation"]["quarantined.range"]; n != 1 {
		t.Errorf("the counts lack the reason: %v", s.Counts())
	}
}

// serviceDate makes the day's reading one by service date in a zone, begun so long after the day's first UTC midnight.
func serviceDate(f *sheet.Facts, zone string, hours, minutes int) {
	if zone != "" {
		loc, err := timezone.Load(zone)
		if err != nil {
			panic(err)
		}
		f.Sources[0].Location = loc
	}
	r := &f.Readings[src][0]
	r.By = lake.ByServiceDate
	r.StartedAt = time.Date(2026, 3, 28, hours, minutes, 0, 0, time.UTC)
}

func byServiceDate(zone string, hours, minutes int) func(*sheet.Facts) {
	return func(f *sheet.Facts) { serviceDate(f, zone, hours, minutes) }
}

// Accepted rows of a refused result are not loaded, and not lost: accepted = loaded + withheld.
func TestWithheld(t *testing.T) {
	f := sheettest.InOrder()
	if s := sheet.Draw(f); strings.Contains(s.Text(), "withheld") {
		t.Errorf("a column of nothing:\n%s", s.Text())
	}
	f.Results[src][0].Refused, f.Results[src][0].Why = true, "too many"
	f.Ledger[0].Counts = map[string]warehouse.Counts{}
	s := sheet.Draw(f)
	if l := s.Lines[0]; l.Withheld != 9 || l.Accepted != l.Loaded+l.Withheld {
		t.Errorf("got %+v", l)
	}
	if n := s.Counts()[src+" reservation"]; n["withheld"] != 9 || n["readings"] != 1 || !strings.Contains(s.Text(), "withheld") {
		t.Errorf("got %v\n%s", n, s.Text())
	}
}

// withheldGuests says that too many guests of the day's reading were refused, and that all else is loaded.
func withheldGuests(f *sheet.Facts) {
	f.Sources[0].Kinds = append(f.Sources[0].Kinds, reservation.KindCustomer)
	f.Readings[src][0].Counts[reservation.KindCustomer] = lake.RawCounts{Listed: 10, Received: 10}
	f.Results[src][0].Counts[reservation.KindCustomer] = lake.ResultCounts{
		Received: 10, Accepted: 1, Quarantined: 7, Merged: 2, Reasons: map[string]int64{"type": 7},
		Withheld: "7 of 10 customers were refused",
	}
	f.Ledger[0].Withheld = []string{reservation.KindCustomer}
}

// Requests to forget guests are counted like any other number, and those that are held are an error until a person has decided.
func TestHeldErasures(t *testing.T) {
	f := sheettest.InOrder()
	f.Sources[0].Kinds = append(f.Sources[0].Kinds, reservation.KindCustomer)
	f.Readings[src][0].Counts[reservation.KindCustomer] = lake.RawCounts{Listed: 10, Received: 10}
	f.Results[src][0].Counts[reservation.KindCustomer] = lake.ResultCounts{Received: 10, Accepted: 10}
	f.Results[src][0].Erasures, f.Results[src][0].Held = 10, "10 of 10 guests ask to be forgotten"
	f.Ledger[0].Counts[reservation.KindCustomer] = warehouse.Counts{Received: 10, Accepted: 10, Landed: 10}
	hold := warehouse.Hold{Reading: f.Ledger[0].Reading, Requests: 10, Guests: 9}
	elsewhere := warehouse.Hold{Reading: "opentable/101/2026-03-01/updated/20260302T010000.000Z-00000001", Requests: 1, Guests: 1}
	f.Holds = []warehouse.Hold{hold, elsewhere}
	s := sheet.Draw(f)
	if l := s.Lines[1]; l.Erasures != 10 || l.Held != 10 || s.Counts()[src+" customer"]["held"] != 10 ||
		s.Counts()[src+" customer"]["erasures"] != 10 || !strings.Contains(s.Text(), "held") ||
		s.Lines[0].Erasures+s.Lines[0].Held != 0 {
		t.Errorf("%+v\n%s", l, s.Text())
	}
	if len(s.Findings) != 2 || s.Findings[0].Kind != sheet.Held || !s.Findings[0].IsError() ||
		s.Findings[1].Source != "opentable/101" ||
		!strings.Contains(s.Findings[0].What, "10 requests to forget 9 guests, in reading "+hold.Reading) ||
		!strings.Contains(s.Findings[0].Next, "care erasures") || sheet.Verdict([]sheet.Sheet{s}) == nil {
		t.Errorf("%+v", s.Findings)
	}
	for _, decided := range []warehouse.Decision{warehouse.Confirmed, warehouse.RefusedRequests, warehouse.TakenBack} {
		hold.Decision = decided
		f.Holds = []warehouse.Hold{hold}
		if s := sheet.Draw(f); len(s.Findings) != 0 || s.Lines[1].Held != 0 || s.Lines[1].Erasures != 10 {
			t.Errorf("%s: %+v", decided, s.Findings)
		}
	}
}

// Of a kind that is withheld nothing is expected to be loaded, of the other all; the finding says why, and what raises the limit.
func TestAKindIsWithheld(t *testing.T) {
	f := sheettest.InOrder()
	f.Sources[0].Revision = 3
	f.Results[src][0].Rank.Source = 3
	f.Ledger[0].Rank = f.Results[src][0].Rank.String()
	withheldGuests(&f)
	s := sheet.Draw(f)
	if l := s.Lines[1]; l.Withheld != 1 || l.Merged != 2 || l.Received != l.Accepted+l.Quarantined+l.Merged {
		t.Errorf("%+v", l)
	}
	if len(s.Findings) != 1 || s.Findings[0].Kind != sheet.Withheld || !s.Findings[0].IsError() ||
		s.Findings[0].What != "7 of 10 customers were refused; what else the reading has is loaded" ||
		!strings.Contains(s.Findings[0].Next, "revision of thefork/101 in restaurants.yaml from 3 to 4") {
		t.Errorf("%+v", s.Findings)
	}
	f.Ledger[0].Counts[reservation.KindCustomer] = warehouse.Counts{Merged: 2}
	if s := sheet.Draw(f); len(s.Findings) != 2 || s.Findings[1].Kind != sheet.Unbalanced {
		t.Errorf("merges of a kind that is withheld: %+v", s.Findings)
	}
}

// What was not read is counted, named, and no reason to fail.
func TestNotRead(t *testing.T) {
	f := sheettest.InOrder()
	f.Readings[src][0].Counts[reservation.KindReservation] = lake.RawCounts{
		Listed: 23, Received: 10, Repeated: 10, Gone: 1, Unread: 2,
	}
	s := sheet.Draw(f)
	if l := s.Lines[0]; l.Unread != 2 || l.Listed != l.Received+l.Repeated+l.Gone+l.Absent+l.Unread {
		t.Errorf("%+v", l)
	}
	if len(s.Findings) != 1 || s.Findings[0].Kind != sheet.Unread || sheet.Verdict([]sheet.Sheet{s}) != nil ||
		s.Findings[0].What != "2 records not read: the platform did not give them" {
		t.Errorf("%+v", s.Findings)
	}
	if n := s.Counts()[src+" reservation"]["unread"]; n != 2 || !strings.Contains(s.Text(), "unread") {
		t.Errorf("%v\n%s", n, s.Text())
	}
	f.Readings = nil
	counts := f.Results[src][0].Counts[reservation.KindReservation]
	counts.Unread = 2
	f.Results[src][0].Counts[reservation.KindReservation] = counts
	if l := sheet.Draw(f).Lines[0]; l.Unread != 2 || l.Listed != l.Received+l.Unread {
		t.Errorf("raw has expired: %+v", l)
	}
}

// What was left out of accepted records is told by reason and field, and is no finding.
func TestNoted(t *testing.T) {
	f := sheettest.InOrder()
	counts := f.Results[src][0].Counts[reservation.KindReservation]
	counts.Noted, counts.Notes = 3, map[string]int64{"time created_date": 3, "phone phone": 1}
	f.Results[src][0].Counts[reservation.KindReservation] = counts
	s := sheet.Draw(f)
	if len(s.Findings) != 0 || s.Counts()[src+" reservation"]["noted"] != 3 ||
		!strings.Contains(s.Text(), "phone phone 1, time created_date 3") {
		t.Errorf("%+v\n%s", s.Findings, s.Text())
	}
}

// A reading whose older rank stands, because the newest withholds what it let in, is named; it is not out of date.
func TestKept(t *testing.T) {
	f := sheettest.InOrder()
	r := f.Results[src][0]
	newer := lake.Rank{Contract: 2, Source: 1, Key: 1}
	f.Revision = 2
	f.Kept = map[string][]lake.PassedOver{src: {{
		Reading: r.Reading, Rank: newer, Why: "7 of 10 customers were refused", Stands: r.Rank,
	}}}
	s := sheet.Draw(f)
	if len(s.Findings) != 1 || s.Findings[0].Kind != sheet.Kept || s.Findings[0].IsError() ||
		!strings.Contains(s.Findings[0].What, "shown at rank 0001.0001.0001, because rank 0002.0001.0001 withholds") {
		t.Errorf("%+v", s.Findings)
	}
}

// reconciled adds a reading that asked for 3 records by id: one is there, two are absent.
func reconciled(f *sheet.Facts) {
	id := lake.ReadingID{Source: src, Day: day, By: lake.ByReconcile, Name: "20260328T120000.000Z-00000009"}.String()
	r := f.Readings[src][0]
	r.Reading, r.By, r.StartedAt = id, lake.ByReconcile, time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	r.Counts = map[string]lake.RawCounts{reservation.KindReservation: {Listed: 3, Received: 1, Absent: 2}}
	f.Readings[src] = append([]lake.Reading{r}, f.Readings[src]...)
	x := f.Results[src][0]
	x.Reading, x.By = id, lake.ByReconcile
	x.Counts = map[string]lake.ResultCounts{reservation.KindReservation: {Received: 1, Accepted: 1, Absent: 2}}
	f.Results[src] = append([]lake.Result{x}, f.Results[src]...)
	e := f.Ledger[0]
	e.Reading, e.By, e.Absent = id, lake.ByReconcile, 2
	e.Counts = map[string]warehouse.Counts{reservation.KindReservation: {Received: 1, Accepted: 1, Landed: 1}}
	f.Ledger = append(f.Ledger, e)
}

// TestNextOfReconciling: what a reconciliation left undone is for another reconciliation to do.
func TestNextOfReconciling(t *testing.T) {
	f := sheettest.InOrder()
	reconciled(&f)
	f.Readings[src][0].Stable = false
	refuse(&f)
	for _, x := range sheet.Draw(f).Findings {
		if !strings.Contains(x.Next, "care reconcile again") {
			t.Errorf("%s: %s", x.Kind, x.Next)
		}
	}
}

// refuse says of the reconcile reading that it was refused, and loaded so.
func refuse(f *sheet.Facts) {
	f.Results[src][0].Refused, f.Results[src][0].Why = true, "too many"
	f.Ledger[1].Refused, f.Ledger[1].Absent, f.Ledger[1].Counts = true, 0, map[string]warehouse.Counts{}
}

// onlyReconciled takes the day's own reading away.
func onlyReconciled(f *sheet.Facts) {
	reconciled(f)
	f.Readings[src], f.Results[src], f.Ledger = f.Readings[src][:1], f.Results[src][:1], f.Ledger[1:]
}

// Absent records are counted where the others are: listed = received + repeated + gone + absent, with raw there or not.
func TestAbsentOnTheSheet(t *testing.T) {
	f := sheettest.InOrder()
	if s := sheet.Draw(f); strings.Contains(s.Text(), "absent") || s.Counts()[src+" reservation"]["absent"] != 0 {
		t.Errorf("a column of nothing:\n%s", s.Text())
	}
	reconciled(&f)
	s := sheet.Draw(f)
	if l := s.Lines[0]; l.Absent != 2 || l.Listed != l.Received+l.Repeated+l.Gone+l.Absent || len(s.Findings) != 0 {
		t.Errorf("got %+v, %v", l, s.Findings)
	}
	if n := s.Counts()[src+" reservation"]; n["absent"] != 2 || !strings.Contains(s.Text(), "absent") {
		t.Errorf("got %v\n%s", n, s.Text())
	}
	f.Readings = nil
	if l := sheet.Draw(f).Lines[0]; l.Absent != 2 || l.Listed != l.Received+l.Absent {
		t.Errorf("raw has expired: %+v", l)
	}
}

// earlier returns the ledger's entry of a reading before that of the facts.
func earlier() warehouse.Entry {
	id := lake.ReadingID{Source: src, Day: sheettest.Day, By: lake.ByUpdated, Name: "20260329T000000.000Z-00000002"}
	return warehouse.Entry{Reading: id.String(), Source: src, Day: sheettest.Day, Rank: "0001.0001.0001"}
}

func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sheet.Facts)
		want   sheet.Kind // "" where all is in order
	}{
		"nothing there": {func(f *sheet.Facts) { f.Readings, f.Results, f.Ledger = nil, nil, nil }, sheet.Missing},
		"read too early": {func(f *sheet.Facts) {
			f.Readings[src][0].StartedAt = time.Date(2026, 3, 28, 23, 59, 59, 0, time.UTC)
		}, sheet.Stale},
		"unstable":      {func(f *sheet.Facts) { f.Readings[src][0].Stable = false }, sheet.NotStable},
		"not validated": {func(f *sheet.Facts) { f.Results, f.Ledger = nil, nil }, sheet.NotValidated},
		"not loaded":    {func(f *sheet.Facts) { f.Ledger = nil }, sheet.NotLoaded},
		"a rank loaded that staging does not have": {func(f *sheet.Facts) { f.Ledger[0].Rank = "0001.0001.9999" }, sheet.Lost},
		"loaded and gone from staging": {func(f *sheet.Facts) {
			older := f.Readings[src][0]
			older.Reading = earlier().Reading
			f.Readings[src] = append([]lake.Reading{older}, f.Readings[src]...)
			f.Ledger = append(f.Ledger, earlier())
		}, sheet.Lost},
		"loaded, and raw and staging have expired": {func(f *sheet.Facts) { f.Ledger = append(f.Ledger, earlier()) }, ""},
		"older rank loaded":                        {func(f *sheet.Facts) { f.Results[src][0].Rank.Contract = 2 }, sheet.Stale},
		"refused": {func(f *sheet.Facts) {
			f.Results[src][0].Refused, f.Results[src][0].Why = true, "too many"
			f.Ledger[0].Counts = map[string]warehouse.Counts{}
		}, sheet.Refused},
		"by service date, before the day was over in London":   {byServiceDate("Europe/London", 23, 30), sheet.Stale},
		"by service date, before the day was over in New York": {byServiceDate("America/New_York", 27, 59), sheet.Stale},
		"by service date, after the day was over in New York":  {byServiceDate("America/New_York", 28, 0), ""},
		"by service date, after the day was over in Paris":     {byServiceDate("Europe/Paris", 23, 0), ""},
		"by service date, an account knows UTC":                {byServiceDate("", 23, 30), sheet.Stale},
		"the contract was raised":                              {func(f *sheet.Facts) { f.Revision = 2 }, sheet.Stale},
		"the source's revision was raised":                     {func(f *sheet.Facts) { f.Sources[0].Revision = 2 }, sheet.Stale},
		"raised, but raw has expired":                          {func(f *sheet.Facts) { f.Revision, f.Readings = 2, nil }, ""},
		"a restarted sequence": {func(f *sheet.Facts) {
			f.Regressed = []warehouse.Regression{{Kind: reservation.KindReservation, Reading: f.Ledger[0].Reading},
				{Reading: "another day's"}}
		}, sheet.Regressed},
		"rows lost on the way": {func(f *sheet.Facts) {
			f.Ledger[0].Counts[reservation.KindReservation] = warehouse.Counts{Landed: 8}
		}, sheet.Unbalanced},
		"guests withheld":              {withheldGuests, sheet.Withheld},
		"raw expired":                  {func(f *sheet.Facts) { f.Readings = nil }, ""},
		"reconciled, at whatever time": {reconciled, ""},
		"reconciled, and never read":   {onlyReconciled, sheet.Missing},
		"reconciled, and not validated": {func(f *sheet.Facts) {
			reconciled(f)
			f.Results[src], f.Ledger = f.Results[src][1:], f.Ledger[:1]
		}, sheet.NotValidated},
		"absences lost on the way":         {func(f *sheet.Facts) { reconciled(f); f.Ledger[1].Absent = 1 }, sheet.Unbalanced},
		"refused, and so are its absences": {func(f *sheet.Facts) { reconciled(f); refuse(f) }, sheet.Refused},
		"reconciling makes up for no sweep": {func(f *sheet.Facts) {
			f.Readings[src][0].Stable = false
			reconciled(f)
			f.Readings[src][0].Stable = true
		}, sheet.NotStable},
		"nor does a stable reading by service date": {func(f *sheet.Facts) {
			older := f.Readings[src][0]
			older.Stable = false
			serviceDate(f, "", 25, 0)
			f.Readings[src] = append(f.Readings[src], older)
		}, sheet.NotStable},
		"a newer reading made up for a refused one": {func(f *sheet.Facts) {
			older := f.Results[src][0]
			older.Reading = strings.Replace(older.Reading, "T010000", "T003000", 1)
			older.Refused = true
			f.Results[src] = append([]lake.Result{older}, f.Results[src]...)
			read := f.Readings[src][0]
			read.Reading, read.Stable = older.Reading, false
			f.Readings[src] = append([]lake.Reading{read}, f.Readings[src]...)
			e := f.Ledger[0]
			e.Reading, e.Refused, e.Counts = older.Reading, true, map[string]warehouse.Counts{}
			f.Ledger = append(f.Ledger, e)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := sheettest.InOrder()
			c.change(&f)
			s := sheet.Draw(f)
			var got []sheet.Kind
			for _, x := range s.Findings {
				got = append(got, x.Kind)
				if x.What == "" || x.Next == "" {
					t.Errorf("a finding without what or next: %+v", x)
				}
			}
			var want []sheet.Kind
			if c.want != "" {
				want = append(want, c.want)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			err := sheet.Verdict([]sheet.Sheet{s})
			if (err != nil) != (c.want != "") || err != nil && fault.KindOf(err) != fault.Data {
				t.Errorf("verdict %v", err)
			}
		})
	}
}

// A warning is told, and is no reason to fail.
func TestWarningsDoNotFail(t *testing.T) {
	s := sheet.Sheet{Day: day, Findings: []sheet.Finding{problem(sheet.Unexpected, contract.SeverityWarning)}}
	if err := sheet.Verdict([]sheet.Sheet{s}); err != nil {
		t.Errorf("got %v", err)
	}
	if text := s.Text(); !strings.Contains(text, "in order") || !strings.Contains(text, "unexpected") {
		t.Errorf("the text does not say both:\n%s", text)
	}
	s.Findings = append(s.Findings, problem(sheet.Stale, contract.SeverityError))
	if err := sheet.Verdict([]sheet.Sheet{s}); err == nil || !strings.Contains(err.Error(), "stale: it was so") ||
		strings.Contains(err.Error(), "more finding") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(s.Text(), "in order\n") {
		t.Errorf("in order, with an error:\n%s", s.Text())
	}
}

func problem(kind sheet.Kind, severity string) sheet.Finding {
	return sheet.Finding{Day: day, Source: src, Kind: kind, Severity: severity, What: "it was so", Next: "do it again"}
}
