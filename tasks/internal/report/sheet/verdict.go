package sheet

import (
	"covers/tasks/internal/fault"
	"covers/tasks/internal/text"
)

// Findings returns those of all days, in the order of the days.
func Findings(sheets []Sheet) []Finding {
	all := []Finding{}
	for _, s := range sheets {
		all = append(all, s.Findings...)
	}
	return all
}

// Judgements returns what the expectations say of all days' readings.
func Judgements(sheets []Sheet) []Judged {
	all := []Judged{}
	for _, s := range sheets {
		all = append(all, s.Judged...)
	}
	return all
}

// Counts returns the sheets' numbers for the result: of one day by "<source> <kind>", of several by "<day> <source> <kind>".
func Counts(sheets []Sheet) map[string]map[string]int64 {
	if len(sheets) == 1 {
		return sheets[0].Counts()
	}
	out := map[string]map[string]int64{}
	for _, s := range sheets {
		for name, numbers := range s.Counts() {
			out[s.Day+" "+name] = numbers
		}
	}
	return out
}

// Verdict returns the first finding that is an error, as an error; nil where there is none. A warning is no reason to fail.
func Verdict(sheets []Sheet) error {
	var first *Finding
	others := 0
	for _, f := range Findings(sheets) {
		switch {
		case !f.IsError():
		case first == nil:
			first = &f
		default:
			others++
		}
	}
	if first == nil {
		return nil
	}
	more := ""
	if others > 0 {
		more = " and " + text.Count(others, "more finding")
	}
	return fault.New(fault.Data, first.Next, "%s is not in order: %s: %s: %s%s", first.Day, first.Source, first.Kind,
		first.What, more)
}
