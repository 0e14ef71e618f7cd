package parquetrows

import (
	"encoding/binary"
	mathbits "math/bits"
)

// shape is what most values of a column have in common: their width in bytes, and the part of them that is as in the value
// before. The first such value comes after other bytes.
type shape struct{ before, width, from, same int }

// looks and lookSize are how many stretches of a column are looked at, and their bytes: the shape is only a hint.
const (
	looks    = 8
	lookSize = 8 << 10
)

// shapeOf looks for it in values as PLAIN has them. Bytes that are no values, or have nothing in common, have the shape zero.
func (k kind) shapeOf(values []byte) shape {
	if len(values) == 0 {
		return shape{}
	}
	switch k {
	case longs, ints:
		return ofNumbers(values, k.width())
	case texts:
		return ofTexts(values[:min(len(values), looks*lookSize)])
	}
	return shape{}
}

// ofNumbers finds the bytes of numbers that never change, or the highest if they seldom do.
func ofNumbers(values []byte, width int) shape {
	steady := newSteady(values, width)
	n := 0
	var changed [9]int // how many numbers differ from the one before in so many bytes, from the lowest on
	for look := range looks {
		from := len(values) / looks * look / width * width
		part := values[from:min(len(values), from+lookSize)]
		last := numberAt(part, width)
		for ; len(part) > 0; part = part[width:] {
			steady.see(part)
			v := numberAt(part, width)
			changed[(mathbits.Len64(v^last)+7)/8]++
			last = v
			n++
		}
	}
	found := steady.shape()
	same := 0
	for seldom := changed[width]; same < width-1 && seldom <= n/rare; {
		same++
		seldom += changed[width-same]
	}
	if same > found.same {
		return shape{0, width, width - same, same}
	}
	return found
}

// rare is how many values at most may be of another shape than the rest: one in so many.
const rare = 64

// ofTexts finds texts most of which are of one length. The last one need not be whole.
func ofTexts(values []byte) shape {
	n, width, votes := 0, 0, 0 // the width that more than half of them have, if one does, wins the votes
	rest := values
	for ; len(rest) >= 4 && widthOf(rest) <= len(rest); n++ {
		w := widthOf(rest)
		switch {
		case w == width:
			votes++
		case votes == 0:
			width, votes = w, 1
		default:
			votes--
		}
		rest = rest[w:]
	}
	values = values[:len(values)-len(rest)]
	var s *steady
	odd, before := 0, 0
	for rest := values; len(rest) > 0; rest = rest[widthOf(rest):] {
		switch {
		case widthOf(rest) != width:
			odd++
		case s == nil:
			s, before = newSteady(rest, width), len(values)-len(rest)
		default:
			s.see(rest)
		}
	}
	if s == nil || odd > n/rare {
		return shape{}
	}
	found := s.shape()
	found.before = before
	return found
}

// widthOf is how many bytes the text takes that begins b, its length included.
func widthOf(b []byte) int { return 4 + int(binary.LittleEndian.Uint32(b)) }

// steady finds out which bytes of values of one width never change.
type steady struct{ first, differs []byte }

func newSteady(first []byte, width int) *steady {
	return &steady{first[:width], make([]byte, width)}
}

// see compares the value that begins b with the first.
func (s *steady) see(b []byte) {
	first, differs := s.first, s.differs
	for ; len(first) >= 8; first, differs, b = first[8:], differs[8:], b[8:] {
		d := (binary.LittleEndian.Uint64(first) ^ binary.LittleEndian.Uint64(b)) | binary.LittleEndian.Uint64(differs)
		binary.LittleEndian.PutUint64(differs, d)
	}
	for i := range first {
		differs[i] |= first[i] ^ b[i]
	}
}

// shape returns the longest part that never changes. It may go on in the next value.
func (s *steady) shape() shape {
	best := shape{width: len(s.first)}
	for from := range s.differs {
		n := 0
		for n < best.width-1 && s.differs[(from+n)%best.width] == 0 {
			n++
		}
		if n > best.same {
			best.from, best.same = from, n
		}
	}
	return best
}
