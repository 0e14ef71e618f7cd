package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/source"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

// chartsOf returns the page's charts, each with a table of its numbers.
func chartsOf(days []string, f warehouse.Figures, r *source.Registry) []page.Chart {
	b := breakdownOf(f.Services)
	charts := []page.Chart{
		b.chart("covers", "Covers by restaurant", "Guests who sat down, by the platform that the booking came through.",
			func(t warehouse.Tally) int64 { return t.Covers }),
		b.chart("reservations", "Reservations by restaurant", "All bookings for these dates, whatever became of them.",
			func(t warehouse.Tally) int64 { return t.Reservations }),
	}
	if len(days) > 1 {
		charts = append(charts, dates(days, f, r))
	}
	charts = append(charts, funnel(f.Funnel), b.rates(), leads(f.Leads), parties(f.Parties), channels(f.Channels))
	return append(charts, spends(f.Services)...)
}

// whole writes a chart's number.
func whole(v float64) string { return page.Count(int64(math.Round(v))) }

// weekly is the number of days above which a chart has a bar for each week.
const weekly = 45

// dates returns a bar for each date, or for each week of a long range. Weeks end with the range. The days that are left over at
// its beginning have no bar, which would only look like a bad week; they are the table's first row. A date that nobody read has
// no bar either: what other days' readings brought of it would look like an empty house.
func dates(days []string, f warehouse.Figures, r *source.Registry) page.Chart {
	covers, reservations := map[string]int64{}, map[string]int64{}
	for _, d := range f.Dates {
		covers[d.Date] += d.Covers
		reservations[d.Date] += d.Reservations
	}
	step, by, head := 1, "date", "Date"
	if len(days) > weekly {
		step, by, head = 7, "week", "Week from"
	}
	c := page.Chart{
		ID: "dates", Title: "Covers by " + by, Note: "Guests who sat down, all restaurants together.", Format: whole,
		Values: make([][]float64, 1),
		Table:  page.Table{Caption: "Covers and reservations by " + by, Head: []string{head, "Covers", "Reservations"}, Text: 1},
	}
	if left := len(days) % step; left > 0 {
		c.Note += " " + text.Count(left, "day") + " before the first whole week: see the table."
	}
	short := false // not all was read
	for _, span := range weeksOf(days, step) {
		seated, booked, unread, part := int64(0), int64(0), 0, 0
		for _, d := range span {
			seated, booked = seated+covers[d], booked+reservations[d]
			switch read, of := readOf(d, 0, f, r); read {
			case of:
			case 0:
				unread++
			default:
				part++
			}
		}
		name, bar := page.Day(span[0]), float64(seated)
		if unread == len(span) {
			bar = math.NaN()
		}
		if len(span) == step {
			c.Labels, c.Values[0] = append(c.Labels, page.ShortDay(span[0])), append(c.Values[0], bar)
		} else {
			name += " (" + text.Count(len(span), "day") + ")"
		}
		if lacks := lacking(len(span), unread, part); lacks != "" {
			name += ", " + lacks
			short = true
		}
		c.Table.Rows = append(c.Table.Rows, []string{name, page.Count(seated), page.Count(booked)})
	}
	if short {
		c.Note += " Not all of it was read: the table says where."
	}
	return c
}

// lacking returns what was not read of a span of days; "" where all was.
func lacking(days, unread, part int) string {
	switch {
	case unread == days:
		return "not read"
	case unread > 0:
		return text.Count(unread, "day") + " not read"
	case part > 0:
		return "not read whole"
	}
	return ""
}

// weeksOf returns the days in spans of so many. The last one is whole; the first may be shorter.
func weeksOf(days []string, step int) [][]string {
	left := len(days) % step
	spans := slices.Collect(slices.Chunk(days[left:], step))
	if left > 0 {
		spans = slices.Insert(spans, 0, days[:left])
	}
	return spans
}

// stepNames are the steps of the funnel for people.
var stepNames = map[string]string{
	"asked": "Asked for", "accepted": "Accepted", "kept": "Kept", "arrived": "Arrived", "seated": "Seated",
	"completed": "Completed",
}

