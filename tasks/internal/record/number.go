package record

import (
	"math/bits"
	"strconv"
)

// maxAmount bounds DECIMAL(18,4): amounts are below it, in ten-thousandths.
const maxAmount = 1_000_000_000_000_000_000

// parseInt reads a JSON number that is a whole number without fraction or exponent.
func parseInt(b []byte) (n int64, whole, fits bool) {
	d := b
	if len(d) > 0 && d[0] == '-' {
		d = d[1:]
	}
	if len(d) == 0 || (len(d) > 1 && d[0] == '0') {
		return 0, false, false
	}
	for _, c := range d {
		if c < '0' || c > '9' {
			return 0, false, false
		}
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, true, err == nil
}

// parseDecimal reads a JSON number as ten-thousandths times 10^shift, exactly: no binary fraction comes near an amount.
// exact is false where digits would be lost, fits where the amount is beyond DECIMAL(18,4).
func parseDecimal(b []byte, shift int) (n int64, number, exact, fits bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		negative, i = true, 1
	}
	var digs []byte
	exponent := 4 + shift
	start := i
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		digs = append(digs, b[i])
	}
	if i == start || (i-start > 1 && b[start] == '0') {
		return 0, false, false, false
	}
	if i < len(b) && b[i] == '.' {
		i++
		start = i
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			digs = append(digs, b[i])
			exponent--
		}
		if i == start {
			return 0, false, false, false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		e, err := strconv.Atoi(string(b[i+1:]))
		if err != nil || e > 1000 || e < -1000 {
			return 0, err == nil, false, false
		}
		exponent += e
		i = len(b)
	}
	if i != len(b) {
		return 0, false, false, false
	}
	n, exact, fits = scaled(digs, exponent)
	if negative {
		n = -n
	}
	return n, true, exact, fits
}

// scaled returns the number of some digits times 10^exponent. exact is false where digits would be lost, fits where the number is
// beyond DECIMAL(18,4).
func scaled(digs []byte, exponent int) (n int64, exact, fits bool) {
	for len(digs) > 0 && digs[0] == '0' {
		digs = digs[1:]
	}
	for ; exponent < 0 && len(digs) > 0; exponent++ {
		if digs[len(digs)-1] != '0' {
			return 0, false, true
		}
		digs = digs[:len(digs)-1]
	}
	if len(digs) == 0 {
		return 0, true, true
	}
	if len(digs)+exponent > 18 {
		return 0, true, false
	}
	for _, c := range digs {
		n = n*10 + int64(c-'0')
	}
	for ; exponent > 0; exponent-- {
		n *= 10
	}
	return n, true, true
}

// divide returns amount/denominator in ten-thousandths: exact is false where four decimals cannot hold it, fits where it is
// beyond DECIMAL(18,4).
func divide(amount, denominator int64) (n int64, exact, fits bool) {
	negative := amount < 0
	a := uint64(amount)
	if negative {
		a = -a
	}
	hi, lo := bits.Mul64(a, 10_000)
	if hi >= uint64(denominator) {
		return 0, true, false
	}
	q, rem := bits.Div64(hi, lo, uint64(denominator))
	if q >= maxAmount {
		return 0, true, false
	}
	n = int64(q)
	if negative {
		n = -n
	}
	return n, rem == 0, true
}
