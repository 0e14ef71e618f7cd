package verify

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"covers/tasks/internal/lake"
)

// blockLines is how many lines share a sum. With it some tens of KiB are kept of a million rows.
const blockLines = 1024

// sum is a sum of marks modulo 2^128, whatever their order.
type sum struct {
	rows     int64
	low, top uint64
}

// sums is a set of rows of one reading and kind: how many there are, and sums of their marks by block of lines.
type sums struct {
	rows   int64
	blocks map[int64]sum
}

func (s *sums) add(line int64, m mark) {
	if s.blocks == nil {
		s.blocks = map[int64]sum{}
	}
	s.rows++
	b := s.blocks[blockOf(line)]
	var carry uint64
	b.low, carry = bits.Add64(b.low, binary.LittleEndian.Uint64(m[:8]), 0)
	b.top, _ = bits.Add64(b.top, binary.LittleEndian.Uint64(m[8:]), carry)
	b.rows++
	s.blocks[blockOf(line)] = b
}

func blockOf(line int64) int64 { return int64(math.Floor(float64(line-1) / blockLines)) }

// differs returns the first block in which two sets of rows are not the same.
func (s *sums) differs(other *sums) (block int64, ok bool) {
	var blocks []int64
	for b, rows := range s.blocks {
		if other.blocks[b] != rows {
			blocks = append(blocks, b)
		}
	}
	for b := range other.blocks {
		if _, there := s.blocks[b]; !there {
			blocks = append(blocks, b)
		}
	}
	if blocks == nil {
		return 0, false
	}
	return slices.Min(blocks), true
}

// contribution is what a reading brings, by kind of row.
type contribution struct {
	as, later map[string]*sums // as it is, and as the warehouse is to have it
	unerased  int64            // the first line whose request to forget a guest the warehouse does not know; 0: none
}

func newContribution() *contribution {
	c := &contribution{as: map[string]*sums{}, later: map[string]*sums{}}
	for _, kind := range rowKinds {
		c.as[kind], c.later[kind] = &sums{}, &sums{}
	}
	return c
}

func (c *contribution) add(kind string, r seenRow) {
	c.as[kind].add(r.line, r.mark)
	c.later[kind].add(r.line, r.later)
	if kind == lake.KindErasure && !r.erased && (c.unerased == 0 || r.line < c.unerased) {
		c.unerased = r.line
	}
}
