package warehouse

import (
	"context"
	"slices"
)

// Tally is what services brought. Counts are of bookings by their current status but for the covers, which are guests.
type Tally struct {
	Reservations   int64 `sql:"reservations"`
	Requested      int64 `sql:"requested"`
	Booked         int64 `sql:"booked"`
	Arrived        int64 `sql:"arrived"`
	Seated         int64 `sql:"seated"`
	Completed      int64 `sql:"completed"`
	Cancelled      int64 `sql:"cancelled"`
	NoShows        int64 `sql:"no_shows"`
	Declined       int64 `sql:"declined"`
	Covers         int64 `sql:"covers"`          // seated or completed
	ExpectedCovers int64 `sql:"expected_covers"` // and still to come
	NoShowCovers   int64 `sql:"no_show_covers"`
	Bills          int64 `sql:"bills,null"`               // bookings whose bill is known
	Spend          int64 `sql:"spend_total,decimal,null"` // their sum, in ten-thousandths of the currency's major unit
}

// Service is a restaurant's tally at a platform, in a currency.
type Service struct {
	RestaurantID int64  `sql:"restaurant_id"`
	Restaurant   string `sql:"restaurant"`
	Platform     string `sql:"platform"`
	Currency     string `sql:"currency"`
	Tally
}

// Date is a service date's tally in a currency, all restaurants and platforms together.
type Date struct {
	Date     string `sql:"service_date"`
	Currency string `sql:"currency"`
	Tally
}

// Share is a part of the bookings: a step of the funnel, a span of days ahead, a size of party.
type Share struct {
	// Number is the step's, from 1; the span's first day, -1 where it is not known; the party's size, 9 for nine and more.
	Number       int64  `sql:"place"`
	Name         string `sql:"name"` // the step's
	Reservations int64  `sql:"reservations"`
	Guests       int64  `sql:"guests"`
}

// Channel is where bookings came from.
type Channel struct {
	Platform     string `sql:"platform"`
	Channel      string `sql:"channel"`
	Reservations int64  `sql:"reservations"`
	Covers       int64  `sql:"covers"`
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

// Figures returns the figures of the service dates from one to another (YYYY-MM-DD, both included). Dates and Read begin at
// since, so that the span can be compared with what was before.
func (m *Moment) Figures(ctx context.Context, since, from, until string) (f Figures, err error) {
	f.Read = map[DaySource]bool{}
	span, long := []any{from, until}, []any{since, until}
	spanTwice, longTwice := slices.Concat(span, span), slices.Concat(long, long) // of the bookings, and of their bills
	if f.Services, err = allOf[Service](ctx, m.s, figuresServicesQuery, spanTwice...); err != nil {
		return f, err
	}
	if f.Dates, err = allOf[Date](ctx, m.s, figuresDatesQuery, longTwice...); err != nil {
		return f, err
	}
	if f.Funnel, err = allOf[Share](ctx, m.s, figuresFunnelQuery, span...); err != nil {
		return f, err
	}
	if f.Channels, err = allOf[Channel](ctx, m.s, figuresChannelsQuery, span...); err != nil {
		return f, err
	}
	if f.Leads, err = allOf[Share](ctx, m.s, figuresLeadsQuery, span...); err != nil {
		return f, err
	}
	if f.Parties, err = allOf[Share](ctx, m.s, figuresPartiesQuery, span...); err != nil {
		return f, err
	}
	return f, rowsOf(ctx, m.s, figuresReadQuery, long, func(read *DaySource) error {
		f.Read[*read] = true
		return nil
	})
}
