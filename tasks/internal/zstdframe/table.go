package zstdframe

import "bytes"

// minRun is the least that a sequence copies (RFC 8878, 3.1.1.3.2.1.1).
const minRun = 3

// Table says that some bytes are values of one width, most of which share a part with the value before. It is a hint: bytes of
// which it is not true make a larger frame, and no wrong one.
type Table struct {
	Head  int // bytes before the first value, of any content
	Width int // bytes of a value
	// From and Same are where in a value the part begins and how long it is. It may go on in the value that follows.
	From, Same int
}

// usable reports whether the part of the second value, at least, is within size bytes.
func (t Table) usable(size int) bool {
	return t.Same >= minRun && t.Same < t.Width && t.From >= 0 && t.From < t.Width && t.Width <= blockSize/16 &&
		t.Head >= 0 && t.Head <= blockSize/4 && t.Head+2*t.Width+t.From+t.Same <= size
}

// Rows appends a frame of src to dst, in which what a value shares with the one before is copied from there: what is left are the
// other bytes, Huffman-coded. A value that does not share it is written as it is, and is the one to copy from for those after it.
func (w *Writer) Rows(dst, src []byte, t Table) []byte {
	if !t.usable(len(src)) {
		return w.Literals(dst, src)
	}
	part := t.Head + t.From // of the value that was written last
	for part >= 0 && part < blockSize/2 && !t.shared(src, part) {
		part = t.next(src, part)
	}
	if part < 0 || part >= blockSize/2 {
		return w.Literals(dst, src)
	}
	// The first sequence says how far back the part is; the others, as far as the last time.
	dst = w.begin(dst, len(src))
	dst = w.block(dst, src[:part+t.Width], sequences{1, part + t.Width, t.Same, t.Width}, false)
	part += t.Width
	for {
		n := 0
		w.literals = w.literals[:0]
		for n < blockSize/t.Width-1 && t.shared(src, part) {
			w.literals = append(w.literals, src[part+t.Same:part+t.Width]...)
			part += t.Width
			n++
		}
		run := sequences{n, t.Width - t.Same, t.Same, 0}
		if t.shared(src, part) {
			dst = w.block(dst, w.literals, run, false)
			continue
		}
		end, from := len(src), part+t.Same
		if part = t.next(src, part); part >= 0 {
			end = part + t.Same
		}
		if n*t.Width+end-from > blockSize {
			dst = w.block(dst, w.literals, run, false)
			for ; end-from > blockSize; from += blockSize {
				dst = w.block(dst, src[from:from+blockSize], sequences{}, false)
			}
			run, w.literals = sequences{}, w.literals[:0]
		}
		w.literals = append(w.literals, src[from:end]...)
		dst = w.block(dst, w.literals, run, part < 0)
		if part < 0 {
			return dst
		}
	}
}

// shared reports whether the value after the one whose part is given has the same one.
func (t Table) shared(src []byte, part int) bool {
	next := part + t.Width
	return next+t.Same <= len(src) && string(src[part:part+t.Same]) == string(src[next:next+t.Same])
}

// next finds the part of a later value where the one that follows does not share it: from that one on it is another, or a value
// of another width lies between. It returns -1 where there is none.
func (t Table) next(src []byte, part int) int {
	if next := part + t.Width; t.shared(src, next) {
		return next
	}
	from := part + t.Same
	i := bytes.Index(src[from:], src[part:from])
	if i < 0 {
		return -1
	}
	return from + i
}
