package probe

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/currency"
)

// TestMoneyUnit: the unit is told by fractions, or by what a cover spends where one unit is plausible and the other absurd.
// Spends are a bistro's, a café's and a fine restaurant's, in their countries' money.
func TestMoneyUnit(t *testing.T) {
	bills := func(code string, covers float64, totals ...string) (list []spend) {
		for _, total := range totals {
			list = append(list, spend{json.Number(total), covers, code})
		}
		return list
	}
	for name, c := range map[string]struct {
		bills []spend
		value string
		sure  Sure
	}{
		"euros with cents":          {bills("EUR", 2, "86.5", "120", "64.2"), "major", Certain},
		"whole euros, few":          {bills("EUR", 2, "86", "120", "64"), "major", Likely},
		"whole euros, many":         {bills("EUR", 2, slices.Repeat([]string{"86"}, 10)...), "major", Certain},
		"cents, few":                {bills("EUR", 2, "8650", "12000", "6420"), "minor", Likely},
		"cents, many":               {bills("EUR", 2, slices.Repeat([]string{"8650"}, 12)...), "minor", Certain},
		"a fine restaurant's euros": {bills("EUR", 2, "480", "520", "610"), "", Unsettled},
		"a fine restaurant's cents": {bills("EUR", 2, "48000", "52000", "61000"), "minor", Likely},
		"a café's euros":            {bills("EUR", 2, "14", "22", "9"), "major", Likely},
		"a café's cents":            {bills("EUR", 2, "1400", "2200", "900"), "minor", Likely},
		"written 86.0":              {bills("EUR", 2, "86.0", "120.0", "64.0"), "major", Likely},
		"cents as sums of binary fractions": {bills("EUR", 2, "8650.000000000001", "11999.999999999998", "6420"), "minor",
			Likely},
		"yen":               {bills("JPY", 2, "12000", "9800", "7600"), "major", Certain},
		"dinars with fils":  {bills("KWD", 2, "28.500", "31.250", "19.750"), "major", Certain},
		"fils":              {bills("KWD", 2, "28500", "31250", "19750"), "minor", Likely},
		"forints":           {bills("HUF", 2, "32000", "28500", "41000"), "major", Likely},
		"hundredth forints": {bills("HUF", 2, "3200000", "2850000", "4100000"), "minor", Likely},
		"none":              {nil, "", Unsettled},
		"nothing paid":      {bills("EUR", 2, "0", "0"), "", Unsettled},
		"no covers":         {bills("EUR", 0, "86.5"), "", Unsettled},
	} {
		value, sure, why := moneyUnit(c.bills, func(code string) int {
			digits, _ := currency.Digits(code)
			return digits
		})
		if value != c.value || sure != c.sure || why == "" {
			t.Errorf("%s: %q, %s (%s), want %q, %s", name, value, sure, why, c.value, c.sure)
		}
	}
}

func TestDirection(t *testing.T) {
	for text, want := range map[string]string{
		"a b c d e": "ascending", "e d c b a": "descending", "a c b d e": "", "a b c d": "", "a a a a a": equal,
		"a a a a a a a a b b c": "ascending", "a a b b b": equal, "a b a b a": "",
	} {
		if got := direction(strings.Fields(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := direction([]string{"a", "", "c", "d", "e"}); got != "" {
		t.Errorf("a field that is missing somewhere: %q", got)
	}
}

func TestForms(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-28": "date", "2026-03-28T10:00:00Z": "instant, utc", "2026-03-28T10:00:00.123Z": "instant, utc",
		"2026-03-28t10:00:00z": "instant, utc", "2026-03-28T10:00:00+02:00": "instant, offset",
		"2026-03-28T10:00:00.123+0200": "instant, offset", "2026-03-28 10:00:00": "instant without zone", "28.03.2026": "other",
	} {
		if got := timeForm(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for id, want := range map[string]string{
		"1001-5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101": "uuid", "5F0C2A54-9F3B-4B66-8D7E-2F5A0C1D0101": "uuid",
		"2200417-64ac17f2b93d05e86a41cc7d": "hex", "64ac17f2b93d05e86a41cc7d": "hex", "rsv_1": "other",
	} {
		if got := idForm(id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	for state, want := range map[string]string{"AllArrived": "joined", "All Arrived": "spaced", "Partially Seated": "spaced",
		"Done": "", "NoShow": "", "No Show": "spaced"} {
		if got := stateForm(state); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
}
