package lake

import "io"

// Line is a line of NDJSON.
type Line struct {
	N       int64  // from 1
	Bytes   []byte // without its newline; good until the next call; nil for a line that is too long
	TooLong bool
}

// LineReader cuts a stream into lines. It holds no more than BlockReader does.
type LineReader struct {
	blocks *BlockReader
	buf    []byte
	rest   []byte // lines of the last block that are not given yet
	n      int64
}

// NewLineReader reads lines of at most maxLine bytes, newline not counted, from r.
func NewLineReader(r io.Reader, maxLine int) *LineReader {
	return &LineReader{blocks: NewBlockReader(r, maxLine)}
}

// Next returns the next line. The end is io.EOF; a last line without a newline is a line. When r fails, its error comes
// instead of the line that it cut short, and at every later call.
func (l *LineReader) Next() (Line, error) {
	if len(l.rest) == 0 {
		block, err := l.blocks.Next(l.buf)
		if err != nil {
			return Line{}, err
		}
		l.n = block.First
		if block.TooLong {
			return Line{N: l.n, TooLong: true}, nil
		}
		l.buf, l.rest = block.Bytes, block.Bytes
	} else {
		l.n++
	}
	line, rest, tooLong := TakeLine(l.rest, l.blocks.max)
	if l.rest = rest; tooLong {
		return Line{N: l.n, TooLong: true}, nil
	}
	return Line{N: l.n, Bytes: line}, nil
}
