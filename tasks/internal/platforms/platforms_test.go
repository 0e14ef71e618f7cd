package platforms

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/record"
	"covers/tasks/internal/source"
)

func TestAnUnknownPlatformIsADefect(t *testing.T) {
	if m, err := NewMapper(source.Source{Platform: "nobody's"}, nil, new(record.Reader)); m != nil ||
		fault.KindOf(err) != fault.Defect {
		t.Errorf("got the mapper %T and %v, want a defect", m, err)
	}
	if _, err := Choose(map[string]int{"opentable": 1}, "nobody's"); fault.KindOf(err) != fault.Defect || err == nil {
		t.Errorf("got %v, want a defect", err)
	}
}

func TestEachPlatformHasAMapperAndAName(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Errorf("%v are not sorted", Names())
	}
	for _, p := range All {
		m, err := NewMapper(source.Source{Platform: p.Name}, nil, new(record.Reader))
		if m == nil || err != nil {
			t.Errorf("%s: got the mapper %v and %v", p.Name, m, err)
		}
		if Written(p.Name) != p.Written || p.Written == "" {
			t.Errorf("%s: is written %q", p.Name, Written(p.Name))
		}
	}
	if got := Written("nobody's"); got != "nobody's" {
		t.Errorf("a platform of a newer program is written %q", got)
	}
}

// restaurants.yaml may name each platform of the table, and no other.
func TestTheRegistryKnowsEachPlatform(t *testing.T) {
	for _, name := range append(Names(), "nobody's") {
		path := filepath.Join(t.TempDir(), "restaurants.yaml")
		text := "version: 1\nplatforms:\n  " + name + ": {api_url: https://x, auth_url: https://x, credential: x,\n" +
			"    page_size: 1, requests_per_second: 1, money_unit: major}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := source.Load(path); (err == nil) != slices.Contains(Names(), name) {
			t.Errorf("%s: the registry says %v, and the table has %v", name, err, Names())
		}
	}
}
