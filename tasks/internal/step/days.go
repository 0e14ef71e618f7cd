package step

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxDays bounds what one call may ask for: ten years. A longer range is a slip of the pen.
const maxDays = 3660

// ParseDays reads days: YYYY-MM-DD, a range with both ends "2026-03-27..2026-03-29", or several of either with commas.
// The days come sorted, each once.
func ParseDays(text string) ([]string, error) {
	var days []string
	for part := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "..")
		if !ranged {
			last = first
		}
		from, err := parseDay(first)
		if err != nil {
			return nil, err
		}
		until, err := parseDay(last)
		if err != nil {
			return nil, err
		}
		if until.Before(from) {
			return nil, fmt.Errorf("the range %s..%s ends before it begins", first, last)
		}
		for d := from; !d.After(until); d = d.AddDate(0, 0, 1) {
			if days = append(days, d.Format(time.DateOnly)); len(days) > maxDays {
				return nil, fmt.Errorf("%q is more than %d days", text, maxDays)
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days), nil
}

func parseDay(text string) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return d, fmt.Errorf("want a day as YYYY-MM-DD, got %q", text)
	}
	return d, nil
}
