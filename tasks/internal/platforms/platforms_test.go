package platforms

import (
	"slices"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/record"
	"covers/tasks/internal/source"
)

func TestAnUnknownPlatformIsADefect(t *testing.T) {
	if m, err := NewMapper(source.Source{Platform: "paper"}, nil, new(record.Reader)); m != nil || fault.KindOf(err) != fault.Defect {
		t.Errorf("got the mapper %T and %v, want a defect", m, err)
	}
	if _, err := Choose(map[string]int{"opentable": 1}, "paper"); fault.KindOf(err) != fault.Defect || err == nil {
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
	if got := Written("paper"); got != "paper" {
		t.Errorf("a platform of a newer program is written %q", got)
	}
}
