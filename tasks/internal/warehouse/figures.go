package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Tally is what services brought. Counts are of bookings by their current status but for the covers, which are guests.
type Tally struct {
	Reservations, Requested, Booked, Arrived, Seated, Completed, Cancelled, NoShows, Declined int64
	Covers                                                                                    int64 // seated or completed
	ExpectedCovers                                                                            int64 // and still to come
	NoShowCovers                                                                              int64
	Bills                                                                                     int64 // bookings whose bill is known
	Spend                                                                                     int64 // their sum, in ten-thousandths of the currency's major unit
}

// Service is a restaurant's tally at a platform, in a currency.
type Service struct {
	RestaurantID                   int64
	Restaurant, Platform, Currency string
	Tally
}

// Date is a service date's tally in a currency, all restaurants and platforms together.
type Date struct {
	Date, Currency string
	Tally
}

// Share is a part of the bookings: a step of the funnel, a span of days ahead, a size of party.
type Share struct {
	Number       int64  // the step's, from 1; the span's first day, -1 where it is not known; the party's size, 9 for nine and more
	Name         string // the step's
	Reservations int64
	Guests       int64
}

// Channel is where bookings came from.
type Channel struct {
	Platform, Channel    string
	Reservations, Covers int64
}

// Figures are what the marts say of a span of service dates, in aggregates whose number does not depend on that of the bookings.
type Figures struct {
	Services               []Service // by restaurant, platform and currency
	Dates                  []Date    // of the span and of what was asked for before it
	Funnel, Leads, Parties []Share
	Channels               []Channel
	Read                   map[DaySource]bool // what the ledger has of Dates' days: read for the day itself, and not refused
}

var (
	figuresServicesQuery = query("figures_services")
	figuresDatesQuery    = query("figures_dates")
	figuresFunnelQuery   = query("figures_funnel")
	figuresChannelsQuery = query("figures_channels")
	figuresLeadsQuery    = query("figures_leads")
	figuresPartiesQuery  = query("figures_parties")
	figuresReadQuery     = query("figures_read")
)

// Figures gives the figures of the service dates from one to another (YYYY-MM-DD, both included). Dates and Read begin at since, so that
// the span can be compared with what was before.
func (w *Warehouse) Figures(ctx context.Context, since, from, until string) (f Figures, err error) {
	f.Read = map[DaySource]bool{}
	span, long := []any{from, until}, []any{since, until}
	spanTwice, longTwice := slices.Concat(span, span), slices.Concat(long, long) // of the bookings, and of their bills
	err = w.with(ctx, func(s session) error {
		// One transaction: where the engine can, all is seen at one moment.
		return s.transact(ctx, func(s session) (bool, error) {
			for _, ask := range []struct {
				query Statement
				args  []any
				use   func(*cells)
			}{
				{figuresServicesQuery, spanTwice, func(c *cells) {
					f.Services = append(f.Services, Service{c.number(), c.text(), c.text(), c.text(), c.tally()})
				}},
				{figuresDatesQuery, longTwice, func(c *cells) { f.Dates = append(f.Dates, Date{c.text(), c.text(), c.tally()}) }},
				{figuresFunnelQuery, span, func(c *cells) { f.Funnel = append(f.Funnel, Share{c.number(), c.text(), c.number(), c.number()}) }},
				{figuresChannelsQuery, span, func(c *cells) {
					f.Channels = append(f.Channels, Channel{c.text(), c.text(), c.number(), c.number()})
				}},
				{figuresLeadsQuery, span, func(c *cells) { f.Leads = append(f.Leads, Share{c.known(), "", c.number(), c.number()}) }},
				{figuresPartiesQuery, span, func(c *cells) { f.Parties = append(f.Parties, Share{c.number(), "", c.number(), c.number()}) }},
				{figuresReadQuery, long, func(c *cells) { f.Read[DaySource{c.text(), c.text()}] = true }},
			} {
				rows, err := s.texts(ctx, ask.query, ask.args...)
				if err != nil {
					return false, err
				}
				for _, row := range rows {
					c := &cells{row: row}
					if ask.use(c); c.err != nil {
						return false, fmt.Errorf("%s: %w", ask.query.Does(), c.err)
					}
				}
			}
			return false, nil
		})
	})
	return f, err
}

// cells takes a row's values one after the other.
type cells struct {
	row []string
	err error
}

func (c *cells) text() string {
	v := c.row[0]
	c.row = c.row[1:]
	return v
}

func (c *cells) number() int64 {
	n, err := strconv.ParseInt(c.text(), 10, 64)
	if err != nil {
		c.err = err
	}
	return n
}

// known is a number, or -1 for NULL.
func (c *cells) known() int64 {
	if c.row[0] == "" {
		c.text()
		return -1
	}
	return c.number()
}

// money is an amount as ten-thousandths; NULL is nothing.
func (c *cells) money() int64 {
	text := c.text()
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+(part + "0000")[:4], 10, 64)
	if err != nil {
		c.err = err
	}
	return n
}

func (c *cells) tally() Tally {
	return Tally{
		c.number(), c.number(), c.number(), c.number(), c.number(), c.number(), c.number(), c.number(), c.number(),
		c.number(), c.number(), c.number(), max(c.known(), 0), c.money(),
	}
}
