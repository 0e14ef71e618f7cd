package step

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDays(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-27":                         "2026-03-27",
		"2026-02-27..2026-03-01":             "2026-02-27 2026-02-28 2026-03-01",
		"2028-02-28..2028-03-01":             "2028-02-28 2028-02-29 2028-03-01",
		"2026-03-29, 2026-03-27..2026-03-28": "2026-03-27 2026-03-28 2026-03-29",
		"2026-03-27,2026-03-27":              "2026-03-27",
	} {
		got, err := ParseDays(text)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                       `want a day as YYYY-MM-DD, got ""`,
		"2026-3-7":               "want a day",
		"2026-03-27..":           "want a day",
		"2026-03-28..2026-03-27": "ends before it begins",
		"1900-01-01..2026-01-01": "more than 3660 days",
		"2026-03-27;2026-03-28":  "want a day",
	} {
		if got, err := ParseDays(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", text, got, err, want)
		}
	}
}

// TestParseDaysRange: a range holds its ends and as many days as lie between them, whatever clocks do.
func TestParseDaysRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2020, 1, rapid.IntRange(1, 4000).Draw(t, "first"), 0, 0, 0, 0, time.UTC)
		n := rapid.IntRange(0, 1000).Draw(t, "days")
		last := first.AddDate(0, 0, n)
		days, err := ParseDays(first.Format(time.DateOnly) + ".." + last.Format(time.DateOnly))
		if err != nil || len(days) != n+1 || days[0] != first.Format(time.DateOnly) || days[n] != last.Format(time.DateOnly) ||
			!slices.IsSorted(days) {
			t.Fatalf("%v, %v", days, err)
		}
	})
}
