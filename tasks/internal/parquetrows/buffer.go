package parquetrows

import (
	"encoding/binary"
	"slices"
)

// buffer is one column of the row group that is being gathered.
type buffer struct {
	column
	rows, values int  // values: of the rows that are not null
	present      bits // of an optional column: which rows are not null

	// plain are the values as PLAIN has them, one after the other (texts: unless they are in a dictionary).
	plain []byte
	truth bits // of truth values, instead

	// Texts begin in a dictionary, and leave it when they turn out to be too many (leave).
	coded bool
	words words
	codes []uint16 // of each value, its place in words
}

// reset empties the buffer and keeps its memory.
func (b *buffer) reset() {
	b.rows, b.values = 0, 0
	b.present.reset()
	b.truth.reset()
	b.plain, b.codes = b.plain[:0], b.codes[:0]
	if b.kind == texts {
		b.coded = true
		b.words.reset()
	}
}

// addText adds a text, to the dictionary as long as that pays.
func (b *buffer) addText(s string) {
	if !b.coded {
		b.plain = append(binary.LittleEndian.AppendUint32(b.plain, uint32(len(s))), s...)
		return
	}
	b.codes = append(b.codes, b.words.code(s))
	if len(b.codes) == firstLook && !b.dict && mostlyNew(b.words.n(), firstLook) {
		b.leave()
	}
}

// leave writes out the texts that were put into the dictionary.
func (b *buffer) leave() {
	for _, c := range b.codes {
		b.plain = append(b.plain, b.words.plain(c)...)
	}
	b.coded, b.codes = false, b.codes[:0]
}

// size is how many bytes the column takes in memory.
func (b *buffer) size() int { return len(b.plain) + len(b.words.all) }

// firstLook is after how many values it is seen whether a dictionary pays. Columns of ids and times are given up early.
const firstLook = 2048

// mostlyNew says whether so many distinct values among n are too many for a dictionary.
func mostlyNew(distinct, n int) bool { return distinct > n-n/8 }

// bits are truth values, least significant bit first: so PLAIN has them, and so levels are packed.
type bits struct {
	full    []byte
	pending byte // the bits after the last full byte
	n       int
	set     int // how many are true
}

func (b *bits) reset() { *b = bits{full: b.full[:0]} }

func (b *bits) add(v bool) {
	if v {
		b.pending |= 1 << (b.n % 8)
		b.set++
	}
	if b.n++; b.n%8 == 0 {
		b.full = append(b.full, b.pending)
		b.pending = 0
	}
}

// appendTo appends the bits, the last byte filled up with zeros.
func (b *bits) appendTo(dst []byte) []byte {
	dst = append(dst, b.full...)
	if b.n%8 != 0 {
		dst = append(dst, b.pending)
	}
	return dst
}

// grown returns b with n more bytes, of any content.
func grown(b []byte, n int) []byte { return slices.Grow(b, n)[:len(b)+n] }
