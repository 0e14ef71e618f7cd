package record

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,8})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		shift := rapid.SampledFrom([]int{0, -2}).Draw(t, "shift")
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("big.Rat refuses %q", text)
		}
		want.Mul(want, big.NewRat(10_000, 1))
		if shift == -2 {
			want.Quo(want, big.NewRat(100, 1))
		}
		limit := new(big.Rat).SetInt64(maxAmount)
		n, number, exact, fits := parseDecimal([]byte(text), shift)
		if !number {
			t.Fatalf("%q: not read as a number", text)
		}
		wantFits := new(big.Rat).Abs(want).Cmp(limit) < 0
		switch {
		case !want.IsInt() && exact && fits:
			t.Fatalf("%q: %v is not whole, got %d", text, want, n)
		case want.IsInt() && wantFits && (!exact || !fits || new(big.Rat).SetInt64(n).Cmp(want) != 0):
			t.Fatalf("%q: got %d exact=%v fits=%v, want %v", text, n, exact, fits, want)
		case !wantFits && exact && fits:
			t.Fatalf("%q: beyond the limit, got %d", text, n)
		}
	})
}

func TestDivideIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64().Draw(t, "amount")
		denominator := rapid.OneOf(rapid.SampledFrom([]int64{1, 10, 100, 1000, 3, 7}),
			rapid.Int64Range(1, 1<<62)).Draw(t, "denominator")
		want := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(amount), big.NewInt(10_000)), big.NewInt(denominator))
		n, exact, fits := divide(amount, denominator)
		wantFits := new(big.Rat).Abs(want).Cmp(new(big.Rat).SetInt64(maxAmount)) < 0
		if fits != wantFits {
			t.Fatalf("%d/%d: fits %v, want %v", amount, denominator, fits, wantFits)
		}
		if fits && (exact != want.IsInt() || exact && new(big.Rat).SetInt64(n).Cmp(want) != 0) {
			t.Fatalf("%d/%d: got %d exact %v, want %v", amount, denominator, n, exact, want)
		}
	})
}

func TestParseInt(t *testing.T) {
	for text, want := range map[string]struct {
		n           int64
		whole, fits bool
	}{
		"0": {0, true, true}, "-7": {-7, true, true}, "9223372036854775807": {1<<63 - 1, true, true},
		"9223372036854775808": {0, true, false}, "007": {0, false, false}, "1.0": {0, false, false},
		"1e3": {0, false, false}, "-": {0, false, false}, "": {0, false, false},
	} {
		n, whole, fits := parseInt([]byte(text))
		if whole != want.whole || fits != want.fits || fits && n != want.n {
			t.Errorf("%q: got %d %v %v, want %+v", text, n, whole, fits, want)
		}
	}
}
