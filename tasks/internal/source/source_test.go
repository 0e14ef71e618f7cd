package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/source"
)

func load(t *testing.T, text string) (*source.Registry, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "restaurants.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return source.Load(path)
}

func shipped(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestShippedRegistry(t *testing.T) {
	r, err := load(t, shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range r.Sources {
		ids = append(ids, s.ID)
	}
	want := "opentable/101 opentable/102 opentable/103 thefork/101 thefork/102 thefork/103 thefork/group-main"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s, err := r.Source("thefork/102")
	if err != nil || s.Location.String() != "Europe/Paris" || s.Currency != "EUR" || s.MoneyUnit != "major" ||
		s.Access.Credential != "thefork" {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := r.Source("opentable/9"); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "opentable/101") {
		t.Errorf("an unknown source: %v", err)
	}
}

func TestExpectedFollowsFromAndUntil(t *testing.T) {
	text := strings.Replace(shipped(t), "    from: 2026-01-01\n    revision: 1\n    opentable: {rid: 1001",
		"    from: 2026-02-01\n    until: 2026-03-01\n    revision: 1\n    opentable: {rid: 1001", 1)
	r, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2025-12-31": 0, "2026-01-31": 5, "2026-02-01": 7, "2026-03-01": 7, "2026-03-02": 5} {
		if got := len(r.Expected(day)); got != want {
			t.Errorf("%s: %d sources, want %d", day, got, want)
		}
	}
}

// Each mistake is refused with its place, and all mistakes of a file at once.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no time zone":       {"timezone: Europe/London", "timezone: ''", "restaurants[0] (id 101): timezone"},
		"unknown time zone":  {"timezone: Europe/London", "timezone: Europe/Londinium", "Londinium"},
		"the machine's zone": {"timezone: Europe/London", "timezone: Local", "timezone"},
		"currency":           {"currency: GBP", "currency: pounds", "currency"},
		"uuid":               {"2f5a0c1d0101}", "2f5a0c1d01}", "thefork.uuid"},
		"twice":              {"id: 102", "id: 101", "declared twice"},
		"revision":           {"revision: 1\n    opentable: {rid: 1001", "revision: 0\n    opentable: {rid: 1001", "revision"},
		"money unit":         {"money_unit: major", "money_unit: cents", "money_unit"},
		"unknown key":        {"name: Covers London", "nmae: Covers London", "nmae"},
		"version":            {"version: 1", "version: 2", "version"},
		"day":                {"from: 2026-01-01", "from: January", "from"},
		"page size":          {"page_size: 1000", "page_size: 0", "page_size"},
		"empty":              {shipped(t), "", "version"},
		"not YAML":           {"version: 1", "version: [", "read "},
	} {
		t.Run(name, func(t *testing.T) {
			text := shipped(t)
			if !strings.Contains(text, c.old) {
				t.Fatalf("the file has no %q", c.old)
			}
			_, err := load(t, strings.Replace(text, c.old, c.new, 1))
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a usage fault about %q", err, c.want)
			}
		})
	}
	_, err := load(t, strings.NewReplacer("Europe/London", "Nowhere", "currency: EUR", "currency: 5").Replace(shipped(t)))
	if err == nil || !strings.Contains(err.Error(), "timezone") || !strings.Contains(err.Error(), "currency") {
		t.Errorf("not all mistakes at once: %v", err)
	}
}