func funnel(steps []warehouse.Share) page.Chart {
	c := page.Chart{
		ID: "funnel", Title: "From booked to completed",
		Note: "Share of all reservations; each step is part of the one above. Kept: neither cancelled nor a no-show.", Rows: true,
		Table: page.Table{Caption: "Bookings by how far they came", Head: []string{"Step", "Reservations", "Of all", "Guests"},
			Text: 1},
	}
	if len(steps) == 0 {
		return c
	}
	all := steps[0].Reservations
	c.Values = make([][]float64, 1)
	c.Format = func(v float64) string { return page.Percent(int64(v), all) }
	for _, s := range steps {
		name := cmp.Or(stepNames[s.Name], label(s.Name))
		c.Labels, c.Values[0] = append(c.Labels, name), append(c.Values[0], float64(s.Reservations))
		c.Table.Rows = append(c.Table.Rows, []string{name, page.Count(s.Reservations), page.Percent(s.Reservations, all),
			page.Count(s.Guests)})
	}
	return c
}

// spans name the spans of days ahead by their first day.
var spans = []struct {
	first        int64
	short, words string
}{
	{0, "0", "The same day"}, {1, "1", "1 day"}, {2, "2–3", "2 to 3 days"}, {4, "4–7", "4 to 7 days"},
	{8, "8–14", "8 to 14 days"},
	{15, "15–30", "15 to 30 days"}, {31, "31+", "31 days and more"}, {-1, "?", "Not known"},
}

func leads(shares []warehouse.Share) page.Chart {
	c := page.Chart{
		ID: "leads", Title: "How far ahead people book",
		Note:   "Reservations by days from booking to meal; 0 is the same day, walk-ins included.",
		Format: whole, Values: make([][]float64, 1),
		Table: page.Table{Caption: "Reservations by days ahead", Head: []string{"Days ahead", "Reservations", "Share", "Guests"},
			Text: 1},
	}
	by, all := numbered(shares)
	for _, s := range spans {
		x, any := by[s.first]
		if !any && (s.first < 0 || all == 0) {
			continue
		}
		c.Labels, c.Values[0] = append(c.Labels, s.short), append(c.Values[0], float64(x.Reservations))
		c.Table.Rows = append(c.Table.Rows, []string{s.words, page.Count(x.Reservations), page.Percent(x.Reservations, all),
			page.Count(x.Guests)})
	}
	return c
}

func parties(shares []warehouse.Share) page.Chart {
	c := page.Chart{
		ID: "parties", Title: "Party sizes", Note: "Reservations by number of guests.", Format: whole,
		Values: make([][]float64, 1),
		Table: page.Table{Caption: "Reservations by party size",
			Head: []string{"Guests at the table", "Reservations", "Share", "Guests"}, Text: 1},
	}
	by, all := numbered(shares)
	for size := int64(1); size <= 9 && all > 0; size++ {
		name, x := fmt.Sprint(size), by[size]
		if size == 9 {
			name = "9+"
		}
		c.Labels, c.Values[0] = append(c.Labels, name), append(c.Values[0], float64(x.Reservations))
		c.Table.Rows = append(c.Table.Rows, []string{name, page.Count(x.Reservations), page.Percent(x.Reservations, all),
			page.Count(x.Guests)})
	}
	return c
}

func numbered(shares []warehouse.Share) (by map[int64]warehouse.Share, all int64) {
	by = map[int64]warehouse.Share{}
	for _, s := range shares {
		by[s.Number] = s
		all += s.Reservations
	}
	return by, all
}

// channels shows where bookings came from; one name may be a channel of several platforms.
func channels(found []warehouse.Channel) page.Chart {
	sum, all := map[string]int64{}, int64(0)
	for _, x := range found {
		sum[x.Channel] += x.Reservations
		all += x.Reservations
	}
	slices.SortFunc(found, func(a, b warehouse.Channel) int {
		return cmp.Or(cmp.Compare(sum[b.Channel], sum[a.Channel]), cmp.Compare(a.Channel, b.Channel),
			cmp.Compare(a.Platform, b.Platform))
	})
	g := newGrid()
	t := page.Table{Caption: "Reservations by channel", Head: []string{"Channel", "Platform", "Reservations", "Share", "Covers"},
		Text: 2}
	for _, x := range found {
		g.add(x.Channel, channelName(x.Channel), x.Platform, float64(x.Reservations))
		t.Rows = append(t.Rows, []string{
			channelName(x.Channel), platforms.Written(x.Platform), page.Count(x.Reservations), page.Percent(x.Reservations, all),
			page.Count(x.Covers),
		})
	}
	c := page.Chart{ID: "channels", Title: "Channels", Note: "Where the reservations came from.", Rows: true, Format: whole,
		Table: t}
	g.into(&c)
	return c
}

// channelName returns a channel for people, as it writes itself.
func channelName(channel string) string {
	switch channel {
	case "thefork":
		return "TheFork"
	case "api":
		return "API"
	case "walk_in":
		return "Walk-in"
	}
	return label(channel)
}
