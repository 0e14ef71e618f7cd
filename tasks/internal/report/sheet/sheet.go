package sheet

import (
	"fmt"
	"slices"
	"time"

	"covers/contract"
	"covers/tasks/internal/lake"
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
	Listed       int64 // entries over all sweeps = Received + Repeated + Gone + Absent
	Received     int64 // records in raw = Accepted + Quarantined
	Repeated     int64
	Gone         int64
	Absent       int64 // asked for by id, and not there
	Accepted     int64 // = Loaded + Withheld, once all is loaded
	Quarantined  int64
	Reasons      map[string]int64 // records by reason; one with two reasons counts in both
	Loaded       int64            // rows in the warehouse from the day's readings
	Withheld     int64            // accepted rows of refused results, which are not loaded
	Readings     int64            // how often the day was read: the numbers above count every reading
	Current      int64            // of them, those that no later observation replaced
	Regressed    int64            // of them, those that came later under a lower sequence
}

// Finding is something that is not in order, or with a warning something to look at.
type Finding struct {
	Day      string `json:"day"`
	Source   string `json:"source"`
	Finding  string `json:"finding"`  // missing, stale, refused, not stable, not validated, not loaded, unbalanced, regressed, left out, unexpected, no figures
	Severity string `json:"severity"` // error, or warning, which fails no check
	What     string `json:"what"`
	Next     string `json:"next"`
}

// Draw makes the sheet.
func Draw(f Facts) Sheet {
	s := Sheet{Day: f.Day, Findings: []Finding{}, Judged: f.judged()}
	for _, src := range f.Sources {
		ledger := map[string]warehouse.Entry{}
		for _, e := range f.Ledger {
			if e.Source == src.ID {
				ledger[e.Reading] = e
			}
		}
		regressed := int64(0)
		for _, kind := range src.Kinds {
			l := line(f, src, kind, ledger)
			s.Lines = append(s.Lines, l)
			regressed += l.Regressed
		}
		s.Findings = append(s.Findings, check(f, src, ledger)...)
		if regressed > 0 {
			s.Findings = append(s.Findings, Finding{
				f.Day, src.ID, "regressed", contract.SeverityError, plural(int(regressed), "observation") + " came later under a lower sequence",
				"if OpenTable restarted the sequence, add sequence_restarts to restaurants.yaml and raise the revision, then derive again from validate",
			})
		}
	}
	return s
}

func line(f Facts, src source.Source, kind string, ledger map[string]warehouse.Entry) Line {
	l := Line{Source: src.ID, Kind: kind, Reasons: map[string]int64{}}
	inRaw := map[string]bool{}
	for _, r := range f.Readings[src.ID] {
		inRaw[r.Reading] = true
		l.Readings++
		c := r.Counts[kind]
		l.Listed += c.Listed
		l.Received += c.Received
		l.Repeated += c.Repeated
		l.Gone += c.Gone
		l.Absent += c.Absent
	}
	for _, r := range f.Results[src.ID] {
		c := r.Counts[kind]
		if !inRaw[r.Reading] { // raw has expired: the result still knows what it received
			l.Received += c.Received
			l.Absent += c.Absent
			l.Listed += c.Received + c.Absent
			l.Readings++
		}
		if r.Refused {
			l.Withheld += c.Accepted
		}
		l.Accepted += c.Accepted
		l.Quarantined += c.Quarantined
		for reason, n := range c.Reasons {
			l.Reasons[reason] += n
		}
	}
	for _, e := range ledger {
		l.Loaded += e.Counts[kind].Landed
	}
	l.Current = f.Current[warehouse.DaySource{Day: f.Day, Source: src.ID}][kind]
	for _, r := range f.Regressed {
		if _, ok := ledger[r.Reading]; ok && r.Kind == kind {
			l.Regressed++
		}
	}
	return l
}

