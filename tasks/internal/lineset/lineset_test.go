package lineset

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestSet holds a set against a map.
func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.Int64Range(0, 300).Draw(t, "last")
		s, want := New(last), map[int64]bool{}
		for _, line := range rapid.SliceOf(rapid.Int64Range(-3, 310)).Draw(t, "lines") {
			s.Add(line)
			if line >= 1 && line <= last {
				want[line] = true
			}
		}
		for line := int64(-130); line < 400; line++ {
			if s.Has(line) != want[line] {
				t.Fatalf("line %d: %t", line, s.Has(line))
			}
		}
		if s.Len() != int64(len(want)) {
			t.Fatalf("%d lines, want %d", s.Len(), len(want))
		}
	})
}

// TestAFarLineTakesNoMemory: a forged row's number must not make the set grow, within what the set is for or beyond it.
func TestAFarLineTakesNoMemory(t *testing.T) {
	s := New(math.MaxInt64)
	for _, line := range []int64{1, 1 << 40, 1<<50 - 1, math.MaxInt64} {
		s.Add(line)
		if !s.Has(line) {
			t.Errorf("line %d is not in it", line)
		}
	}
	if len(s.words) != 4 || s.Len() != 4 {
		t.Errorf("%d words for four lines", len(s.words))
	}
	s = New(10)
	for _, line := range []int64{math.MinInt64, -1, 0, 11, math.MaxInt64} {
		s.Add(line)
	}
	if len(s.words) != 0 || s.Has(math.MaxInt64) || s.Has(math.MinInt64) {
		t.Errorf("%+v", s)
	}
}
