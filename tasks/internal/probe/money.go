package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// spend is one bill.
type spend struct {
	total    json.Number
	covers   float64
	currency string
}

// perEuro is about what a euro is in other currencies, as far as a factor of ten matters; others are taken for alike. Rates of
// 2026, rounded.
var perEuro = map[string]float64{
	"JPY": 160, "KRW": 1500, "HUF": 400, "CZK": 25, "SEK": 11, "NOK": 11.5, "DKK": 7.5, "PLN": 4.3, "TRY": 45, "THB": 38,
	"MXN": 21, "ARS": 1500, "CLP": 1050, "COP": 4700, "INR": 95, "IDR": 18000, "PHP": 65, "TWD": 35, "HKD": 9, "ZAR": 20,
	"AED": 4.2, "KWD": 0.35, "BHD": 0.43, "OMR": 0.44, "BRL": 6.2, "VND": 29000, "ISK": 145,
}

// usual is what a cover usually spends, in euros: the middle of what restaurants of all sorts take.
const usual = 40

// moneyUnit judges whether totals are in the currency's own unit or in its hundredths (digits of ISO 4217, as the caller says).
// A fraction settles it. Else the spend of a cover does, if it is nearer to what is usual in one of the two, clearly.
func moneyUnit(bills []spend, digits func(currency string) int) (value string, sure Sure, why string) {
	var covers []float64
	fractions := 0
	scale, reference := 1.0, 0.0
	for _, b := range bills {
		total, err := b.total.Float64()
		if err != nil || total <= 0 || b.covers <= 0 {
			continue
		}
		if math.Abs(total-math.Round(total)) > 0.001 { // less is what binary fractions leave of a whole number
			fractions++
		}
		rate := perEuro[b.currency]
		if rate == 0 {
			rate = 1
		}
		scale, reference = math.Pow10(digits(b.currency)), rate*usual
		covers = append(covers, total/b.covers)
	}
	if len(covers) == 0 {
		return "", Unsettled, "no bill among the records that were read"
	}
	slices.Sort(covers)
	median := covers[len(covers)/2]
	seen := fmt.Sprintf("%d bills, %d with a fraction", len(covers), fractions)
	if scale == 1 {
		return "major", Certain, seen + "; the currency has no smaller unit"
	}
	major, minor := math.Abs(math.Log(median/reference)), math.Abs(math.Log(median/(reference*scale)))
	switch {
	case fractions > 0:
		return "major", Certain, seen + ": hundredths have none"
	case major < minor && minor-major > 1:
		value, why = "major", seen+"; a cover's spend is plausible in whole units, and would be tiny in hundredths"
	case minor < major && major-minor > 1:
		value, why = "minor", seen+"; a cover's spend is plausible in hundredths, and would be huge in whole units"
	default:
		return "", Unsettled, seen + "; a cover's spend is between what is plausible in either"
	}
	if sure = Likely; len(covers) >= 10 {
		sure = Certain
	}
	return value, sure, why
}
