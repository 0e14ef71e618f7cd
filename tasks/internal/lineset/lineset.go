// Package lineset is a set of line numbers, one bit each: verify and the quarantine's list know by it which lines they met. Start
// with New.
package lineset

import "math/bits"

// Set is a set of lines. It takes a bit for each line up to the highest that is in it, however many there may be.
type Set struct {
	last  int64
	words []uint64
}

// New returns an empty set for lines from 1 to last.
func New(last int64) *Set { return &Set{last: last} }

// Add adds a line. One that the set is not for is passed over, since a line's number may come from a broken row.
func (s *Set) Add(line int64) {
	if line < 1 || line > s.last {
		return
	}
	if missing := int(line/64) + 1 - len(s.words); missing > 0 {
		s.words = append(s.words, make([]uint64, missing)...)
	}
	s.words[line/64] |= 1 << (line % 64)
}

// Has reports whether a line is in the set.
func (s *Set) Has(line int64) bool {
	return line >= 1 && line/64 < int64(len(s.words)) && s.words[line/64]&(1<<(line%64)) != 0
}

// Len returns how many lines are in the set.
func (s *Set) Len() (n int64) {
	for _, w := range s.words {
		n += int64(bits.OnesCount64(w))
	}
	return n
}
