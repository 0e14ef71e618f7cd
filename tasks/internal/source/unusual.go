package source

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Unusual is a span of days of which nothing is expected: they may look wrong and are right.
type Unusual struct {
	First, Last string // days, YYYY-MM-DD, both included
	Why         string // in a person's words
}

// UnusualOn reports whether a day (YYYY-MM-DD) is unusual at the source, and why.
func (s Source) UnusualOn(day string) (why string, unusual bool) {
	for _, u := range s.Unusual {
		if day >= u.First && day <= u.Last {
			return u.Why, true
		}
	}
	return "", false
}

// unusualOf reads days, or ranges of them as 2026-12-24..2026-12-26, with what is said of each.
func unusualOf(days map[string]string) ([]Unusual, error) {
	var out []Unusual
	for _, text := range slices.Sorted(maps.Keys(days)) {
		first, last, ranged := strings.Cut(text, "..")
		if !ranged {
			last = first
		}
		if !isDay(first) || !isDay(last) {
			return nil, fmt.Errorf("want a day as 2026-12-25 or a range as 2026-12-24..2026-12-26, got %q", text)
		}
		if last < first {
			return nil, fmt.Errorf("the range %s ends before it begins", text)
		}
		if strings.TrimSpace(days[text]) == "" {
			return nil, fmt.Errorf("%s: say why", text)
		}
		out = append(out, Unusual{first, last, days[text]})
	}
	return out, nil
}
