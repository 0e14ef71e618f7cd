package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

var english = message.NewPrinter(language.BritishEnglish)

// Unknown stands where there is no number.
const Unknown = "–"

// Count writes a whole number with its thousands apart.
func Count(n int64) string { return english.Sprint(number.Decimal(n)) }

// Percent writes a share of a whole, with one decimal; Unknown where there is no whole.
func Percent(part, whole int64) string {
	if whole == 0 {
		return Unknown
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// Money writes an amount, in ten-thousandths, with the currency's code and its decimals.
func Money(code string, amount int64) string {
	decimals := 2
	if unit, err := currency.ParseISO(code); err == nil {
		decimals, _ = currency.Standard.Rounding(unit)
	}
	return strings.TrimSpace(code + " " + english.Sprint(number.Decimal(float64(amount)/10_000, number.Scale(decimals))))
}

// Whole writes an amount to the whole unit, where decimals would only be in the way; the currency stands beside it.
func Whole(amount int64) string { return Count(int64(math.Round(float64(amount) / 10_000))) }

// Day writes YYYY-MM-DD for people: "Saturday 28 March 2026".
func Day(day string) string { return dayAs(day, "Monday 2 January 2006") }

// ShortDay is Day in a table or a chart: "28 Mar".
func ShortDay(day string) string { return dayAs(day, "2 Jan") }

func dayAs(day, form string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format(form)
}

// Instant writes a time in UTC to the minute; Unknown where there is none.
func Instant(t time.Time) string {
	if t.IsZero() {
		return Unknown
	}
	return t.UTC().Format("2 Jan 2006 15:04")
}

// Bytes writes a size in units of 1024.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// Span writes how long something took: "0.4 s", "42 s", "3 min 5 s", "2 h 10 min".
func Span(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	}
}
