// Package rowhash says whether tables hold the same rows, whatever their order, that of their columns, and the engine that has
// them. Start with Hasher and Sum.
package rowhash

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"covers/tasks/internal/warehouse/engine"
)

// Hasher hashes the rows of one query.
type Hasher struct {
	omit  []string
	order []int // of the columns that are not left out, by name
	row   []byte
}

// New returns a hasher that leaves columns out.
func New(omit ...string) *Hasher { return &Hasher{omit: omit} }

// Row returns a row's hash. It is over the columns by name, so that their order does not matter.
func (h *Hasher) Row(names, types []string, values []any) [sha256.Size]byte {
	if h.order == nil {
		for i, n := range names {
			if !slices.Contains(h.omit, n) {
				h.order = append(h.order, i)
			}
		}
		slices.SortFunc(h.order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	}
	h.row = h.row[:0]
	for _, i := range h.order {
		h.row = append(append(h.row, names[i]...), '=')
		if values[i] != nil {
			v := engine.Text(types[i], values[i])
			h.row = append(append(strconv.AppendInt(h.row, int64(len(v)), 10), ':'), v...)
		}
		h.row = append(h.row, '\n')
	}
	return sha256.Sum256(h.row)
}

// Sum is a number of rows and the sum of their hashes modulo 2^256: the order of the rows does not matter, and how often each is
// there does.
type Sum struct {
	rows int64
	sum  [4]uint64
}

// Add adds a row.
func (m *Sum) Add(h [sha256.Size]byte) {
	var carry uint64
	for i := range m.sum {
		m.sum[i], carry = bits.Add64(m.sum[i], binary.LittleEndian.Uint64(h[8*i:]), carry)
	}
	m.rows++
}

// Rows is how many were added.
func (m *Sum) Rows() int64 { return m.rows }

func (m *Sum) String() string {
	return fmt.Sprintf("%d-%016x%016x%016x%016x", m.rows, m.sum[3], m.sum[2], m.sum[1], m.sum[0])
}
