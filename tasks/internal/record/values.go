package record

import (
	"fmt"
	"time"

	"covers/tasks/internal/reservation"
)

// Int reads a whole number from lo to hi; ok is false where it is absent, null or noted.
func (o *Object) Int(field string, lo, hi int64) (n int64, ok bool) {
	return o.integer(field, lo, hi, optional)
}

// RequiredInt reads a whole number that must be there.
func (o *Object) RequiredInt(field string, lo, hi int64) int64 {
	n, _ := o.integer(field, lo, hi, required)
	return n
}

func (o *Object) integer(field string, lo, hi int64, n need) (i int64, ok bool) {
	x := o.get(field, n)
	if x == nil {
		return 0, false
	}
	i, whole, fits := int64(0), false, false
	if x.typ == TypeNumber {
		i, whole, fits = parseInt(o.r.fields.raw(x))
	}
	switch {
	case !whole:
		o.fail(n, reservation.ReasonType, field, "a whole number")
		return 0, false
	case !fits || i < lo || i > hi:
		o.fail(n, reservation.ReasonRange, field, fmt.Sprintf("%d to %d", lo, hi))
		return 0, false
	}
	return i, true
}

// OneOf reads a word of a closed list and returns what it stands for; nil where it is absent, null or noted.
func (o *Object) OneOf(field string, words map[string]string, reason string) *string {
	return o.word(field, words, reason, optional)
}

// RequiredOneOf reads a word of a closed list that must be there.
func (o *Object) RequiredOneOf(field string, words map[string]string, reason string) *string {
	return o.word(field, words, reason, required)
}

// word takes a word that has blanks in it for the one without, where there is no such word: both forms are in OpenTable's
// documents ("Partially Arrived" on the pages of new reservations and of the POS webhook, "PartiallyArrived" in the list of
// states).
func (o *Object) word(field string, words map[string]string, reason string, n need) *string {
	b, ok := o.text(field, n)
	if !ok {
		return nil
	}
	word, ok := words[string(b)]
	if !ok {
		word, ok = words[string(withoutBlanks(b))]
	}
	if !ok {
		o.fail(n, reason, field, "a word of the contract's list")
		return nil
	}
	return o.r.Arena.Keep(word)
}

func withoutBlanks(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return out
}

// Instant reads a time with its offset (RFC 3339), or a date, which is its midnight in UTC; nil where it is absent, null or
// noted. Microseconds, UTC.
func (o *Object) Instant(field string) *int64 { return o.instant(field, optional) }

// StrictInstant reads a time with its offset; nil where it is absent, null or refused.
func (o *Object) StrictInstant(field string) *int64 { return o.instant(field, required) }

func (o *Object) instant(field string, n need) *int64 {
	b, w := o.look(o.place(field))
	if b == nil {
		w.fail(o, field, n)
		return nil
	}
	m, ok := parseTime(b)
	utc := m.utc()
	if days, date := parseDate(b); date && n == optional {
		utc = days * 86400 * 1e6
	} else if !ok || !m.zoned {
		o.fail(n, reservation.ReasonTime, field, "a time with its offset, as 2026-03-27T18:30:00Z")
		return nil
	}
	if utc < 0 {
		o.fail(n, reservation.ReasonRange, field, "a time since 1970")
		return nil
	}
	return o.r.Arena.Int(utc)
}

// Local returns an instant on a restaurant's wall clock, and its date; nil for nil.
func (r *Reader) Local(utc *int64, zones Zones) (local *int64, date *int32) {
	if utc == nil {
		return nil, nil
	}
	l := r.zone(zones.at(*utc)).local(*utc)
	return r.Arena.Int(l), r.Arena.Date(int32(floorDiv(l, 86400*1e6)))
}

// Twin reads a local time and its twin in UTC, named field and field_utc as OpenTable has them; both nil where neither can be
// had. One is enough: the zone gives the other. Where they do not agree in the restaurant's zone, the one in UTC counts.
// Whatever is passed over is noted.
func (o *Object) Twin(field string, zones Zones) (utc, local *int64) {
	return o.twin(field, zones, optional)
}

// ExpectedTwin reads a local time and its twin, and notes it where there is neither.
func (o *Object) ExpectedTwin(field string, zones Zones) (utc, local *int64) {
	return o.twin(field, zones, expected)
}

// RequiredTwin reads a local time and its twin, one of which must be there. It refuses two that do not agree: a local time that a
// clock change leaves out agrees with no instant, one that exists twice agrees with either.
func (o *Object) RequiredTwin(field string, zones Zones) (utc, local *int64) {
	return o.twin(field, zones, required)
}

