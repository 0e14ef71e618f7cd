package record

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// rounded is a number rounded half away from zero to some decimals, in ten-thousandths (big.Rat rounds so).
func rounded(x *big.Rat, decimals int) *big.Rat {
	out, _ := new(big.Rat).SetString(x.FloatString(decimals))
	return out.Mul(out, big.NewRat(10_000, 1))
}

func TestParseDecimalIsExactOrRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		shift := rapid.IntRange(-4, 0).Draw(t, "shift")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		x, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("big.Rat refuses %q", text)
		}
		for range -shift {
			x.Quo(x, big.NewRat(10, 1))
		}
		want := new(big.Rat).Mul(x, big.NewRat(10_000, 1))
		wantExact := want.IsInt()
		if !wantExact {
			want = rounded(x, decimals)
		}
		wantFits := new(big.Rat).Abs(want).Cmp(new(big.Rat).SetInt64(maxAmount)) < 0
		n, number, exact, fits := parseDecimal([]byte(text), shift, decimals)
		if !number || exact != wantExact || fits != wantFits {
			t.Fatalf("%q: number %v, exact %v, fits %v, want %v", text, number, exact, fits, want)
		}
		if fits && new(big.Rat).SetInt64(n).Cmp(want) != 0 {
			t.Fatalf("%q: got %d, want %v", text, n, want)
		}
	})
}

func TestDivideIsExactOrRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64().Draw(t, "amount")
		denominator := rapid.OneOf(rapid.SampledFrom([]int64{1, 10, 100, 1000, 3, 7}),
			rapid.Int64Range(1, 1<<62)).Draw(t, "denominator")
		decimals := rapid.IntRange(0, 4).Draw(t, "decimals")
		x := new(big.Rat).SetFrac64(amount, denominator)
		want := new(big.Rat).Mul(x, big.NewRat(10_000, 1))
		wantExact := want.IsInt()
		if !wantExact {
			want = rounded(x, decimals)
		}
		n, exact, fits := divide(amount, denominator, decimals)
		wantFits := new(big.Rat).Abs(want).Cmp(new(big.Rat).SetInt64(maxAmount)) < 0
		if fits != wantFits {
			t.Fatalf("%d/%d: fits %v, want %v", amount, denominator, fits, wantFits)
		}
		if fits && (exact != wantExact || new(big.Rat).SetInt64(n).Cmp(want) != 0) {
			t.Fatalf("%d/%d: got %d exact %v, want %v", amount, denominator, n, exact, want)
		}
	})
}

// A whole number is one by its value (JSON Schema 2020-12 validation, 6.1.1), however it is written.
func TestParseInt(t *testing.T) {
	for text, want := range map[string]struct {
		n           int64
		whole, fits bool
	}{
		"0": {0, true, true}, "-7": {-7, true, true}, "9223372036854775807": {1<<63 - 1, true, true},
		"-9223372036854775808": {-1 << 63, true, true}, "4.0": {4, true, true}, "4e0": {4, true, true}, "40e-1": {4, true, true},
		"0.4E1": {4, true, true}, "1e+3": {1000, true, true}, "-0": {0, true, true}, "-0.0": {0, true, true},
		"0e99999999":                 {0, true, true},
		"5001.000000000000000000000": {5001, true, true}, "9223372036854775807.0": {1<<63 - 1, true, true},
		"9223372036854775808": {0, true, false}, "-9223372036854775809": {0, true, false},
		"99999999999999999999": {0, true, false},
		"1e19":                 {0, true, false}, "1e400": {0, true, false}, "1E99999999999999999999": {0, true, false},
		"4.5": {}, "1e-1": {}, "1e-400": {}, "5001.00000000000000000001": {}, "1e-99999999999999999999": {},
		"007": {}, "-": {}, "": {}, "4.": {}, ".5": {}, "1e": {}, "1e+": {}, "1e+-5": {}, "+4": {}, "4 ": {}, "NaN": {},
		"inf": {},
		"0x4": {}, "1_000": {}, "00": {}, "-01": {},
	} {
		n, whole, fits := parseInt([]byte(text))
		if whole != want.whole || fits != want.fits || fits && n != want.n {
			t.Errorf("%q: got %d %v %v, want %+v", text, n, whole, fits, want)
		}
	}
}

func TestParseIntAgreesWithTheRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		if rapid.Bool().Draw(t, "whole") { // few drawn ones are
			text = fmt.Sprintf("%d.0e0", rapid.Int64().Draw(t, "n"))
		}
		want, _ := new(big.Rat).SetString(text)
		n, whole, fits := parseInt([]byte(text))
		if whole != want.IsInt() || whole && fits != want.Num().IsInt64() || fits && n != want.Num().Int64() {
			t.Fatalf("%q: got %d %v %v", text, n, whole, fits)
		}
	})
}
