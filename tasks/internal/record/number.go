package record

import (
	"math"
	"math/bits"
)

// maxAmount bounds DECIMAL(18,4): amounts are below it, in ten-thousandths.
const maxAmount = 1_000_000_000_000_000_000

// places is how many decimals an amount has.
const places = 4

// parseInt reads a JSON number whose value is whole, however it is written: 4, 4.0 and 40e-1 are one number (JSON Schema 2020-12
// validation, 6.1.1: an integer is any number with a zero fractional part). fits is false where it is beyond int64.
func parseInt(b []byte) (n int64, whole, fits bool) {
	d := b
	negative := len(d) > 0 && d[0] == '-'
	if negative {
		d = d[1:]
	}
	if len(d) == 0 || len(d) > 18 || d[0] == '0' && len(d) > 1 {
		return parseWhole(b)
	}
	for _, c := range d {
		if c < '0' || c > '9' {
			return parseWhole(b)
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true, true
}

// parseWhole does what parseInt does, for the numbers that are not written the short way.
func parseWhole(b []byte) (n int64, whole, fits bool) {
	var room [32]byte
	d, ok := parseNumber(b, room[:0])
	if !ok || d.lost(0) {
		return 0, false, false
	}
	u, fits := d.scaled(0)
	switch {
	case !fits:
	case d.negative && u <= 1<<63:
		return int64(-u), true, true
	case !d.negative && u <= math.MaxInt64:
		return int64(u), true, true
	}
	return 0, true, false
}

// decimal is a number: its digits, without leading zeros, times 10^exponent.
type decimal struct {
	negative bool
	digits   []byte
	exponent int
}

// maxExponent is beyond whatever could make a number out of the digits that a record can have.
const maxExponent = 1 << 24

// parseNumber reads a JSON number (RFC 8259, section 6). digits is room for its digits.
func parseNumber(b, digits []byte) (d decimal, ok bool) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		d.negative, i = true, 1
	}
	run := func() (from, to int) {
		from = i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return from, i
	}
	from, to := run()
	if from == to || to-from > 1 && b[from] == '0' {
		return d, false
	}
	digits = append(digits, b[from:to]...)
	if i < len(b) && b[i] == '.' {
		i++
		if from, to = run(); from == to {
			return d, false
		}
		digits = append(digits, b[from:to]...)
		d.exponent = from - to
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		sign := 1
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			if b[i] == '-' {
				sign = -1
			}
			i++
		}
		if from, to = run(); from == to {
			return d, false
		}
		e := 0
		for _, c := range b[from:to] {
			e = min(e*10+int(c-'0'), maxExponent)
		}
		d.exponent += sign * e
	}
	if i != len(b) {
		return d, false
	}
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	d.digits = digits
	return d, true
}

// lost reports whether a number with so many decimals could not say what d says.
func (d decimal) lost(decimals int) bool {
	for i := len(d.digits); i > 0 && i > len(d.digits)+d.exponent+decimals; i-- {
		if d.digits[i-1] != '0' {
			return true
		}
	}
	return false
}

// scaled returns the absolute value in units of 10^-decimals, rounded half away from zero; fits is false where it has more than
// 19 digits.
func (d decimal) scaled(decimals int) (n uint64, fits bool) {
	keep := len(d.digits) + d.exponent + decimals // digits before the point, in those units
	switch {
	case len(d.digits) == 0:
		return 0, true
	case keep > 19:
		return 0, false
	}
	for i := range keep {
		n *= 10
		if i < len(d.digits) {
			n += uint64(d.digits[i] - '0')
		}
	}
	if keep >= 0 && keep < len(d.digits) && d.digits[keep] >= '5' {
		n++
	}
	return n, true
}

// parseDecimal reads a JSON number as ten-thousandths times 10^shift, exactly: no binary fraction comes near an amount. exact is
// false where four decimals cannot hold it: then it is rounded to decimals of them. fits is false where the amount is beyond
// DECIMAL(18,4).
func parseDecimal(b []byte, shift, decimals int) (n int64, number, exact, fits bool) {
	var room [32]byte
	d, ok := parseNumber(b, room[:0])
	if !ok {
		return 0, false, false, false
	}
	d.exponent += shift
	exact = !d.lost(places)
	if exact {
		decimals = places
	}
	u, ok := d.scaled(decimals)
	if n, fits = ofUnits(u, decimals); !ok || !fits {
		return 0, true, exact, false
	}
	if d.negative {
		n = -n
	}
	return n, true, exact, true
}

// ofUnits turns units of 10^-decimals into ten-thousandths.
func ofUnits(u uint64, decimals int) (n int64, fits bool) {
	for ; decimals < places; decimals++ {
		if u >= maxAmount/10 {
			return 0, false
		}
		u *= 10
	}
	return int64(u), u < maxAmount
}

// divide returns amount/denominator in ten-thousandths. exact is false where four decimals cannot hold it: then it is rounded to
// decimals of them, half away from zero. fits is false where it is beyond DECIMAL(18,4).
func divide(amount, denominator int64, decimals int) (n int64, exact, fits bool) {
	a, d := uint64(amount), uint64(denominator)
	if amount < 0 {
		a = -a
	}
	hi, lo := bits.Mul64(a, 10_000)
	if hi >= d {
		return 0, true, false
	}
	u, rest := bits.Div64(hi, lo, d)
	exact = rest == 0
	if !exact {
		unit := uint64(1)
		for range decimals {
			unit *= 10
		}
		hi, lo = bits.Mul64(a, unit)
		u, rest = bits.Div64(hi, lo, d)
		if rest >= d-rest {
			u++
		}
	} else {
		decimals = places
	}
	n, fits = ofUnits(u, decimals)
	if amount < 0 {
		n = -n
	}
	return n, exact, fits
}
