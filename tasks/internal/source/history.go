package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/timezone"
)

// Span is what a restaurant was on the days up to one: all of it, and not only what differs.
type Span struct {
	Until string // the last day, YYYY-MM-DD; empty for what the restaurant is

	Name     string
	Owner    string
	Location *time.Location
	Currency string
	Country  string

	RID            int64
	Tier           string
	RestaurantUUID string
}

// Spans returns what the restaurant was, ascending, and last what it is.
func (s Source) Spans() []Span {
	if len(s.History) > 0 {
		return s.History
	}
	return []Span{s.span()}
}

// span returns what the source's own fields say.
func (s Source) span() Span {
	return Span{
		Name: s.Name, Owner: s.Owner, Location: s.Location, Currency: s.Currency, Country: s.Country,
		RID: s.RID, Tier: s.Tier, RestaurantUUID: s.RestaurantUUID,
	}
}

// on returns the span of a day (YYYY-MM-DD) of a source that has a history.
func (s Source) on(day string) *Span {
	for i := range s.History {
		if x := &s.History[i]; x.Until == "" || day <= x.Until {
			return x
		}
	}
	return &s.History[len(s.History)-1]
}

// On returns the source as it was on a day (YYYY-MM-DD): what a reading of the day asks for, and by which ids. Its history
// stays, so that the currency and the zone of a record follow the record's own date.
func (s Source) On(day string) Source {
	if len(s.History) == 0 {
		return s
	}
	was := s.on(day)
	s.Name, s.Owner, s.Location, s.Currency, s.Country = was.Name, was.Owner, was.Location, was.Currency, was.Country
	s.RID, s.Tier, s.RestaurantUUID = was.RID, was.Tier, was.RestaurantUUID
	return s
}

// CurrencyOn returns the currency of a service date (YYYY-MM-DD).
func (s Source) CurrencyOn(date string) string {
	if len(s.History) == 0 {
		return s.Currency
	}
	return s.on(date).Currency
}

// ZoneOn returns the zone of a service date (YYYY-MM-DD); nil for an account.
func (s Source) ZoneOn(date string) *time.Location {
	if len(s.History) == 0 {
		return s.Location
	}
	return s.on(date).Location
}

// Currencies returns the currencies that the restaurant has or had, the newest first.
func (s Source) Currencies() (codes []string) {
	for _, x := range slices.Backward(s.Spans()) {
		if x.Currency != "" && !slices.Contains(codes, x.Currency) {
			codes = append(codes, x.Currency)
		}
	}
	return codes
}

// Zones returns how ZoneOn tells a restaurant's zones apart; nil where it has had one alone.
func (s Source) Zones() func(date string) *time.Location {
	if !slices.ContainsFunc(s.History, func(x Span) bool { return x.Location != s.History[0].Location }) {
		return nil
	}
	return s.ZoneOn
}

// HasRID reports whether an id is OpenTable's of the restaurant, on whichever day.
func (s Source) HasRID(rid int64) bool {
	return rid == s.RID || slices.ContainsFunc(s.History, func(x Span) bool { return x.RID == rid })
}

// HasUUID reports whether an id, in small letters, is TheFork's of the restaurant, on whichever day.
func (s Source) HasUUID(uuid string) bool {
	return uuid == s.RestaurantUUID || slices.ContainsFunc(s.History, func(x Span) bool { return x.RestaurantUUID == uuid })
}

// byDay writes a value of each span with the days it holds until, as "BGN to 2025-12-31, EUR": equal neighbours once.
func (s Source) byDay(value func(Span) string) string {
	var parts []string
	spans := s.Spans()
	for i, x := range spans {
		if i+1 < len(spans) && value(spans[i+1]) == value(x) {
			continue
		}
		part := value(x)
		if x.Until != "" {
			part += " to " + x.Until
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// rules returns the fingerprint of a zone's rules; empty for none.
func rules(loc *time.Location) string {
	if loc == nil {
		return ""
	}
	return timezone.Fingerprint(loc)
}

func zoneName(loc *time.Location) string {
	if loc == nil {
		return ""
	}
	return loc.String()
}

// history returns the spans of an entry, its history's and what it is; none where it has no history.
func (b *builder) history(where string, x restaurant, now Span) []Span {
	if len(x.History) == 0 {
		return nil
	}
	spans := []Span{now}
	for i, f := range slices.Backward(x.History) {
		at := fmt.Sprintf("%s: history[%d]", where, i)
		was := spans[0]
		was.Until = f.Until
		if b.that(isDay(f.Until), at, "until: want a day as YYYY-MM-DD, got %q", f.Until) {
			next := cmp.Or(spans[0].Until, x.Until)
			b.that(next == "" || f.Until < next, at, "until: %s is not before the end of what follows, %s", f.Until, next)
			b.that(f.Until >= x.From, at, "until: %s is before from, %s", f.Until, x.From)
		}
		b.change(at, f, x, &was)
		spans = slices.Insert(spans, 0, was)
	}
	return spans
}

// change sets what a former span says otherwise.
func (b *builder) change(at string, f former, x restaurant, was *Span) {
	was.Name, was.Owner = cmp.Or(f.Name, was.Name), cmp.Or(f.Owner, was.Owner)
	if f.Currency != "" {
		was.Currency = b.currency(at, f.Currency)
	}
	if f.Country != "" {
		was.Country = b.country(at, f.Country)
	}
	if f.Timezone != "" {
		was.Location = b.zone(at, f.Timezone)
	}
	if o := f.OpenTable; o != nil && b.that(x.OpenTable != nil, at, "opentable: the entry has none") {
		b.that(o.RID != 0 || o.Tier != "", at, "opentable: neither rid nor tier is given")
		if o.RID != 0 {
			was.RID = b.rid(at, o.RID)
		}
		if o.Tier != "" {
			was.Tier = b.tier(at, o.Tier)
		}
	}
	if t := f.TheFork; t != nil && b.that(x.TheFork != nil, at, "thefork: the entry has none") {
		was.RestaurantUUID = b.uuid(at, "thefork: ", "uuid", t.UUID)
	}
}