// One restaurant or account of a platform, read as two sources, would be counted twice; a source that ends before it begins
// would never be read. Each is said once, with its place, and all at once.
func TestOneIDOneSource(t *testing.T) {
	text := strings.NewReplacer(
		"rid: 1002", "rid: 1001", "2f5a0c1d0103}", "2f5a0c1d0101}",
		"name: Covers Paris", "name: Covers Paris\n    until: 2025-12-31",
	).Replace(shipped(t)) + "  - {id: group-two, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001,\n" +
		"     from: 2026-01-01, until: 2025-01-01, revision: 1}\n"
	_, err := load(t, text)
	if fault.KindOf(err) != fault.Usage {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"restaurants[1] (id 102): opentable: rid 1001 is that of restaurants[0] (id 101) already",
		"restaurants[2] (id 103): thefork: uuid 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101 is that of restaurants[0] (id 101) already",
		"accounts[1] (id group-two): group_uuid 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001 " +
			"is that of accounts[0] (id group-main) already",
		"restaurants[1] (id 102): until: 2025-12-31 is before from, 2026-01-01",
		"accounts[1] (id group-two): until: 2025-01-01 is before from, 2026-01-01",
	} {
		if n := strings.Count(err.Error(), want); n != 1 {
			t.Errorf("said %d times: %s\n%v", n, want, err)
		}
	}
	one := strings.Replace(shipped(t), "name: Covers Paris", "name: Covers Paris\n    until: 2026-01-01", 1)
	if _, err := load(t, one); err != nil {
		t.Errorf("one day is a span too: %v", err)
	}
}

// A record's epoch follows from when it changed, so that a restart leaves the records of before where they were.
func TestEpochFollowsTheRecord(t *testing.T) {
	r, err := load(t,
		strings.Replace(shipped(t), "{rid: 1001}",
			"{rid: 1001, sequence_restarts: [2026-03-01T00:00:00Z, 2026-04-01T08:00:00+02:00]}", 1))
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Source("opentable/101")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]int64{
		"2026-02-28T23:59:59Z": 1, "2026-03-01T00:00:00Z": 2, "2026-04-01T05:59:59Z": 2, "2026-04-01T06:00:00Z": 3,
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Epoch(when.UnixMicro()); got != want {
			t.Errorf("%s: epoch %d, want %d", at, got, want)
		}
	}
	if s.Settings()["restarts"] != "2026-03-01T00:00:00Z 2026-04-01T06:00:00Z" {
		t.Errorf("settings: %v", s.Settings())
	}
	_, err = load(t,
		strings.Replace(shipped(t), "{rid: 1001}", "{rid: 1001, sequence_restarts: [2026-04-01T00:00:00Z, 2026-03-01T00:00:00Z]}",
			1))
	if err == nil || !strings.Contains(err.Error(), "ascending") {
		t.Errorf("got %v", err)
	}
}

// The settings under a rank move with everything that changes how records map, and with nothing else.
func TestSettings(t *testing.T) {
	get := func(change ...string) map[string]string {
		r, err := load(t, strings.NewReplacer(change...).Replace(shipped(t)))
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Source("thefork/101")
		if err != nil {
			t.Fatal(err)
		}
		return s.Settings()
	}
	same := func(a, b map[string]string) bool {
		for k := range a {
			if a[k] != b[k] {
				return false
			}
		}
		return len(a) == len(b)
	}
	for _, change := range [][]string{
		{"Europe/London", "Europe/Dublin"}, {"currency: GBP", "currency: USD"}, {"money_unit: major", "money_unit: minor"},
		{"2f5a0c1d0101}", "2f5a0c1d0109}"},
	} {
		if same(get(), get(change...)) {
			t.Errorf("%v: the settings do not show it", change)
		}
	}
	for _, change := range [][]string{
		{"Covers London", "Another Name"}, {"page_size: 1000", "page_size: 10"}, {"overlap: 24h", "overlap: 48h"},
		{"until", "until"},
	} {
		if !same(get(), get(change...)) {
			t.Errorf("%v: changes no record, but the settings", change)
		}
	}
}

func FuzzLoad(f *testing.F) {
	b, err := os.ReadFile("../../../restaurants.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(b))
	f.Add("version: 1\nrestaurants: [{id: 1, timezone: UTC, currency: EUR, from: 2026-01-01, revision: 1, opentable: {rid: 1}}]")
	path := filepath.Join(f.TempDir(), "restaurants.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := source.Load(path)
		if err != nil {
			if fault.KindOf(err) != fault.Usage {
				t.Fatalf("not a usage fault: %v", err)
			}
			return
		}
		for _, s := range r.Sources {
			if s.RestaurantID != 0 && (s.Location == nil || s.Currency == "") || s.Revision < 1 {
				t.Fatalf("accepted: %+v", s)
			}
		}
	})
}
