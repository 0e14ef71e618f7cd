package sheet

import (
	"fmt"
	"slices"
	"time"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

// check collects what is not in order with one source.
type check struct {
	Facts
	source   source.Source
	ledger   map[string]warehouse.Entry // of the source, by reading
	readings []lake.Reading
	results  []lake.Result
	found    []Finding
}

// check returns what is not in order with a source, of which so many observations regressed.
func (f Facts) check(src source.Source, ledger map[string]warehouse.Entry, regressed int64) []Finding {
	c := check{Facts: f, source: src, ledger: ledger, readings: f.Readings[src.ID], results: f.Results[src.ID]}
	if c.wasRead() {
		c.newestReadings()
		if n := c.outdated(); n > 0 {
			c.add(Stale, "run validate, transform and load", "%s derived under an older contract or restaurants.yaml",
				text.Count(n, "reading"))
		}
		for _, r := range c.results {
			c.loaded(r)
		}
		c.lost()
		c.kept()
	} else {
		c.add(Missing, "run extract, validate, transform and load for it", "no reading of the day")
	}
	if regressed > 0 {
		c.add(Regressed,
			"if OpenTable restarted the sequence, add sequence_restarts to restaurants.yaml and raise the revision, "+
				"then derive again from validate",
			"%s came later under a lower sequence", text.Count(int(regressed), "observation"))
	}
	return c.found
}

func (c *check) add(kind Kind, next, what string, args ...any) {
	c.found = append(c.found, Finding{c.Day, c.source.ID, kind, contract.SeverityError, fmt.Sprintf(what, args...), next})
}

func (c *check) warn(kind Kind, next, what string, args ...any) {
	c.found = append(c.found, Finding{c.Day, c.source.ID, kind, contract.SeverityWarning, fmt.Sprintf(what, args...), next})
}

// kept names the readings of which an older rank stands.
func (c *check) kept() {
	for _, k := range c.Kept[c.source.ID] {
		c.warn(Kept, "see `validate quarantine`, then "+c.raise()+"; until then nothing is lost",
			"reading %s is shown at rank %s, because rank %s withholds what that let in: %s", k.Reading, k.Stands, k.Rank, k.Why)
	}
}

// raise says how a limit of refusal is raised, since limits are pinned under the rank.
func (c *check) raise() string {
	return fmt.Sprintf("raise validate's --max-refused-records or --max-refused and the revision of %s in restaurants.yaml "+
		"from %d to %d", c.source.ID, c.source.Revision, c.source.Revision+1)
}

// wasRead reports whether the day itself was read. A reading that asked for some records by their ids is not one of the day.
func (c *check) wasRead() bool {
	for _, e := range c.ledger {
		if e.By != lake.ByReconcile {
			return true
		}
	}
	return slices.ContainsFunc(c.readings, func(r lake.Reading) bool { return r.By != lake.ByReconcile }) ||
		slices.ContainsFunc(c.results, func(r lake.Result) bool { return r.By != lake.ByReconcile })
}

// newestReadings checks the newest reading of each way to ask, which makes up for what an older one lacked. One way makes up for
// no other: what changed on a day and what is served on it are different records, and reconcile asks only for what is known.
func (c *check) newestReadings() {
	for _, by := range []string{lake.ByUpdated, lake.ByServiceDate, lake.ByReconcile} {
		for _, r := range slices.Backward(c.readings) { // they are sorted by name, which begins with the time
			if r.By == by {
				c.reading(r)
				break
			}
		}
	}
}

// reading checks the newest reading of a way to ask.
func (c *check) reading(r lake.Reading) {
	reader := "extract"
	if r.By == lake.ByReconcile {
		reader = "care reconcile"
	}
	zone := time.UTC // in which the day is cut: changes by UTC, service dates by the restaurant's own clock
	if r.By == lake.ByServiceDate && c.source.Location != nil {
		zone = c.source.ZoneOn(c.Day)
	}
	// A reconcile reading answers for the ids that it asked for, whenever that was.
	if r.By != lake.ByReconcile && r.StartedAt.Before(endOfDay(c.Day, zone)) {
		c.add(Stale, "run extract again, now that the day is over", "read at %s, before the day was over in %s",
			r.StartedAt.UTC().Format("2006-01-02 15:04:05Z07:00"), zone)
	}
	if !r.Stable {
		c.add(NotStable, "run "+reader+" again at a quieter time", "records still moved after %d sweeps", r.Sweeps)
	}
	i := slices.IndexFunc(c.results, func(x lake.Result) bool { return x.Reading == r.Reading })
	if i < 0 {
		c.add(NotValidated, "run validate, transform and load", "reading %s has no result", r.Reading)
		return
	}
	next := "see `validate quarantine`, have the records corrected, then run " + reader + " again, or " + c.raise()
	switch x := c.results[i]; {
	case x.Refused:
		c.add(Refused, next, "%s", x.WhyWithheld())
	case x.WithholdsAny():
		c.add(Withheld, next, "%s; what else the reading has is loaded", x.WhyWithheld())
	}
	c.unread(r, reader)
	c.unexpected(r.Reading)
}

// unread warns of records that the platform has and did not give to a reading.
func (c *check) unread(r lake.Reading, reader string) {
	n := int64(0)
	for _, counts := range r.Counts {
		n += counts.Unread
	}
	if n > 0 {
		c.warn(Unread, "`validate quarantine` names them; the next reading asks again where the platform still lists them, "+
			"`extract --ids-file` asks for them alone, and so does "+reader+" again",
			"%s not read: the platform did not give them", text.Count(int(n), "record"))
	}
}

// endOfDay returns the first instant after the day in a zone.
func endOfDay(day string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{} // the flag was checked
	}
	return t.AddDate(0, 0, 1)
}

