package validate

import (
	"covers/tasks/internal/lake"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// part is some lines of an object, and what became of them. It goes from the goroutine that reads to one that checks, and on to
// the one that writes; then it is used again.
type part struct {
	object lake.Object
	block  lake.Block
	buf    []byte // the block's
	err    error  // in place of lines, or in the middle of them: what is behind does not count
	lines  int64
	ready  chan struct{} // the lines are checked

	arena        record.Arena // what the rows point into
	reservations batch[reservation.Reservation]
	customers    batch[reservation.Customer]
	merges       batch[reservation.Merge]
	absences     batch[reservation.Absence]
	refusals     batch[reservation.Refusal]
	erasures     batch[reservation.Erasure]
}

func newPart() *part { return &part{ready: make(chan struct{}, 1)} }

// reset empties a part and keeps its memory.
func (p *part) reset() {
	p.arena.Reset()
	p.err, p.lines, p.block = nil, 0, lake.Block{}
	p.reservations, p.customers, p.merges = p.reservations[:0], p.customers[:0], p.merges[:0]
	p.absences, p.refusals, p.erasures = p.absences[:0], p.refusals[:0], p.erasures[:0]
}

// batch is some rows of a kind.
type batch[T any] []T

// next adds an empty row and returns it to be filled in, before the next one is added.
func (b *batch[T]) next() *T {
	var empty T
	*b = append(*b, empty)
	return &(*b)[len(*b)-1]
}

// takeBack removes the row that next added last.
func (b *batch[T]) takeBack() { *b = (*b)[:len(*b)-1] }
