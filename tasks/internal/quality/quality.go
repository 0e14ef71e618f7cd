// Package quality holds a day against its own history: what the data contract expects of a reading, judged by the profiles
// of the same weekday in the weeks before. Start with Judge; History knows the weeks before, and a profile is made by Tally.
//
// The package asks no clock and decides nothing: load leaves out a reading that an expectation of the severity error speaks
// against, report names all findings.
package quality

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/source"
)

// Sample is what is known of a reading when it is judged, or when others are by it.
type Sample struct {
	ID, Source, Day, By string
	Rank                lake.Rank
	Refused             bool
	Profile             *lake.Profile
}

// OfResult returns what a result says of its reading.
func OfResult(r lake.Result) Sample {
	return Sample{r.Reading, r.Source, r.Day, r.By, r.Rank, r.Refused, r.Profile}
}

// OfInput returns what a processed manifest says of a reading that it took.
func OfInput(in lake.Input) Sample {
	return Sample{in.Reading, in.Source, in.Day, in.By, in.Rank, in.Refused, in.Profile}
}

// Finding is an expectation that a reading does not meet.
type Finding struct {
	Expectation string   `json:"expectation"`
	Severity    string   `json:"severity"` // error or warning
	Kind        string   `json:"kind"`     // of record
	Of          string   `json:"of,omitempty"`
	Seen        string   `json:"seen"`
	Expected    string   `json:"expected"`
	Days        []string `json:"days"` // which the expectation follows from, oldest first
}

// String says what was seen, what was expected, and from which days.
func (f Finding) String() string {
	first, last, name := f.Days[0], f.Days[len(f.Days)-1], f.Kind+" "+f.Expectation
	if f.Of != "" {
		name += " " + f.Of
	}
	return fmt.Sprintf("%s: saw %s, expected %s as on %d %ss from %s to %s",
		name, f.Seen, f.Expected, len(f.Days), weekday(first), first, last)
}

func weekday(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "day"
	}
	return t.Weekday().String()
}

// Verdict is what there is to say of a reading.
type Verdict struct {
	Findings []Finding
	Days     []string // that it was held against; none where Unjudged says why
	Unjudged string   // why nothing was expected of it
}

// Breaks returns the findings of the severity error.
func Breaks(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Severity != contract.SeverityError })
}

// NextLeftOut is what to do about a reading that is left out.
const NextLeftOut = "look at the day at the platform: extract it again where that was at fault; " +
	"where it is right, name the day under unusual in restaurants.yaml; then load again"

// maxLate is how long after its day a reading by change may begin and still be compared: what changed again meanwhile is no
// longer among the day's. In the simulated world a reading 34 hours after the day has 13 % fewer bookings than one at six in the
// morning, one at midnight up to 31 % more.
const maxLate = 36 * 60 // minutes

// Comparable reports whether a reading can be held against others, and others against it.
func (r Sample) Comparable() bool { return r.incomparable() == "" }

// incomparable says why a reading is no measure and is not measured; "" where it is.
func (r Sample) incomparable() string {
	switch {
	case r.By != lake.ByUpdated && r.By != lake.ByServiceDate:
		return "it is not of a day"
	case r.Refused:
		return "it is refused"
	case r.Profile == nil:
		return "an older program validated it, without a profile"
	case r.Profile.Late < 0:
		return "it was read before the day was over"
	case r.By == lake.ByUpdated && r.Profile.Late > maxLate:
		return fmt.Sprintf("it was read more than %d hours after the day", maxLate/60)
	}
	return ""
}

// Earlier returns the days that a day's expectations may follow from: the same weekday of the weeks before, oldest first.
func Earlier(c contract.Contract, day string) []string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil
	}
	var days []string
	for week := c.Expectations.Weeks; week > 0; week-- {
		days = append(days, t.AddDate(0, 0, -7*week).Format(time.DateOnly))
	}
	return days
}

// Judge holds a reading of a source against others of it. It takes, for each day of Earlier, the newest of them that was asked
// in the same way, at its newest rank. Too few days expect nothing, and neither does a day that restaurants.yaml calls unusual.
// It is a function of its arguments, whatever their order.
func Judge(c contract.Contract, src source.Source, r Sample, others []Sample) Verdict {
	if why, unusual := src.UnusualOn(r.Day); unusual {
		return Verdict{Unjudged: r.Day + " is unusual: " + why}
	}
	if why := r.incomparable(); why != "" {
		return Verdict{Unjudged: why}
	}
	history := historyOf(c, r, others)
	if len(history) < c.Expectations.Days {
		return Verdict{Unjudged: fmt.Sprintf("%d earlier %ss are known, it takes %d", len(history), weekday(r.Day),
			c.Expectations.Days)}
	}
	v := Verdict{}
	for _, h := range history {
		v.Days = append(v.Days, h.Day)
	}
	for _, kind := range src.Kinds {
		for _, e := range c.Table(kind + "_observations").Expected {
			if j := judgingOf(c.Expectations, e, kind, r, history); j != nil {
				v.Findings = append(v.Findings, j.findings()...)
			}
		}
	}
	return v
}

// judgingOf returns what there is to judge of a kind by an expectation; nil where nothing of it goes in, or too few days had
// some.
func judgingOf(of contract.Expectations, e contract.Expectation, kind string, r Sample, history []Sample) *judging {
	mine, goesIn := r.Profile.Kinds[kind]
	j := judging{of, e, kind, mine, nil, nil}
	for _, h := range history {
		if k, ok := h.Profile.Kinds[kind]; ok {
			j.earlier, j.days = append(j.earlier, k), append(j.days, h.Day)
		}
	}
	if !goesIn || len(j.earlier) < of.Days {
		return nil
	}
	return &j
}

// historyOf returns one reading a day, oldest first.
func historyOf(c contract.Contract, r Sample, others []Sample) []Sample {
	days := Earlier(c, r.Day)
	best := map[string]Sample{}
	for _, o := range others {
		if o.Source != r.Source || o.By != r.By || !slices.Contains(days, o.Day) || o.incomparable() != "" {
			continue
		}
		have, ok := best[o.Day]
		// A reading's name begins with its time.
		if !ok || cmp.Or(strings.Compare(have.ID, o.ID), have.Rank.Compare(o.Rank)) < 0 {
			best[o.Day] = o
		}
	}
	var out []Sample
	for _, day := range days {
		if o, ok := best[day]; ok {
			out = append(out, o)
		}
	}
	return out
}