// outdated returns how many readings have a newest result of an older contract or registry than today's. A reading that raw no
// longer has cannot be derived again, and does not count.
func (c *check) outdated() (n int) {
	for _, r := range c.results {
		inRaw := slices.ContainsFunc(c.readings, func(x lake.Reading) bool { return x.Reading == r.Reading })
		kept := slices.ContainsFunc(c.Kept[c.source.ID], func(k lake.PassedOver) bool { return k.Reading == r.Reading })
		if inRaw && !kept && (r.Rank.Contract < c.Revision || r.Rank.Source < c.source.Revision) {
			n++
		}
	}
	return n
}

// loaded checks a result against the ledger.
func (c *check) loaded(r lake.Result) {
	switch e, ok := c.ledger[r.Reading]; {
	case !ok && c.leftOut(r):
	case !ok:
		c.add(NotLoaded, "run transform and load", "reading %s is not in the ledger", r.Reading)
	case e.Rank < r.Rank.String():
		c.add(Stale, "run transform and load", "reading %s is loaded at rank %s, staging has %s", r.Reading, e.Rank, r.Rank)
	case e.Rank == r.Rank.String():
		c.balanced(r, e)
	default:
		c.add(
			Lost,
			lookAtStaging,
			"reading %s is loaded at rank %s, the highest that staging has is %s: newer results of it would not be loaded",
			r.Reading,
			e.Rank,
			r.Rank,
		)
	}
}

// lookAtStaging is what a person does where a result was loaded that is not there. A rank that no settings give locks all real
// ones out, and what it let in, or left out, nobody can see again.
const lookAtStaging = "see in staging's older versions who wrote and who removed the result; bring it back, or load all days " +
	"into a new warehouse (load rebuild)"

// lost names readings that the ledger has and raw, too, but not staging. Where raw has expired, staging may have, too.
func (c *check) lost() {
	for _, r := range c.readings {
		e, loaded := c.ledger[r.Reading]
		if loaded && !slices.ContainsFunc(c.results, func(x lake.Result) bool { return x.Reading == r.Reading }) {
			c.add(Lost, lookAtStaging, "reading %s is loaded at rank %s, and staging has no result of it", r.Reading, e.Rank)
		}
	}
}

// balanced checks that the warehouse has as many rows of a reading as were accepted of it.
func (c *check) balanced(r lake.Result, e warehouse.Entry) {
	const next = "keep the warehouse as it is for a look, and load all days into a new one"
	for _, kind := range c.source.Kinds {
		want := r.Counts[kind].Accepted
		if r.Withholds(kind) {
			want = 0
		}
		if got := e.Counts[kind].Landed; got != want {
			c.add(Unbalanced, next, "reading %s: %d %s rows accepted, %d loaded", r.Reading, want, kind, got)
		}
	}
	if want := r.Absences(); e.Absent != want {
		c.add(Unbalanced, next, "reading %s: %d records absent, %d loaded", r.Reading, want, e.Absent)
	}
	if want, got := r.Merges(), e.Counts[reservation.KindCustomer].Merged; got != want {
		c.add(Unbalanced, next, "reading %s: %d guests merged, %d loaded", r.Reading, want, got)
	}
}