// check looks at the newest reading of each way to ask: what an older one lacked, a newer one made up for. One way makes up for
// no other: what changed on a day and what is served on it are different records, and reconcile asks only for what is known.
func check(f Facts, src source.Source, ledger map[string]warehouse.Entry) (found []Finding) {
	add := func(finding, next, what string, args ...any) {
		found = append(found, Finding{f.Day, src.ID, finding, contract.SeverityError, fmt.Sprintf(what, args...), next})
	}
	readings := f.Readings[src.ID]
	results := f.Results[src.ID]
	if !read(readings, results, ledger) {
		add("missing", "run extract, validate, transform and load for it", "no reading of the day")
		return found
	}
	for _, by := range []string{lake.ByUpdated, lake.ByServiceDate, lake.ByReconcile} {
		var newest *lake.Reading
		for i := range readings {
			if readings[i].By == by {
				newest = &readings[i] // they are sorted by name, which begins with the time
			}
		}
		if newest == nil {
			continue
		}
		reader := "extract"
		if by == lake.ByReconcile {
			reader = "care reconcile"
		}
		zone := time.UTC // in which the day is cut: changes by UTC, service dates by the restaurant's own clock
		if by == lake.ByServiceDate && src.Location != nil {
			zone = src.Location
		}
		// A reconcile reading answers for the ids that it asked for, whenever that was.
		if by != lake.ByReconcile && newest.StartedAt.Before(endOfDay(f.Day, zone)) {
			add("stale", "run extract again, now that the day is over", "read at %s, before the day was over in %s",
				newest.StartedAt.UTC().Format("2006-01-02 15:04:05Z07:00"), zone)
		}
		if !newest.Stable {
			add("not stable", "run "+reader+" again at a quieter time", "records still moved after %d sweeps", newest.Sweeps)
		}
		i := slices.IndexFunc(results, func(r lake.Result) bool { return r.Reading == newest.Reading })
		if i < 0 {
			add("not validated", "run validate, transform and load", "reading %s has no result", newest.Reading)
			continue
		}
		if results[i].Refused {
			add("refused", "see `validate quarantine`, have the records corrected, then run "+reader+" again", "%s", results[i].Why)
		}
		found = append(found, f.unexpected(src, newest.Reading, ledger)...)
	}
	if n := outdated(f, src); n > 0 {
		add("stale", "run validate, transform and load", "%s derived under an older contract or restaurants.yaml", plural(n, "reading"))
	}
	for _, r := range results {
		e, ok := ledger[r.Reading]
		out, left := f.leftOut(src, r, ledger)
		switch {
		case !ok && left:
			found = append(found, out...)
		case !ok:
			add("not loaded", "run transform and load", "reading %s is not in the ledger", r.Reading)
		case e.Rank < r.Rank.String():
			add("stale", "run transform and load", "reading %s is loaded at rank %s, staging has %s", r.Reading, e.Rank, r.Rank)
		case e.Rank == r.Rank.String():
			for _, kind := range src.Kinds {
				want := r.Counts[kind].Accepted
				if r.Refused {
					want = 0
				}
				if got := e.Counts[kind].Landed; got != want {
					add("unbalanced", again, "reading %s: %d %s rows accepted, %d loaded", r.Reading, want, kind, got)
				}
			}
			if want := r.Absences(); e.Absent != want {
				add("unbalanced", again, "reading %s: %d records absent, %d loaded", r.Reading, want, e.Absent)
			}
		}
	}
	return found
}

const again = "keep the warehouse as it is for a look, and load all days into a new one"

// read says whether the day itself was read: that some records were asked for by id is not it.
func read(readings []lake.Reading, results []lake.Result, ledger map[string]warehouse.Entry) bool {
	for _, e := range ledger {
		if e.By != lake.ByReconcile {
			return true
		}
	}
	return slices.ContainsFunc(readings, func(r lake.Reading) bool { return r.By != lake.ByReconcile }) ||
		slices.ContainsFunc(results, func(r lake.Result) bool { return r.By != lake.ByReconcile })
}

// outdated counts the readings whose newest result is of an older contract or registry than today's. What raw has no reading
// of any more cannot be derived again.
func outdated(f Facts, src source.Source) (n int) {
	for _, r := range f.Results[src.ID] {
		inRaw := slices.ContainsFunc(f.Readings[src.ID], func(x lake.Reading) bool { return x.Reading == r.Reading })
		if inRaw && (r.Rank.Contract < f.Revision || r.Rank.Source < src.Revision) {
			n++
		}
	}
	return n
}

// Counts gives the sheet's numbers for the result, by "<source> <kind>".
func (s Sheet) Counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for _, l := range s.Lines {
		m := map[string]int64{
			"listed": l.Listed, "received": l.Received, "repeated": l.Repeated, "gone": l.Gone, "accepted": l.Accepted,
			"quarantined": l.Quarantined, "loaded": l.Loaded, "current": l.Current, "regressed": l.Regressed,
			"withheld": l.Withheld, "readings": l.Readings,
		}
		if l.Absent > 0 {
			m["absent"] = l.Absent
		}
		for reason, n := range l.Reasons {
			m["quarantined."+reason] = n
		}
		out[l.Source+" "+l.Kind] = m
	}
	return out
}

// endOfDay is the first instant after the day in a zone.
func endOfDay(day string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{} // the flag was checked
	}
	return t.AddDate(0, 0, 1)
}
