package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/report/sheet"
	"covers/tasks/internal/report/sheet/sheettest"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

const (
	day = sheettest.Day
	src = sheettest.Source
)

// registry has one restaurant at both platforms, read from a week before the day on.
func registry() *source.Registry {
	kinds := []string{reservation.KindReservation}
	return &source.Registry{Sources: []source.Source{
		{ID: "opentable/101", Platform: reservation.OpenTable, Kinds: kinds, RestaurantID: 101, Name: "Chez <b>Nous",
			From: "2026-02-01"},
		{ID: src, Platform: reservation.TheFork, Kinds: kinds, RestaurantID: 101, Name: "Chez <b>Nous", From: "2026-02-01"},
		{ID: "thefork/group", Platform: reservation.TheFork, Kinds: []string{reservation.KindCustomer}, Name: "group",
			From: "2026-02-01"},
	}}
}

func pageOf(t *testing.T, days []string, f warehouse.Figures, found ...sheet.Finding) page.Page {
	t.Helper()
	j := newJournal(days)
	for _, day := range days {
		facts := sheettest.InOrder()
		facts.Day = day
		s := sheet.Draw(facts)
		s.Findings = nil
		for _, x := range found {
			if x.Day == day {
				s.Findings = append(s.Findings, x)
			}
		}
		j.add(facts, s)
	}
	p, err := j.page(registry(), f, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := page.Write(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func problem(day, source string, kind sheet.Kind, severity string) sheet.Finding {
	return sheet.Finding{Day: day, Source: source, Kind: kind, Severity: severity, What: "it was so", Next: "do it again"}
}

// What is missing, stale or refused is said first, by name; warnings alone leave the day in order.
func TestHeadline(t *testing.T) {
	for name, c := range map[string]struct {
		found []sheet.Finding
		state page.State
		want  string
	}{
		"in order": {nil, page.InOrder, "Everything that was expected arrived"},
		"a warning": {[]sheet.Finding{problem(day, src, sheet.Unexpected, contract.SeverityWarning)}, page.Doubtful,
			"something about it is unusual"},
		"missing, after others": {
			[]sheet.Finding{
				problem(day, src, sheet.Regressed, contract.SeverityError),
				problem(day, src, sheet.Unexpected, contract.SeverityWarning),
				problem(day, "opentable/101", sheet.Refused, contract.SeverityError),
				problem(day, src, sheet.Missing, contract.SeverityError),
			},
			page.NotInOrder, "Nothing was read from Chez <b>Nous (TheFork). Left out because too much was wrong: " +
				"Chez <b>Nous (OpenTable). The numbers below lack it",
		},
		"nothing read": {[]sheet.Finding{problem(day, src, sheet.Missing, contract.SeverityError)}, page.NotInOrder,
			"Nothing was read of this day. There are no numbers"},
		"all stale": {
			[]sheet.Finding{problem(day, src, sheet.Stale, contract.SeverityError),
				problem(day, "opentable/101", sheet.Stale, contract.SeverityError),
				problem(day, "thefork/group", sheet.Stale, contract.SeverityError)},
			page.NotInOrder, "Out of date: Chez <b>Nous (TheFork), Chez <b>Nous (OpenTable) and guests of group (TheFork).",
		},
		"something else": {[]sheet.Finding{problem(day, "elsewhere", sheet.Unbalanced, contract.SeverityError)}, page.NotInOrder,
			"Something went wrong on the way"},
	} {
		p := pageOf(t, []string{day}, warehouse.Figures{}, c.found...)
		if p.State != c.state || !strings.HasPrefix(p.Headline, c.want) && !strings.HasSuffix(p.Headline, c.want+".") {
			t.Errorf("%s: %s, %q", name, p.State, p.Headline)
		}
	}
	p := pageOf(t, []string{day}, warehouse.Figures{}, problem(day, src, sheet.Regressed, contract.SeverityError),
		problem(day, src, sheet.Missing, contract.SeverityError))
	if p.Findings[0].Title != findingMeans[sheet.Missing].means || p.Findings[0].Next != "do it again" ||
		p.Findings[0].Where != "Chez <b>Nous (TheFork)" {
		t.Errorf("first is %+v", p.Findings[0])
	}
	if j := newJournal([]string{day}); !strings.HasPrefix(j.headline(nil, registry()), "Nothing was expected") {
		t.Error("a day on which nothing is read")
	}
}

// Over a range the same finding is said once, with its days, and alike of several sources once.
func TestFindingsOfARange(t *testing.T) {
	days := []string{"2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02"}
	var found []sheet.Finding
	for _, d := range days {
		found = append(found, problem(d, src, sheet.Missing, contract.SeverityError),
			problem(d, "opentable/101", sheet.Missing, contract.SeverityError))
	}
	found = append(found, problem(days[1], src, sheet.Stale, contract.SeverityError))
	p := pageOf(t, days, warehouse.Figures{}, found...)
	want := []page.Finding{
		{Where: "Chez <b>Nous (TheFork) and Chez <b>Nous (OpenTable)", Title: "nothing was read", What: "It was so.",
			Next:  "do it again",
			Dates: "On 27 Mar, 28 Mar, 29 Mar, 30 Mar, 31 Mar and 2 more days."},
		{Where: "Chez <b>Nous (TheFork)", Title: "what is shown is out of date", What: "It was so.", Next: "do it again",
			Dates: "On 28 Mar."},
	}
	if d := cmp.Diff(want, p.Findings); d != "" || p.Title != "Friday 27 March 2026 to Thursday 2 April 2026" {
		t.Errorf("%s: -want +got:\n%s", p.Title, d)
	}
	found = nil
	for i := range 70 {
		x := problem(day, src, sheet.Unbalanced, contract.SeverityError)
		x.Next = fmt.Sprint("do it again, for the ", i, "th time")
		found = append(found, x)
	}
	if p := pageOf(t, []string{day}, warehouse.Figures{}, found...); len(p.Findings) != shown || p.More != 10 {
		t.Errorf("%d listed, %d more", len(p.Findings), p.More)
	}
}

// weeks returns the figures of Saturdays: so many covers and pounds each, the newest first, of which so many were read.
func weeks(read int, covers ...int64) warehouse.Figures {
	f := warehouse.Figures{Read: map[warehouse.DaySource]bool{}}
	for i, n := range covers {
		d := shift(day, 7*i)
		f.Dates = append(f.Dates, warehouse.Date{Date: d, Currency: "GBP", Tally: warehouse.Tally{
			Reservations: 100, Completed: 80, NoShows: 20 - int64(i), Cancelled: 10, Covers: n, ExpectedCovers: n, Bills: 70,
			Spend: n * 10_0000,
		}}, warehouse.Date{Date: d, Currency: "EUR", Tally: warehouse.Tally{Bills: 1, Spend: 5_0000}})
		if i < read {
			f.Read[warehouse.DaySource{Day: d, Source: src}], f.Read[warehouse.DaySource{Day: d,
				Source: "opentable/101"}] = true, true
		}
	}
	return f
}

// A number is compared with the average of the same weekdays that were read whole; currencies each with their own.
func TestComparison(t *testing.T) {
	p := pageOf(t, []string{day}, weeks(3, 110, 100, 120, 900))
	want := []page.Card{
		{Label: "Covers", Value: "110", Note: "guests who sat down", Change: &page.Change{Text: "no change", Was: "110"}},
		{Label: "Reservations", Value: "100", Note: "80 completed", Change: &page.Change{Text: "no change", Was: "100"}},
		{Label: "No-show rate", Value: "20.0%", Note: "20 of 100 parties that were due did not come",
			Change: &page.Change{Text: "+1.2 points", Was: "18.8%"}},
		{Label: "Cancellation rate", Value: "10.0%", Note: "10 of 100 reservations",
			Change: &page.Change{Text: "no change", Was: "10.0%"}},
		{Label: "Spend in EUR", Value: "5", Note: "from 1 known bill; 0 reservations are completed",
			Change: &page.Change{Text: "no change", Was: "5"}},
		{Label: "Spend in GBP", Value: "1,100", Note: "from 70 known bills; 80 reservations are completed",
			Change: &page.Change{Text: "no change", Was: "1,100"}},
	}
	if d := cmp.Diff(want, p.Cards); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for said, f := range map[string]warehouse.Figures{
		"Changes are against the average of 2 earlier Saturdays.":                     weeks(3, 1, 1, 1, 1),
		"Changes are against one earlier Saturday.":                                   weeks(2, 1, 1),
		"There is no earlier Saturday to compare with yet.":                           weeks(1, 1),
		"Nothing is compared with earlier weeks, since not all of the data is there.": weeks(0, 1, 1),
	} {
		p := pageOf(t, []string{day}, f)
		if p.Compare != said || (p.Cards[0].Change != nil) != strings.HasPrefix(said, "Changes") {
			t.Errorf("want %q, got %q and %+v", said, p.Compare, p.Cards[0].Change)
		}
	}
	if got := since([]string{"2026-03-20", "2026-03-21", "2026-03-22", "2026-03-23", "2026-03-24", "2026-03-25", "2026-03-26",
		"2026-03-27"}); got != "2026-01-23" {
		t.Errorf("eight days are compared with those two weeks before, four times: since %s", got)
	}
}

// While guests of the date are still expected, its covers and bills are not held against dates that are over.
func TestAnUnfinishedDateIsNotCompared(t *testing.T) {
	for open, compared := range map[int64]bool{0: true, 1: true, 2: false, 30: false} {
		f := weeks(3, 110, 110, 110)
		f.Dates[0].Covers -= open // of the day itself, in pounds
		p := pageOf(t, []string{day}, f)
		for _, c := range p.Cards {
			held := c.Label == "Covers" || strings.HasPrefix(c.Label, "Spend")
			if got := c.Change != nil; got != (compared || !held) {
				t.Errorf("%d open: %s is compared: %v", open, c.Label, got)
			}
		}
		if strings.HasSuffix(p.Compare, "has no outcome yet.") == compared {
			t.Errorf("%d open: %s", open, p.Compare)
		}
	}
}

func openZone(t testing.TB, name string) *lake.Zone {
	t.Helper()
	z, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name()+"/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// loaded is a warehouse that has all of a zone.
func loaded(t *testing.T, processed *lake.Zone, at time.Time) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), machine.This(), "duckdb://"+t.TempDir()+"/covers.duckdb", warehouse.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if _, err := w.Load(t.Context(), warehouse.LoadOptions{Processed: processed, Revision: 1, Program: "test",
		Now: func() time.Time { return at }}); err != nil {
		t.Fatal(err)
	}
	return w
}

// A run stores one page for its days, and the next run replaces it: what was not there yet is on it then.
func TestRunStoresThePage(t *testing.T) {
	o := Options{Days: []string{"2026-03-29"}, Registry: registry(), Raw: openZone(t, "raw"), Staging: openZone(t, "staging"),
		Processed: openZone(t, "processed"), Program: "test"}
	out, err := Run(t.Context(), o)
	if err != nil || out.Key != "reports/2026-03-29.html" || sheet.Verdict(out.Sheets) == nil {
		t.Fatalf("%s, %v", out.Key, err)
	}
	read := time.Date(2026, 3, 30, 1, 0, 0, 0, time.UTC)
	wt.Publish(t, o.Processed, 1, wt.Result{
		Source: "opentable/101", Day: "2026-03-29", Name: "00000001", Rank: wt.Rank(1), ReadAt: read,
		Reservations: []reservation.Reservation{wt.Booking(1, 2, ""), wt.Booking(2, 2, "")},
	})
	o.Warehouse = loaded(t, o.Processed, read)
	first := out.Page
	if out, err = Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	kept, err := o.Processed.ReadAll(t.Context(), out.Key, 1<<20)
	if err != nil || !bytes.Equal(kept, out.Page) || bytes.Equal(kept, first) {
		t.Errorf("the page was not replaced: %v", err)
	}
	for _, word := range []string{`<dd class="value">8</dd>`, "Not in order", "Restaurant 101", "GBP 24.94",
		"30 Mar 2026 01:00"} {
		if !strings.Contains(string(out.Page), word) {
			t.Errorf("the page does not say %q", word)
		}
	}
}

// Bills whose sum is too large for the page leave the balance, the verdict and the page standing, without figures.
func TestRunWithoutFigures(t *testing.T) {
	read := time.Date(2026, 3, 30, 1, 0, 0, 0, time.UTC)
	o := Options{Days: []string{"2026-03-29"}, Registry: registry(), Raw: openZone(t, "raw"), Staging: openZone(t, "staging"),
		Processed: openZone(t, "processed"), Program: "test"}
	result := wt.Result{Source: "opentable/101", Day: "2026-03-29", Name: "00000001", Rank: wt.Rank(1), ReadAt: read}
	for i := range 17 {
		x := wt.Booking(i, 2, "")
		x.SpendTotal = wt.Money(60_000_000_000_000_0000)
		result.Reservations = append(result.Reservations, x)
	}
	wt.Publish(t, o.Processed, 1, result)
	o.Warehouse = loaded(t, o.Processed, read)
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := noFigures("2026-03-29")
	if found := out.Sheets[0].Findings; len(found) < 2 || found[len(found)-1] != want || sheet.Verdict(out.Sheets) == nil ||
		strings.Contains(sheet.Verdict(out.Sheets).Error(), want.What) {
		t.Errorf("found %+v, %v", found, sheet.Verdict(out.Sheets))
	}
	if l := out.Sheets[0].Lines[0]; l.Loaded != 17 {
		t.Errorf("the balance is %+v", l)
	}
	for word, there := range map[string]bool{"could not be added up": true, "From the platforms to the warehouse": true,
		`<dd class="value">`: false, "<svg": false} {
		if strings.Contains(string(out.Page), word) != there {
			t.Errorf("%q on the page: %v", word, !there)
		}
	}
}

// A quarantine tells what a platform changed by its fields; one that is gone holds up no report.
func TestDrift(t *testing.T) {
	j := newJournal([]string{day})
	for i := range maxDrift + 5 {
		j.drift.add(reservation.TheFork, reservation.Refusal{Kind: reservation.KindReservation, Field: fmt.Sprint("f", i),
			Reason: reservation.ReasonUnknownValue, Rule: "a rule"})
	}
	j.drift.add(reservation.TheFork, reservation.Refusal{Kind: reservation.KindReservation, Field: "f1",
		Reason: reservation.ReasonUnknownValue, Rule: "a rule"})
	j.drift.add(reservation.TheFork, reservation.Refusal{Field: "f1", Reason: reservation.ReasonMoney})
	f := sheettest.InOrder()
	f.Results[src][0].Objects = []lake.Object{{Kind: lake.KindQuarantine,
		Key: "quarantine-" + strings.Repeat("0", 64) + ".parquet", Records: 1, SHA256: strings.Repeat("0", 64)}}
	if err := j.drift.read(t.Context(), openZone(t, "staging"), f); err != nil {
		t.Fatal(err)
	}
	s := j.drift.section()
	rows := s.Tables[0].Rows
	want := []string{"f1", "TheFork reservations", "a value that is not known", "a rule", "2"}
	if d := cmp.Diff(want, rows[0]); d != "" || len(rows) != maxDrift {
		t.Errorf("%d rows:\n%s", len(rows), d)
	}
	for _, part := range []string{"5 further records", "1 quarantine could not be read"} {
		if !strings.Contains(s.Text, part) {
			t.Errorf("no %q in %s", part, s.Text)
		}
	}
}

// What is kept of a quarantine outlives the batch that it came in, whose memory is used again.
func TestDriftOutlivesTheBatch(t *testing.T) {
	j := newJournal([]string{day})
	memory := []byte("status")
	x := reservation.Refusal{Kind: reservation.KindReservation, Reason: reservation.ReasonUnknownValue, Rule: "a rule"}
	x.Field = unsafe.String(&memory[0], len(memory))
	j.drift.add(reservation.TheFork, x)
	copy(memory, "nought")
	if row := j.drift.section().Tables[0].Rows[0]; row[0] != "status" {
		t.Errorf("the field became %q", row[0])
	}
}

// Every reason and every finding that there is has its sentence.
func TestWordsForAll(t *testing.T) {
	for _, reason := range contract.Get().Table("quarantine").Column("reason").Values {
		if reasonMeans[reason] == "" {
			t.Errorf("no sentence for the reason %s", reason)
		}
	}
	for reason, means := range drifting {
		if means == "" {
			t.Errorf("no words for the change %s", reason)
		}
	}
	for _, kind := range sheet.Kinds {
		if words, err := wordsOf(kind); err != nil || words.means == "" {
			t.Errorf("no words for the finding %s: %v", kind, err)
		}
	}
	if len(findingMeans) != len(sheet.Kinds) {
		t.Errorf("words for %d kinds of finding, and there are %d", len(findingMeans), len(sheet.Kinds))
	}
}

// The kinds are told in the order of their urgency, and the headline names the most urgent ones.
func TestUrgency(t *testing.T) {
	last := 0
	for i, kind := range sheet.Kinds {
		words := findingMeans[kind]
		if words.urgency < last || (words.leads != "") != (i < 5) {
			t.Errorf("%s: %+v after %d", kind, words, last)
		}
		last = words.urgency
	}
}

// What a day's numbers lack or had left out is said: in the headline how many records, on the page which fields.
func TestThePageSaysWhatWasLeftOut(t *testing.T) {
	facts := sheettest.InOrder()
	counts := facts.Results[src][0].Counts[reservation.KindReservation]
	counts.Noted, counts.Notes = 3, map[string]int64{"time created_date": 3, "phone phone": 1}
	facts.Results[src][0].Counts[reservation.KindReservation] = counts
	raw := facts.Readings[src][0].Counts[reservation.KindReservation]
	raw.Listed, raw.Unread = raw.Listed+2, 2
	facts.Readings[src][0].Counts[reservation.KindReservation] = raw
	j := newJournal([]string{day})
	j.add(facts, sheet.Draw(facts))
	p, err := j.page(registry(), warehouse.Figures{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	const says = "but for 1 of 10 records (10.0%) that were refused and 2 records that the platform did not give; something"
	if p.State != page.Doubtful || !strings.Contains(p.Headline, says) {
		t.Errorf("%s: %s", p.State, p.Headline)
	}
	var rows [][]string
	for _, s := range p.Run {
		for _, table := range s.Tables {
			if strings.HasPrefix(table.Caption, "Records accepted without a field") {
				rows = table.Rows
			}
		}
	}
	want := [][]string{
		{"A date or a time is not written as one.", "time", "created_date", src, "3"},
		{"A telephone number is none of any country.", "phone", "phone", src, "1"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if html, err := page.Write(p); err != nil || !strings.Contains(string(html), "Not read") {
		t.Errorf("no column of what was not read: %v", err)
	}
}

// A kind of finding that nobody gave words is a defect: it would be told last, and as nothing.
func TestAFindingWithoutWordsIsADefect(t *testing.T) {
	j := newJournal([]string{day})
	j.findings = []sheet.Finding{problem(day, src, "odd", contract.SeverityError)}
	if _, err := j.page(registry(), warehouse.Figures{}, "test"); err == nil || fault.KindOf(err) != fault.Defect {
		t.Errorf("got %v, want a defect", err)
	}
}
