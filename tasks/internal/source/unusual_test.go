package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
)

// withUnusual loads the repository's registry with days of the first restaurant and of the account that are unusual.
func withUnusual(t *testing.T, days string) (*Registry, error) {
	t.Helper()
	text, err := os.ReadFile("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "    name: Covers London\n", "    name: Covers London\n    unusual: "+days+"\n", 1)
	changed = strings.Replace(changed, "    platform: thefork\n", "    platform: thefork\n    unusual: {2026-05-01: account}\n",
		1)
	path := filepath.Join(t.TempDir(), "restaurants.yaml")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func TestUnusualDays(t *testing.T) {
	r, err := withUnusual(t, "{2026-12-25: closed, 2026-03-01..2026-03-03: rebuilding}")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ source, day, why string }{
		{"opentable/101", "2026-12-25", "closed"}, {"thefork/101", "2026-12-25", "closed"}, {"opentable/101", "2026-12-26", ""},
		{"opentable/101", "2026-02-28", ""}, {"opentable/101", "2026-03-01", "rebuilding"},
		{"opentable/101", "2026-03-03", "rebuilding"},
		{"opentable/101", "2026-03-04", ""}, {"opentable/102", "2026-12-25", ""}, {"thefork/group-main", "2026-05-01", "account"},
	} {
		s, err := r.Source(c.source)
		if err != nil {
			t.Fatal(err)
		}
		if why, unusual := s.UnusualOn(c.day); why != c.why || unusual != (c.why != "") {
			t.Errorf("%s on %s: %q, %v", c.source, c.day, why, unusual)
		}
	}
	for days, says := range map[string]string{
		"{yesterday: closed}": "want a day", "{2026-02-30: closed}": "want a day",
		"{2026-03-03..2026-03-01: closed}": "ends before it begins",
		"{2026-03-01..: closed}":           "want a day", "{2026-12-25: }": "say why", "[2026-12-25]": "cannot unmarshal",
		"{2026-12-25: a, 2026-12-25: b}": "already defined",
	} {
		if _, err := withUnusual(t, days); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", days, err)
		}
	}
}

// That a day is unusual changes no row: settings under a rank stay what they are.
func TestUnusualDaysAreNoSetting(t *testing.T) {
	a, errA := withUnusual(t, "{2026-12-25: closed}")
	b, errB := withUnusual(t, "{2026-12-26: closed}")
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for i := range a.Sources {
		x, y := a.Sources[i].Settings(), b.Sources[i].Settings()
		for name := range x {
			if x[name] != y[name] {
				t.Errorf("%s: %s differs", a.Sources[i].ID, name)
			}
		}
	}
}
