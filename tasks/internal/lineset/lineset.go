// Package lineset is a set of line numbers: verify and the quarantine's list know by it which lines they met. Start with New.
package lineset

import "math/bits"

// Set is a set of lines. It takes a bit for each of 64 lines that follow each other, where one of them is in it: what a set takes
// follows from what is in it, and not from how high a line's number is, which may come from a forged row.
type Set struct {
	last  int64
	words map[int64]uint64
}

// New returns an empty set for lines from 1 to last.
func New(last int64) *Set { return &Set{last, map[int64]uint64{}} }

// Add adds a line. One that the set is not for is passed over, since a line's number may come from a broken row.
func (s *Set) Add(line int64) {
	if line < 1 || line > s.last {
		return
	}
	s.words[line/64] |= 1 << (line % 64)
}

// Has reports whether a line is in the set.
func (s *Set) Has(line int64) bool { return line >= 1 && s.words[line/64]&(1<<(line%64)) != 0 }

// Len returns how many lines are in the set.
func (s *Set) Len() (n int64) {
	for _, w := range s.words {
		n += int64(bits.OnesCount64(w))
	}
	return n
}
