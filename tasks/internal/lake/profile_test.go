package lake

import (
	"strings"
	"testing"
)

// A profile that counts more than there is cannot be true; one that is missing is an older program's.
func TestProfilesAreChecked(t *testing.T) {
	p := func(change func(*KindProfile)) *Profile {
		k := KindProfile{
			Rows: 7, Known: map[string]int64{"customer_id": 7}, Values: map[string]map[string]int64{"status": {"booked": 7}},
			Spend: &SpendProfile{Rows: 7, Covers: 20, Total: 100},
		}
		change(&k)
		return &Profile{Kinds: map[string]KindProfile{"reservation": k}}
	}
	for want, profile := range map[string]*Profile{
		"":                                 nil,
		" ":                                p(func(*KindProfile) {}),
		"8 rows of 7 accepted":             p(func(k *KindProfile) { k.Rows = 8 }),
		"customer_id: 8 of 7 rows":         p(func(k *KindProfile) { k.Known["customer_id"] = 8 }),
		"values.status.booked: -1 of 7":    p(func(k *KindProfile) { k.Values["status"]["booked"] = -1 }),
		"reservation.spend":                p(func(k *KindProfile) { k.Spend.Rows = 8 }),
		"profile.guest: 1 rows of 0":       {Kinds: map[string]KindProfile{"guest": {Rows: 1}}},
		"profile.reservation: -1 rows of ": p(func(k *KindProfile) { k.Rows = -1 }),
	} {
		id := readingAt(0)
		result, processed := aResult(id), aProcessed(t)
		result.Profile, processed.Inputs[0].Profile = profile, profile
		for _, problems := range [][]string{result.problems(ResultKey(id, result.Input, result.Rank)),
			processed.problems(ProcessedKey(processed.Day, processed.Inputs))} {
			got := strings.Join(problems, "; ")
			if want = strings.TrimSpace(want); (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("want %q, got %q", want, got)
			}
		}
	}
}
