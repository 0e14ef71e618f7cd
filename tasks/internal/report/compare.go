package report

import (
	"fmt"
	"slices"
	"time"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// earlier is how many earlier periods a number is compared with, at most.
const earlier = 4

// shift returns a day so many days earlier.
func shift(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day // it was checked
	}
	return t.AddDate(0, 0, -days).Format(time.DateOnly)
}

// stride returns how many days lie between the beginnings of two periods: whole weeks, so that weekdays meet, and enough of them
// that no day counts twice.
func stride(days []string) int { return (len(days) + 6) / 7 * 7 }

// since returns the first day that the comparison needs.
func since(days []string) string { return shift(days[0], earlier*stride(days)) }

// total is what a period brought, altogether and by currency.
type total struct {
	warehouse.Tally
	by map[string]warehouse.Tally
}

// compared returns the period's total, and the sum over the earlier periods that were read as it was: each day from every source
// of bookings that is read now. A period in which a restaurant was not there yet would only show that it is new. Where the period
// itself was not read whole, there is nothing to compare, and periods is -1.
func compared(days []string, f warehouse.Figures, r *source.Registry) (now, before total, periods int64) {
	byDay := map[string][]warehouse.Date{}
	for _, d := range f.Dates {
		byDay[d.Date] = append(byDay[d.Date], d)
	}
	now, before = total{by: map[string]warehouse.Tally{}}, total{by: map[string]warehouse.Tally{}}
	now.add(days, 0, byDay)
	if !wasRead(days, 0, f, r) {
		return now, before, -1
	}
	for k := 1; k <= earlier; k++ {
		back := k * stride(days)
		if wasRead(days, back, f, r) {
			before.add(days, back, byDay)
			periods++
		}
	}
	return now, before, periods
}

func wasRead(days []string, back int, f warehouse.Figures, r *source.Registry) bool {
	for _, day := range days {
		if read, of := readOf(day, back, f, r); read < of {
			return false
		}
	}
	return true
}

// readOf returns how many sources of bookings are expected on a day, and from how many of them the day so many days before was
// read.
func readOf(day string, back int, f warehouse.Figures, r *source.Registry) (read, of int) {
	for _, src := range r.Expected(day) {
		if !slices.Contains(src.Kinds, reservation.KindReservation) {
			continue
		}
		of++
		if f.Read[warehouse.DaySource{Day: shift(day, back), Source: src.ID}] {
			read++
		}
	}
	return read, of
}

func (t *total) add(days []string, back int, byDay map[string][]warehouse.Date) {
	for _, day := range days {
		for _, d := range byDay[shift(day, back)] {
			t.Tally = plus(t.Tally, d.Tally)
			t.by[d.Currency] = plus(t.by[d.Currency], d.Tally)
		}
	}
}

// plus adds tallies. The sum of amounts in several currencies means nothing, and nobody asks for it.
func plus(a, b warehouse.Tally) warehouse.Tally {
	return warehouse.Tally{
		Reservations:   a.Reservations + b.Reservations,
		Requested:      a.Requested + b.Requested,
		Booked:         a.Booked + b.Booked,
		Arrived:        a.Arrived + b.Arrived,
		Seated:         a.Seated + b.Seated,
		Completed:      a.Completed + b.Completed,
		Cancelled:      a.Cancelled + b.Cancelled,
		NoShows:        a.NoShows + b.NoShows,
		Declined:       a.Declined + b.Declined,
		Covers:         a.Covers + b.Covers,
		ExpectedCovers: a.ExpectedCovers + b.ExpectedCovers,
		NoShowCovers:   a.NoShowCovers + b.NoShowCovers,
		Bills:          a.Bills + b.Bills,
		Spend:          a.Spend + b.Spend,
	}
}

// compareText says what the changes are measured against.
func compareText(days []string, periods int64) string {
	one, many := "period of the same weekdays", "periods of the same weekdays"
	if t, err := time.Parse(time.DateOnly, days[0]); err == nil && len(days) == 1 {
		one, many = t.Weekday().String(), t.Weekday().String()+"s"
	}
	switch periods {
	case -1:
		return "Nothing is compared with earlier weeks, since not all of the data is there."
	case 0:
		return "There is no earlier " + one + " to compare with yet."
	case 1:
		return "Changes are against one earlier " + one + "."
	}
	return fmt.Sprintf("Changes are against the average of %d earlier %s.", periods, many)
}

// whenDecided adds to compareText's text what is not compared yet.
func whenDecided(text string, now warehouse.Tally, periods int64) string {
	if periods <= 0 || decided(now) {
		return text
	}
	return text + " Covers and spend are not compared while more than one guest in a hundred has no outcome yet."
}

// due returns the number of parties of whom it is known whether they came.
func due(t warehouse.Tally) int64 { return t.NoShows + t.Arrived + t.Seated + t.Completed }

// toCome returns the number of bookings that are not decided yet.
func toCome(t warehouse.Tally) int64 { return t.Requested + t.Booked }
