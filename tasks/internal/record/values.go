package record

import (
	"fmt"
	"time"

	"github.com/valyala/fastjson"

	"covers/tasks/internal/reservation"
)

// Int reads a whole number from lo to hi; ok is false where it is absent, null or refused.
func (o *Object) Int(field string, lo, hi int64) (n int64, ok bool) {
	v := o.value(field)
	if v == nil {
		return 0, false
	}
	if v.Type() != fastjson.TypeNumber {
		o.Refuse(reservation.ReasonType, field, "a whole number")
		return 0, false
	}
	n, whole, fits := parseInt(o.r.number(v))
	if !whole {
		o.Refuse(reservation.ReasonType, field, "a whole number")
		return 0, false
	}
	if !fits || n < lo || n > hi {
		o.Refuse(reservation.ReasonRange, field, fmt.Sprintf("%d to %d", lo, hi))
		return 0, false
	}
	return n, true
}

// RequiredInt reads a whole number that must be there.
func (o *Object) RequiredInt(field string, lo, hi int64) int64 {
	if o.Missing(field) {
		return 0
	}
	n, _ := o.Int(field, lo, hi)
	return n
}

// OneOf reads a word of a closed list and returns what it stands for; nil where it is absent, null or refused.
func (o *Object) OneOf(field string, words map[string]string, reason string) *string {
	b, ok := o.Text(field)
	if !ok {
		return nil
	}
	word, ok := words[string(b)]
	if !ok {
		o.Refuse(reason, field, "a word of the contract's list")
		return nil
	}
	return o.r.Arena.Keep(word)
}

// Instant reads a time with its offset (RFC 3339); nil where it is absent, null or refused. Microseconds, UTC.
func (o *Object) Instant(field string) *int64 {
	b, ok := o.Text(field)
	if !ok {
		return nil
	}
	m, ok := parseTime(b)
	if !ok || !m.zoned {
		o.Refuse(reservation.ReasonTime, field, "a time with its offset, as 2026-03-27T18:30:00Z")
		return nil
	}
	utc := m.utc()
	if utc < 0 {
		o.Refuse(reservation.ReasonRange, field, "a time since 1970")
		return nil
	}
	return o.r.Arena.Int(utc)
}

// Local returns an instant on a restaurant's wall clock, and its date; nil for nil.
func (r *Reader) Local(utc *int64, loc *time.Location) (local *int64, date *int32) {
	if utc == nil {
		return nil, nil
	}
	l := r.zone(loc).local(*utc)
	return r.Arena.Int(l), r.Arena.Date(int32(floorDiv(l, 86400*1e6)))
}

// Twin reads a local time and its twin in UTC, named field and field_utc as OpenTable has them; both nil where both are
// absent or null, or where one is refused. The two must agree in the restaurant's zone: a local time that a clock change
// leaves out agrees with no instant, one that exists twice agrees with either.
func (o *Object) Twin(field string, loc *time.Location) (utc, local *int64) {
	twin := field + "_utc"
	l, okLocal := o.Text(field)
	u, okUTC := o.Text(twin)
	switch {
	case !okLocal && !okUTC:
		return nil, nil
	case !okLocal:
		o.Missing(field)
	case !okUTC:
		o.Missing(twin)
	}
	var ml, mu moment
	if okLocal {
		if ml, okLocal = parseTime(l); !okLocal || ml.zoned {
			okLocal = false
			o.Refuse(reservation.ReasonTime, field, "a local time without offset, as 2026-03-27T18:30:00")
		}
	}
	if okUTC {
		if mu, okUTC = parseTime(u); !okUTC || !mu.zoned || mu.offset != 0 {
			okUTC = false
			o.Refuse(reservation.ReasonTime, twin, "a time in UTC, as 2026-03-27T18:30:00Z")
		} else if mu.local < 0 {
			okUTC = false
			o.Refuse(reservation.ReasonRange, twin, "a time since 1970")
		}
	}
	if !okLocal || !okUTC {
		return nil, nil
	}
	// To the second: that both are written with the same fraction is documented nowhere.
	wall := o.r.zone(loc).local(mu.local)
	if floorDiv(wall, 1e6) != floorDiv(ml.local, 1e6) {
		o.Refuse(reservation.ReasonLocalTime, field, "the local time of "+twin+" in the restaurant's zone")
		return nil, nil
	}
	return o.r.Arena.Int(mu.local), o.r.Arena.Int(wall)
}

// RequiredTwin reads a local time and its twin that must be there.
func (o *Object) RequiredTwin(field string, loc *time.Location) (utc, local *int64) {
	a, b := o.Missing(field), o.Missing(field+"_utc")
	if a || b {
		return nil, nil
	}
	return o.Twin(field, loc)
}

// Amount reads a whole number of 1/denominator of a currency's major unit, in ten-thousandths of that unit; nil where it is
// absent, null or refused. Without a denominator (0) only the amount 0 has a meaning.
func (o *Object) Amount(field string, denominator int64) *int64 {
	const whole = 1<<63 - 1
	n, ok := o.Int(field, -whole, whole)
	if !ok {
		return nil
	}
	if n == 0 {
		return o.r.Arena.Int(0)
	}
	if denominator <= 0 {
		o.Refuse(reservation.ReasonMoney, field, "an amount with a positive currency denominator")
		return nil
	}
	amount, exact, fits := divide(n, denominator)
	return o.amount(field, amount, exact, fits)
}

// Decimal reads a plain number; nil where it is absent, null or refused. With shift 0 it is taken as major units (12.5 is
// 125000 ten-thousandths), with shift -2 as hundredths of them.
func (o *Object) Decimal(field string, shift int) *int64 {
	v := o.value(field)
	if v == nil {
		return nil
	}
	if v.Type() != fastjson.TypeNumber {
		o.Refuse(reservation.ReasonType, field, "a number")
		return nil
	}
	n, number, exact, fits := parseDecimal(o.r.number(v), shift)
	if !number {
		o.Refuse(reservation.ReasonType, field, "a number")
		return nil
	}
	return o.amount(field, n, exact, fits)
}

func (o *Object) amount(field string, n int64, exact, fits bool) *int64 {
	switch {
	case !fits:
		o.Refuse(reservation.ReasonRange, field, "below 100,000,000,000,000 in the currency's major unit")
		return nil
	case !exact:
		o.Refuse(reservation.ReasonMoney, field, "exact in four decimals")
		return nil
	}
	return o.r.Arena.Int(n)
}

func (r *Reader) zone(loc *time.Location) *zone {
	z, ok := r.zones[loc]
	if !ok {
		if r.zones == nil {
			r.zones = map[*time.Location]*zone{}
		}
		z = newZone(loc)
		r.zones[loc] = z
	}
	return z
}

// number returns a JSON number's text. The scratch buffer is reused.
func (r *Reader) number(v *fastjson.Value) []byte {
	r.scratch = v.MarshalTo(r.scratch[:0])
	return r.scratch
}
