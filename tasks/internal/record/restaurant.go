package record

import (
	"time"

	"covers/tasks/internal/currency"
)

// Zones are a restaurant's time zones.
type Zones struct {
	Location *time.Location                   // the one of today
	On       func(date string) *time.Location // the one on a date (YYYY-MM-DD); nil where it was always the same
}

// at returns the zone of an instant, microseconds: the one of the date that it has there.
func (z Zones) at(utc int64) *time.Location {
	if z.On == nil {
		return z.Location
	}
	at := time.UnixMicro(utc)
	loc := z.On(at.UTC().Format(time.DateOnly))
	for range 2 { // the date there may be the one before or after, and then be another zone's
		next := z.On(at.In(loc).Format(time.DateOnly))
		if next == loc {
			break
		}
		loc = next
	}
	return loc
}

// of returns the zone of a wall clock, microseconds.
func (z Zones) of(local int64) *time.Location {
	if z.On == nil {
		return z.Location
	}
	return z.On(time.UnixMicro(local).UTC().Format(time.DateOnly))
}

// Currencies are a restaurant's.
type Currencies struct {
	Now string
	All []string                 // that it has or had
	On  func(date string) string // the one on a date (YYYY-MM-DD)

	of     string // the currency whose places were asked for last
	places int
}

// Places returns how many digits amounts of a currency have behind the decimal point, as currency.Places does. Nearly all records
// of a restaurant have one.
func (c *Currencies) Places(code string) int {
	if code != c.of || code == "" {
		c.of, c.places = code, currency.Places(code)
	}
	return c.places
}

// Of returns the currency of a row of a service date, days since 1970: the first of the record's own codes that the restaurant
// has or had, else the one of the date.
func (c Currencies) Of(date *int32, codes ...[]byte) string {
	if len(c.All) < 2 {
		return c.Now
	}
	for _, code := range codes {
		for _, known := range c.All {
			if string(code) == known {
				return known
			}
		}
	}
	if date == nil {
		return c.Now
	}
	return c.On(time.Unix(int64(*date)*86400, 0).UTC().Format(time.DateOnly))
}
