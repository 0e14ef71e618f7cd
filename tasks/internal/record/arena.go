package record

import "unsafe"

// Arena keeps the values that a batch of rows points to. Rows are written in batches, and one allocation a value would cost
// more than reading it. Everything it handed out is void after Reset.
type Arena struct {
	bytes []byte
	ints  []int64
	dates []int32
	texts []string
}

// Reset takes all memory back for the next batch.
func (a *Arena) Reset() {
	a.bytes, a.ints, a.dates, a.texts = a.bytes[:0], a.ints[:0], a.dates[:0], a.texts[:0]
}

// Int keeps a number.
func (a *Arena) Int(n int64) *int64 { return keep(&a.ints, n) }

// Date keeps a date.
func (a *Arena) Date(n int32) *int32 { return keep(&a.dates, n) }

// Keep keeps a string that lives longer than the arena.
func (a *Arena) Keep(s string) *string { return keep(&a.texts, s) }

// Text copies and keeps a string.
func (a *Arena) Text(b []byte) *string { return keep(&a.texts, a.Copy(b)) }

// Copy copies a string.
func (a *Arena) Copy(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if cap(a.bytes)-len(a.bytes) < len(b) {
		a.bytes = make([]byte, 0, max(64<<10, 2*cap(a.bytes), len(b)))
	}
	n := len(a.bytes)
	a.bytes = append(a.bytes, b...)
	return unsafe.String(&a.bytes[n], len(b))
}

// view returns bytes as a string that is good as long as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// keep appends to a chunk that never moves: a full one is left to the rows that point into it.
func keep[T any](chunk *[]T, v T) *T {
	if len(*chunk) == cap(*chunk) {
		*chunk = make([]T, 0, max(1024, 2*cap(*chunk)))
	}
	*chunk = append(*chunk, v)
	return &(*chunk)[len(*chunk)-1]
}
