package lake

import (
	"bytes"
	"io"
)

// Line is a line of NDJSON.
type Line struct {
	N       int64  // from 1
	Bytes   []byte // without its newline; good until the next call; nil for a line that is too long
	TooLong bool
}

// LineReader cuts a stream into lines. It never holds more than one line and a buffer, whatever the stream does: a line
// beyond the limit is passed over and reported by its number.
type LineReader struct {
	r          io.Reader
	max        int
	buf        []byte
	start, end int // of what is in buf and not given yet
	n          int64
	err        error // of r, once met
}

// lineBuffer is what a read asks for.
const lineBuffer = 256 << 10

// NewLineReader reads lines of at most maxLine bytes, newline not counted, from r.
func NewLineReader(r io.Reader, maxLine int) *LineReader {
	return &LineReader{r: r, max: maxLine, buf: make([]byte, min(lineBuffer, maxLine+1))}
}

// Next returns the next line. The end is io.EOF; a last line without a newline is a line. When r fails, its error comes
// instead of the line that it cut short, and at every later call.
func (l *LineReader) Next() (Line, error) {
	long := false // what was passed over belongs to this line
	seen := 0     // bytes from start on that have no newline
	for {
		if i := bytes.IndexByte(l.buf[l.start+seen:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.start+seen+i]
			l.start += seen + i + 1
			return l.give(line, long), nil
		}
		seen = l.end - l.start
		//nolint:errorlint // a wrapped io.EOF is a failure, not the end
		if l.err == io.EOF && (seen > 0 || long) {
			line := l.buf[l.start:l.end]
			l.start = l.end
			return l.give(line, long), nil
		}
		if l.err != nil {
			return Line{}, l.err
		}
		if seen > l.max || long {
			long = true
			l.start, seen = l.end, 0
		}
		l.fill()
	}
}

func (l *LineReader) give(line []byte, long bool) Line {
	l.n++
	if long || len(line) > l.max {
		return Line{N: l.n, TooLong: true}
	}
	return Line{N: l.n, Bytes: line}
}

// fill reads once more behind what is in buf, which is at most max bytes.
func (l *LineReader) fill() {
	l.end = copy(l.buf, l.buf[l.start:l.end])
	l.start = 0
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, min(len(l.buf), l.max+1-len(l.buf)))...)
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}
