package parquetrows

import (
	"encoding/binary"
	"unsafe"
)

// This is the one file that reads rows by their fields' places in memory: reflection costs more than all the rest of writing.
// It is safe because layoutOf took offset and type of each field from the row's type, and the rows stay where they are, and
// alive, as long as their slice does.

// rowsOf is a slice of rows, of whatever type.
type rowsOf struct {
	first unsafe.Pointer
	size  uintptr
	n     int
}

func pointTo[T any](rows []T, l *layout) rowsOf {
	return rowsOf{unsafe.Pointer(unsafe.SliceData(rows)), l.size, len(rows)}
}

// field is the place of a column in row i.
func (r rowsOf) field(c *column, i int) unsafe.Pointer {
	return unsafe.Add(r.first, uintptr(i)*r.size+c.offset)
}

// fill appends a column of the rows.
func (b *buffer) fill(rows rowsOf) {
	switch b.kind {
	case longs:
		at := len(b.plain)
		b.plain = grown(b.plain, 8*rows.n)
		b.plain = b.plain[:at+8*eachValue(b, rows, func(i int, v int64) {
			binary.LittleEndian.PutUint64(b.plain[at+8*i:], uint64(v))
		})]
	case ints:
		at := len(b.plain)
		b.plain = grown(b.plain, 4*rows.n)
		b.plain = b.plain[:at+4*eachValue(b, rows, func(i int, v int32) {
			binary.LittleEndian.PutUint32(b.plain[at+4*i:], uint32(v))
		})]
	case truths:
		eachValue(b, rows, func(_ int, v bool) { b.truth.add(v) })
	case texts:
		eachValue(b, rows, func(_ int, v string) { b.addText(v) })
	}
}

// eachValue hands over the values of a column that are not null, notes which rows have one, and returns how many.
func eachValue[V any](b *buffer, rows rowsOf, add func(i int, v V)) (n int) {
	b.rows += rows.n
	if !b.optional {
		for i := range rows.n {
			add(i, *(*V)(rows.field(&b.column, i)))
		}
		b.values += rows.n
		return rows.n
	}
	for i := range rows.n {
		v := *(**V)(rows.field(&b.column, i))
		if v != nil {
			add(n, *v)
			n++
		}
		b.present.add(v != nil)
	}
	b.values += n
	return n
}
