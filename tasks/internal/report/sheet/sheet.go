// Package sheet says what is true of a day: what the platforms listed, what became of it on its way into the warehouse, and what
// is not in order. It refuses to know how a page says so. Start with Facts and Draw.
package sheet

import (
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// Sheet is a day's balance sheet.
type Sheet struct {
	Day      string
	Lines    []Line // by source and kind
	Findings []Finding
	Judged   []Judged // readings, by the contract's expectations
}

// Line is one kind of record of one source, over all readings of the day.
type Line struct {
	Source, Kind string
	Listed       int64 // entries over all sweeps = Received + Repeated + Gone + Absent + Unread
	Received     int64 // records in raw = Accepted + Quarantined + Merged
	Repeated     int64
	Gone         int64
	Absent       int64 // asked for by id, and not there
	Unread       int64 // the platform has them, and did not give them
	Accepted     int64 // = Loaded + Withheld, once all is loaded
	Quarantined  int64
	Merged       int64            // guests that are another now, or archived
	Reasons      map[string]int64 // records by reason; one with two reasons counts in both
	Erasures     int64            // requests to forget a guest, also of records that are quarantined
	Held         int64            // of them, those that wait for a person
	Noted        int64            // of the others, those of which a field was left out
	Notes        map[string]int64 // these by "<reason> <field>"; one with two counts in both
	Loaded       int64            // rows in the warehouse from the day's readings
	Withheld     int64            // accepted rows of which nothing goes in, since too much of their kind was refused
	Readings     int64            // how often the day was read: the numbers above count every reading
	Current      int64            // of them, those that no later observation replaced
	Regressed    int64            // of them, those that came later under a lower sequence
}

// Draw returns the sheet of a day.
func Draw(f Facts) Sheet {
	s := Sheet{Day: f.Day, Findings: []Finding{}, Judged: f.judged()}
	for _, src := range f.Sources {
		ledger := f.ledgerOf(src)
		regressed := int64(0)
		for _, kind := range src.Kinds {
			l := f.line(src, kind, ledger)
			s.Lines = append(s.Lines, l)
			regressed += l.Regressed
		}
		s.Findings = append(s.Findings, f.check(src, ledger, regressed)...)
	}
	s.Findings = append(s.Findings, f.held()...)
	return s
}

// ledgerOf returns what the ledger has of a source, by reading.
func (f Facts) ledgerOf(src source.Source) map[string]warehouse.Entry {
	ledger := map[string]warehouse.Entry{}
	for _, e := range f.Ledger {
		if e.Source == src.ID {
			ledger[e.Reading] = e
		}
	}
	return ledger
}

func (f Facts) line(src source.Source, kind string, ledger map[string]warehouse.Entry) Line {
	l := Line{Source: src.ID, Kind: kind, Reasons: map[string]int64{}, Notes: map[string]int64{}}
	inRaw := map[string]bool{}
	for _, r := range f.Readings[src.ID] {
		inRaw[r.Reading] = true
		l.addReading(r.Counts[kind])
	}
	for _, r := range f.Results[src.ID] {
		l.addResult(r, inRaw[r.Reading])
	}
	for _, e := range ledger {
		l.Loaded += e.Counts[kind].Landed
	}
	for _, h := range f.Holds {
		if id, err := lake.ParseReadingID(h.Reading); err == nil && id.Source == src.ID && id.Day == f.Day &&
			kind == reservation.KindCustomer && h.Waits() {
			l.Held += h.Requests
		}
	}
	l.Current = f.Current[warehouse.DaySource{Day: f.Day, Source: src.ID}][kind]
	for _, r := range f.Regressed {
		if _, ok := ledger[r.Reading]; ok && r.Kind == kind {
			l.Regressed++
		}
	}
	return l
}

func (l *Line) addReading(c lake.RawCounts) {
	l.Readings++
	l.Listed += c.Listed
	l.Received += c.Received
	l.Repeated += c.Repeated
	l.Gone += c.Gone
	l.Absent += c.Absent
	l.Unread += c.Unread
}

// addResult adds what validation counted. Where raw has expired, the result still knows what its reading received.
func (l *Line) addResult(r lake.Result, inRaw bool) {
	c := r.Counts[l.Kind]
	if !inRaw {
		l.Readings++
		l.Listed += c.Received + c.Absent + c.Unread
		l.Received += c.Received
		l.Absent += c.Absent
		l.Unread += c.Unread
	}
	if l.Kind == reservation.KindCustomer {
		l.Erasures += r.Erasures
	}
	l.Accepted += c.Accepted
	if r.Withholds(l.Kind) {
		l.Withheld += c.Accepted
	}
	l.Quarantined += c.Quarantined
	l.Merged += c.Merged
	l.Noted += c.Noted
	l.addUp(c.Reasons, c.Notes)
}

// addUp adds records by reason, and by what was left out of them.
func (l *Line) addUp(reasons, notes map[string]int64) {
	for reason, n := range reasons {
		l.Reasons[reason] += n
	}
	for note, n := range notes {
		l.Notes[note] += n
	}
}

// Add adds another day's numbers.
func (l *Line) Add(x Line) {
	l.Listed += x.Listed
	l.Received += x.Received
	l.Repeated += x.Repeated
	l.Gone += x.Gone
	l.Absent += x.Absent
	l.Unread += x.Unread
	l.Merged += x.Merged
	l.Erasures += x.Erasures
	l.Held += x.Held
	l.Noted += x.Noted
	l.Accepted += x.Accepted
	l.Quarantined += x.Quarantined
	l.Loaded += x.Loaded
	l.Withheld += x.Withheld
	l.Readings += x.Readings
	l.Current += x.Current
	l.Regressed += x.Regressed
	l.addUp(x.Reasons, x.Notes)
}

// Counts returns the sheet's numbers for the result, by "<source> <kind>".
func (s Sheet) Counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for _, l := range s.Lines {
		m := map[string]int64{
			"listed": l.Listed, "received": l.Received, "repeated": l.Repeated, "gone": l.Gone, "accepted": l.Accepted,
			"quarantined": l.Quarantined, "loaded": l.Loaded, "current": l.Current, "regressed": l.Regressed,
			"withheld": l.Withheld, "readings": l.Readings,
		}
		for name, n := range map[string]int64{"absent": l.Absent, "unread": l.Unread, "merged": l.Merged, "noted": l.Noted,
			"erasures": l.Erasures, "held": l.Held} {
			if n > 0 {
				m[name] = n
			}
		}
		for reason, n := range l.Reasons {
			m["quarantined."+reason] = n
		}
		out[l.Source+" "+l.Kind] = m
	}
	return out
}
