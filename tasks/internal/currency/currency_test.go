package currency_test

import (
	"testing"

	"covers/tasks/internal/currency"
)

// The exponents of ISO 4217's tables A.1 and A.3.
func TestDigits(t *testing.T) {
	for code, want := range map[string]int{
		"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "AED": 2, "MGA": 2, "HUF": 2, "LBP": 2,
		"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "UGX": 0, "XAF": 0, "XOF": 0, "XPF": 0, "RWF": 0, "PYG": 0,
		"KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3, "IQD": 3, "LYD": 3,
		"CLF": 4, "UYW": 4,
		"BGN": 2, "HRK": 2, "LTL": 2, "BYR": 0, "VEF": 2,
	} {
		if got, known := currency.Digits(code); got != want || !known {
			t.Errorf("%s: %d, %v, want %d", code, got, known, want)
		}
	}
	for _, code := range []string{"", "XAU", "XTS", "XXX", "eur", "EU", "EURO", "€", "ABC"} {
		if got, known := currency.Digits(code); known {
			t.Errorf("%q: %d, want no currency", code, got)
		}
	}
}
