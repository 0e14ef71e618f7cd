package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"covers/tasks/internal/report/page"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
)

// A chart shows the largest rows and the rest as one; its table has them all.
func TestManyRestaurants(t *testing.T) {
	var f warehouse.Figures
	for id := range int64(30) {
		f.Services = append(f.Services, warehouse.Service{
			RestaurantID: id, Restaurant: fmt.Sprint("R", id), Platform: reservation.OpenTable, Currency: "GBP",
			Tally: warehouse.Tally{Reservations: 10, Covers: id, Spend: id * 1_0000},
		})
	}
	f.Services = append(f.Services, warehouse.Service{RestaurantID: 29, Restaurant: "R29", Platform: reservation.TheFork,
		Currency: "EUR", Tally: warehouse.Tally{Covers: 5}})
	charts := map[string]page.Chart{}
	for _, c := range chartsOf([]string{day}, f, registry()) {
		charts[c.ID] = c
	}
	c := charts["covers"]
	if len(c.Labels) != mostRows || c.Labels[0] != "R29" || c.Labels[mostRows-1] != "23 others" ||
		c.Values[0][mostRows-1] != 253 || c.Values[1][0] != 5 || len(c.Table.Rows) != 31 {
		t.Errorf("got %v %v", c.Labels, c.Values)
	}
	if c := charts["spend-GBP"]; c.Table.Foot[2] != "GBP 435.00" || len(c.Series) != 1 {
		t.Errorf("pounds: %v", c.Table.Foot)
	}
	want := "From 0 known bills; 0 reservations are completed. Currencies are never added up."
	if charts["spend-GBP"].Note != want {
		t.Errorf("the note is %q", charts["spend-GBP"].Note)
	}
	if c := charts["spend-EUR"]; c.Table.Foot[2] != "EUR 0.00" || len(c.Table.Rows) != 1 {
		t.Errorf("euros: %v", c.Table.Foot)
	}
}

// A long range has a bar a week, of whole weeks alone; the table has all days.
func TestWeeksOfALongRange(t *testing.T) {
	var days []string
	f := warehouse.Figures{}
	for i := range 50 {
		d := shift("2026-04-30", 49-i)
		days = append(days, d)
		f.Dates = append(f.Dates, warehouse.Date{Date: d, Tally: warehouse.Tally{Covers: 1, Reservations: 2}})
	}
	c := dates(days, f, &source.Registry{})
	if len(c.Labels) != 7 || c.Values[0][0] != 7 || c.Values[0][6] != 7 || c.Labels[6] != "24 Apr" ||
		c.Title != "Covers by week" {
		t.Errorf("got %v %v", c.Labels, c.Values)
	}
	if rows := c.Table.Rows; len(rows) != 8 || rows[0][0] != "Thursday 12 March 2026 (1 day)" || rows[0][2] != "2" ||
		rows[1][2] != "14" {
		t.Errorf("the table has %v", rows)
	}
	if c := dates(days[1:], f, &source.Registry{}); len(c.Labels) != 7 || len(c.Table.Rows) != 7 ||
		strings.Contains(c.Note, "table") {
		t.Errorf("of whole weeks: %v, %s", c.Labels, c.Note)
	}
}

// A date of which nothing was read has no bar, also where other days' readings brought something of it; the table says so, and of
// a date that was read in part.
func TestDatesThatWereNotRead(t *testing.T) {
	days := []string{"2026-03-26", "2026-03-27", "2026-03-28"}
	f := warehouse.Figures{Read: map[warehouse.DaySource]bool{
		{Day: days[0], Source: src}: true, {Day: days[0], Source: "opentable/101"}: true, {Day: days[2], Source: src}: true,
	}}
	for _, d := range days {
		f.Dates = append(f.Dates, warehouse.Date{Date: d, Tally: warehouse.Tally{Covers: 10, Reservations: 5}})
	}
	c := dates(days, f, registry())
	if v := c.Values[0]; v[0] != 10 || !math.IsNaN(v[1]) || v[2] != 10 ||
		!strings.HasSuffix(c.Note, "Not all of it was read: the table says where.") {
		t.Errorf("bars %v, %q", v, c.Note)
	}
	want := []string{"Thursday 26 March 2026", "Friday 27 March 2026, not read", "Saturday 28 March 2026, not read whole"}
	for i, row := range c.Table.Rows {
		if row[0] != want[i] {
			t.Errorf("row %d is %q, want %q", i, row[0], want[i])
		}
	}
	var long []string
	for i := range 49 {
		long = append(long, shift(days[2], 48-i))
	}
	for _, d := range long[:47] {
		f.Read[warehouse.DaySource{Day: d, Source: src}], f.Read[warehouse.DaySource{Day: d,
			Source: "opentable/101"}] = true, true
	}
	delete(f.Read, warehouse.DaySource{Day: days[2], Source: src})
	c = dates(long, f, registry())
	if last := len(c.Labels) - 1; c.Values[0][last] != 30 || !strings.HasSuffix(c.Table.Rows[last][0], ", 2 days not read") {
		t.Errorf("a week of which two days were not read: %v, %v", c.Values[0][last], c.Table.Rows[last])
	}
}
