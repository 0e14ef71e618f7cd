// Package currency knows how many digits behind the decimal point a currency's minor unit has, by ISO 4217.
package currency

import "github.com/bojanz/currency"

// withdrawn are currencies that ISO's list of current ones (list one, which the library has) no longer names: amounts of older
// days still are in them. They are from ISO's list of historic denominations (list three), those withdrawn since 2010, with the
// digits they had in list one: https://www.six-group.com/en/products-services/financial-information/data-standards.html.
var withdrawn = map[string]int{
	"EEK": 2, "LVL": 2, "LTL": 2, "HRK": 2, "BGN": 2, // to the euro
	"ANG": 2, "BYR": 0, "CUC": 2, "MRO": 2, "SLL": 2, "STD": 2, "VEF": 2, "ZMK": 2, "ZWL": 2,
}

// Digits returns how many digits the minor unit of a currency has, and whether ISO 4217 knows the code as a currency with a minor
// unit (gold and test codes have none). A currency that was withdrawn has those it had.
func Digits(code string) (digits int, known bool) {
	if n, ok := currency.GetDigits(code); ok {
		return int(n), true
	}
	digits, known = withdrawn[code]
	return digits, known
}

// Places returns how many digits amounts of a currency have behind the decimal point: Digits, and four, the most that ISO 4217
// has, for a code that it does not know.
func Places(code string) int {
	if n, known := Digits(code); known {
		return n
	}
	return 4
}
