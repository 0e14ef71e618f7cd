package reading

import (
	"maps"
	"slices"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/source"
)

func TestEachPlatformCanBeRead(t *testing.T) {
	if got := slices.Sorted(maps.Keys(openers)); !slices.Equal(got, platforms.Names()) {
		t.Errorf("%v can be read, and %v are known", got, platforms.Names())
	}
}

func TestAPlatformThatCannotBeReadIsADefect(t *testing.T) {
	_, err := Open(Options{Source: source.Source{Platform: "nobody's"}, MaxSweeps: 2, InFlight: 1})
	if err == nil || fault.KindOf(err) != fault.Defect {
		t.Errorf("got %v, want a defect", err)
	}
}
