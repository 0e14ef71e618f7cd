package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// rowKinds are the kinds of rows that a reading contributes, in the order of their comparison.
var rowKinds = []string{reservation.KindReservation, reservation.KindCustomer, lake.KindAbsence, lake.KindErasure}

// mark is the hash of all that a row says: its place, when it was read, the digest it carries and its content.
type mark [16]byte

// seenRow is a row as it is compared.
type seenRow struct {
	reading string
	of      string // the kind of raw line: reservation or customer
	line    int64
	mark    mark
	later   mark // of what the warehouse makes of it, its guest having been erased or not
	sound   bool // the digest it carries is its content's
	erased  bool // its guest is to be forgotten
}

// hasher makes marks. It serves one goroutine.
type hasher struct {
	d      reservation.Digester
	buf    []byte
	erased map[warehouse.Subject]bool
}

func (h *hasher) mark(kind string, line, readAt int64, digest string, content []byte) mark {
	h.buf = append(append(h.buf[:0], kind...), 0)
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(line))
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(readAt))
	h.buf = append(append(append(h.buf, digest...), 0), content...)
	sum := sha256.Sum256(h.buf)
	return mark(sum[:16])
}

func (h *hasher) reservation(r *reservation.Reservation) seenRow {
	content := h.d.Reservation(r)
	out := seenRow{reading: r.Reading, of: reservation.KindReservation, line: r.Line, sound: string(content) == r.Digest}
	out.mark = h.mark(out.of, r.Line, r.ReadAt, r.Digest, content)
	out.later = out.mark
	if r.CustomerID != nil && h.erased[warehouse.Subject{Platform: r.Platform, CustomerID: *r.CustomerID}] {
		without := *r
		without.CustomerID = nil
		out.erased, out.later = true, h.mark(out.of, r.Line, r.ReadAt, "", h.d.Reservation(&without))
	}
	return out
}

func (h *hasher) customer(c *reservation.Customer) seenRow {
	content := h.d.Customer(c)
	out := seenRow{reading: c.Reading, of: reservation.KindCustomer, line: c.Line, sound: string(content) == c.Digest}
	out.mark = h.mark(out.of, c.Line, c.ReadAt, c.Digest, content)
	out.later = out.mark
	if h.erased[warehouse.Subject{Platform: c.Platform, CustomerID: c.CustomerID}] {
		// What warehouse/sql/load/4_erase.sql leaves.
		without := reservation.Customer{
			Platform: c.Platform, RestaurantID: c.RestaurantID, CustomerID: c.CustomerID, ClockEpoch: c.ClockEpoch, Clock: c.Clock, Forgotten: true,
		}
		out.erased, out.later = true, h.mark(out.of, c.Line, c.ReadAt, "", h.d.Customer(&without))
	}
	return out
}

// stored is a row of the warehouse, where what is to be erased is erased already.
func stored(r seenRow) seenRow {
	r.later = r.mark
	return r
}

func (h *hasher) absence(a *reservation.Absence) seenRow {
	out := seenRow{reading: a.Reading, of: a.Kind, line: a.Line, sound: true}
	out.mark = h.mark(a.Kind, a.Line, a.ReadAt, "", fmt.Appendf(nil, "%q %q %q", a.Platform, a.Source, a.ID))
	out.later = out.mark
	return out
}

func (h *hasher) erasure(e *reservation.Erasure) seenRow {
	out := seenRow{reading: e.Reading, of: reservation.KindCustomer, line: e.Line, sound: true}
	out.mark = h.mark(lake.KindErasure, e.Line, 0, "", fmt.Appendf(nil, "%q %q", e.Platform, e.CustomerID))
	out.later, out.erased = out.mark, h.erased[warehouse.Subject{Platform: e.Platform, CustomerID: e.CustomerID}]
	return out
}

// blockLines is how many lines share a sum: what is kept of a million rows is some tens of KiB.
const blockLines = 1024

// sum of marks, whatever their order, modulo 2^128.
type sum struct {
	rows     int64
	low, top uint64
}

// tally is a set of rows of one reading and kind: how many there are, and sums of their marks by block of lines.
type tally struct {
	rows   int64
	blocks map[int64]sum
}

func (t *tally) add(line int64, m mark) {
	if t.blocks == nil {
		t.blocks = map[int64]sum{}
	}
	t.rows++
	s := t.blocks[blockOf(line)]
	var carry uint64
	s.low, carry = bits.Add64(s.low, binary.LittleEndian.Uint64(m[:8]), 0)
	s.top, _ = bits.Add64(s.top, binary.LittleEndian.Uint64(m[8:]), carry)
	s.rows++
	t.blocks[blockOf(line)] = s
}

func blockOf(line int64) int64 { return int64(math.Floor(float64(line-1) / blockLines)) }

// differs gives the first block in which two tallies are not the same.
func (t *tally) differs(other *tally) (block int64, ok bool) {
	var blocks []int64
	for b, s := range t.blocks {
		if other.blocks[b] != s {
			blocks = append(blocks, b)
		}
	}
	for b := range other.blocks {
		if _, there := t.blocks[b]; !there {
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
	as, later map[string]*tally // as it is, and as the warehouse is to have it
	unerased  int64             // the first line whose request to forget a guest the warehouse does not know; 0: none
}

func newContribution() *contribution {
	c := &contribution{as: map[string]*tally{}, later: map[string]*tally{}}
	for _, kind := range rowKinds {
		c.as[kind], c.later[kind] = &tally{}, &tally{}
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

// side gives the rows of a reading of one kind on some lines, both ends included.
type side func(ctx context.Context, kind string, from, to int64, use func(seenRow) error) error

// firstLine finds the first line of a block on which two sides are not the same, and says what each has there.
func firstLine(ctx context.Context, kind string, block int64, want, have side, later bool) (line int64, expected, found string, err error) {
	from := block*blockLines + 1
	type place struct {
		of   string
		line int64
	}
	gather := func(s side) (map[place][]mark, error) {
		all := map[place][]mark{}
		err := s(ctx, kind, from, from+blockLines-1, func(r seenRow) error {
			m := r.mark
			if later {
				m = r.later
			}
			at := place{r.of, r.line}
			all[at] = append(all[at], m)
			return nil
		})
		for _, marks := range all {
			slices.SortFunc(marks, func(a, b mark) int { return cmp.Compare(string(a[:]), string(b[:])) })
		}
		return all, err
	}
	a, err := gather(want)
	if err != nil {
		return 0, "", "", err
	}
	b, err := gather(have)
	if err != nil {
		return 0, "", "", err
	}
	var at []place
	for p, marks := range a {
		if !slices.Equal(marks, b[p]) {
			at = append(at, p)
		}
	}
	for p := range b {
		if a[p] == nil {
			at = append(at, p)
		}
	}
	if at == nil {
		return from, "the same rows twice", "others at the second look", nil
	}
	first := slices.MinFunc(at, func(a, b place) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.of, b.of)) })
	if len(a[first]) == len(b[first]) {
		return first.line, "the same row", "another content", nil
	}
	return first.line, rowsText(len(a[first])), rowsText(len(b[first])), nil
}

func rowsText(n int) string {
	if n == 0 {
		return "no row"
	}
	return plural(int64(n), "row")
}