func (o *Object) twin(field string, zones Zones, n need) (utc, local *int64) {
	place := o.place(field)
	inUTC := o.layout.utc[place]
	mu, errUTC := o.half(inUTC, true)
	ml, errLocal := o.half(place, false)
	twin := o.layout.names[inUTC]
	if !mu.there && !ml.there {
		errUTC.fail(o, twin, n)
		errLocal.fail(o, field, n)
		if errUTC == nil && errLocal == nil {
			o.absent(n, field)
		}
		return nil, nil
	}
	errUTC.fail(o, twin, optional)
	errLocal.fail(o, field, optional)
	if !mu.there {
		at, exists := o.r.zone(zones.of(ml.micros)).instant(ml.micros)
		if !exists {
			o.fail(n, reservation.ReasonLocalTime, field, "a local time that the restaurant's zone has")
			return nil, nil
		}
		return o.r.Arena.Int(at), o.r.Arena.Int(ml.micros)
	}
	wall := o.r.zone(zones.at(mu.micros)).local(mu.micros)
	// To the second: that both are written with the same fraction is documented nowhere.
	if ml.there && floorDiv(wall, 1e6) != floorDiv(ml.micros, 1e6) {
		o.fail(n, reservation.ReasonLocalTime, field, "the local time of "+twin+" in the restaurant's zone")
		if n == required {
			return nil, nil
		}
	}
	return o.r.Arena.Int(mu.micros), o.r.Arena.Int(wall)
}

// half is one of two twins.
type half struct {
	micros int64
	there  bool
}

var (
	noUTC     = &wrong{reservation.ReasonTime, "a time in UTC, as 2026-03-27T18:30:00Z"}
	noLocal   = &wrong{reservation.ReasonTime, "a local time without offset, as 2026-03-27T18:30:00"}
	beforeAll = &wrong{reservation.ReasonRange, "a time since 1970"}
)

// half reads one of two twins. A time in UTC may lack its Z, as OpenTable's webhooks have it.
func (o *Object) half(place int, inUTC bool) (half, *wrong) {
	b, w := o.look(place)
	if b == nil {
		return half{}, w
	}
	m, ok := parseTime(b)
	switch {
	case inUTC && !ok:
		return half{}, noUTC
	case !inUTC && (!ok || m.zoned):
		return half{}, noLocal
	case m.utc() < 0:
		return half{}, beforeAll
	}
	return half{m.utc(), true}, nil
}

// Amount reads a whole number of 1/denominator of a currency's major unit, in ten-thousandths of that unit; nil where it is
// absent, null or noted. Without a denominator (0) only the amount 0 has a meaning. What four decimals cannot hold is rounded to
// the digits of the currency's minor unit, and noted.
func (o *Object) Amount(field string, denominator int64, digits int) *int64 {
	const whole = 1<<63 - 1
	n, ok := o.Int(field, -whole, whole)
	if !ok {
		return nil
	}
	if n == 0 {
		return o.r.Arena.Int(0)
	}
	if denominator <= 0 {
		o.Note(reservation.ReasonMoney, field, "an amount with a positive currency denominator")
		return nil
	}
	amount, exact, fits := divide(n, denominator, digits)
	return o.amount(field, amount, exact, fits, toDigits)
}

// Decimal reads a plain number; nil where it is absent, null or noted. With shift 0 it is taken as major units (12.5 is 125000
// ten-thousandths), with shift -2 as hundredths of them. What four decimals cannot hold is rounded as by Amount.
func (o *Object) Decimal(field string, shift, digits int) *int64 {
	return o.decimal(field, shift, digits, toDigits)
}

// Number reads a plain number that is no amount; what four decimals cannot hold is rounded to them, and noted.
func (o *Object) Number(field string) *int64 {
	return o.decimal(field, 0, places, "rounded to four decimals")
}

const toDigits = "rounded to the currency's digits"

func (o *Object) decimal(field string, shift, decimals int, rule string) *int64 {
	x := o.get(field, optional)
	if x == nil {
		return nil
	}
	n, number, exact, fits := int64(0), false, false, false
	if x.typ == TypeNumber {
		n, number, exact, fits = parseDecimal(o.r.fields.raw(x), shift, decimals)
	}
	if !number {
		o.Note(reservation.ReasonType, field, "a number")
		return nil
	}
	return o.amount(field, n, exact, fits, rule)
}

func (o *Object) amount(field string, n int64, exact, fits bool, rule string) *int64 {
	switch {
	case !fits:
		o.Note(reservation.ReasonRange, field, "below 100,000,000,000,000 in the currency's major unit")
		return nil
	case !exact:
		o.Note(reservation.ReasonMoney, field, rule)
	}
	return o.r.Arena.Int(n)
}

func (r *Reader) zone(loc *time.Location) *zone {
	if r.near != nil && r.near.loc == loc {
		return r.near
	}
	if r.zones == nil {
		r.zones = map[*time.Location]*zone{}
	}
	z, ok := r.zones[loc]
	if !ok {
		z = newZone(loc)
		r.zones[loc] = z
	}
	r.near = z
	return z
}
