package report

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/warehouse"
)

// cards returns the key numbers. before is the sum over so many earlier periods.
func cards(now, before total, periods int64) []page.Card {
	t, b := now.Tally, before.Tally
	seated := periods // as many periods as what guests who sat down brought is compared with
	if !decided(t) {
		seated = 0
	}
	out := []page.Card{
		{Label: "Covers", Value: page.Count(t.Covers), Note: coversNote(t),
			Change: changed(t.Covers, b.Covers, seated, page.Count)},
		{
			Label: "Reservations", Value: page.Count(t.Reservations), Note: reservationsNote(t),
			Change: changed(t.Reservations, b.Reservations, periods, page.Count),
		},
		{
			Label: "No-show rate", Value: page.Percent(t.NoShows, due(t)), Change: moved(t.NoShows, due(t), b.NoShows, due(b)),
			Note: noShowNote(t),
		},
		{
			Label: "Cancellation rate", Value: page.Percent(t.Cancelled, t.Reservations),
			Change: moved(t.Cancelled, t.Reservations, b.Cancelled, b.Reservations),
			Note:   fmt.Sprintf("%s of %s reservations", page.Count(t.Cancelled), page.Count(t.Reservations)),
		},
	}
	for _, code := range slices.Sorted(maps.Keys(now.by)) {
		out = append(out, page.Card{
			Label: "Spend in " + code, Value: page.Whole(now.by[code].Spend), Note: billsNote(now.by[code]),
			Change: changed(now.by[code].Spend, before.by[code].Spend, seated, page.Whole),
		})
	}
	return out
}

// decided reports whether nearly all guests that were expected sat down. Until then, a date has fewer covers and bills than
// earlier ones: what happens in its last hours is often in the next day's readings, which earlier dates have.
func decided(t warehouse.Tally) bool { return (t.ExpectedCovers-t.Covers)*100 <= t.ExpectedCovers }

func noShowNote(t warehouse.Tally) string {
	if due(t) == 0 {
		return "no party was due yet"
	}
	return fmt.Sprintf("%s of %s parties that were due did not come", page.Count(t.NoShows), page.Count(due(t)))
}

func coversNote(t warehouse.Tally) string {
	if more := t.ExpectedCovers - t.Covers; more > 0 {
		return fmt.Sprintf("guests who sat down; %s more have no outcome yet", page.Count(more))
	}
	return "guests who sat down"
}

// billsNote says how much of the spend is known: a platform does not have every guest's bill.
func billsNote(t warehouse.Tally) string {
	return fmt.Sprintf("from %s known %s; %s %s completed", page.Count(t.Bills), plain(int(t.Bills), "bill", "bills"),
		page.Count(t.Completed), plain(int(t.Completed), "reservation is", "reservations are"))
}

func reservationsNote(t warehouse.Tally) string {
	if n := toCome(t); n > 0 {
		return fmt.Sprintf("%s completed, %s without an outcome yet", page.Count(t.Completed), page.Count(n))
	}
	return page.Count(t.Completed) + " completed"
}

// changed compares a number with the average of earlier periods. It returns nil where there are none, or where they brought
// nothing.
func changed(now, sum, periods int64, text func(int64) string) *page.Change {
	if periods <= 0 || sum == 0 {
		return nil
	}
	average := float64(sum) / float64(periods)
	return &page.Change{Text: signed(100*(float64(now)-average)/average, "%"), Was: text(int64(math.Round(average)))}
}

// moved compares a rate with the earlier one, in points of a percent.
func moved(part, whole, partBefore, wholeBefore int64) *page.Change {
	if whole == 0 || wholeBefore == 0 {
		return nil
	}
	return &page.Change{
		Text: signed(100*float64(part)/float64(whole)-100*float64(partBefore)/float64(wholeBefore), " points"),
		Was:  page.Percent(partBefore, wholeBefore),
	}
}

// signed writes a difference with its sign, to a tenth.
func signed(v float64, unit string) string {
	v = math.Round(v*10) / 10
	switch {
	case v > 0:
		return fmt.Sprintf("+%.1f%s", v, unit)
	case v < 0:
		return fmt.Sprintf("−%.1f%s", -v, unit)
	}
	return "no change"
}
