package lake

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxWindow is above the window of any frame of lines that a step writes. A decoder makes room for the window that a frame names.
const maxWindow = 32 << 20

// Unpack returns what zstd frames of lines hold. It takes a few MiB, whatever they say. The frames' own checksums are not looked
// at: an object's bytes are held against its SHA-256.
func Unpack(r io.Reader) (io.ReadCloser, error) {
	plain, err := zstd.NewReader(r, zstd.IgnoreChecksum(true), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return plain.IOReadCloser(), nil
}

// Block is some whole lines of NDJSON.
type Block struct {
	First   int64  // the number of its first line, from 1
	Bytes   []byte // its lines, each with its newline, but perhaps the stream's last one
	TooLong bool   // it is one line that is too long, and has no bytes
}

// BlockReader cuts a stream into blocks of lines, which several goroutines can take apart at once. It holds no more than a line
// and a block, whatever the stream does: a line beyond the limit is passed over and is a block of its own, or is in one, where
// TakeLine says so.
type BlockReader struct {
	r    io.Reader
	max  int
	rest []byte // what was read behind the last block
	long bool   // the line that is being read is too long
	n    int64  // lines given
	err  error  // of r, once met
}

// TakeLine takes the first line, without its newline, off some lines of a block. tooLong says that it has more than maxLine
// bytes.
func TakeLine(lines []byte, maxLine int) (line, rest []byte, tooLong bool) {
	line, rest, _ = bytes.Cut(lines, []byte{'\n'})
	return line, rest, len(line) > maxLine
}

// blockBytes is what a block holds, where its lines are no longer.
const blockBytes = 128 << 10

// NewBlockReader reads lines of at most maxLine bytes, newline not counted, from r.
func NewBlockReader(r io.Reader, maxLine int) *BlockReader {
	return &BlockReader{r: r, max: maxLine}
}

// Lines returns how many lines there were in the blocks given.
func (b *BlockReader) Lines() int64 { return b.n }

// Next reads the next block into buf, from its beginning, and gets it more room where it needs it. The end is io.EOF; a last line
// without a newline is a line. When r fails, its error comes instead of the line that it cut short, and at every later call.
func (b *BlockReader) Next(buf []byte) (Block, error) {
	if size := min(blockBytes, b.max+1); cap(buf) < size {
		buf = make([]byte, 0, size)
	}
	buf = append(buf[:0], b.rest...)
	b.rest = b.rest[:0]
	searched := 0 // bytes of buf that have no newline
	for {
		i, whole := bytes.LastIndexByte(buf[searched:], '\n'), len(buf) == cap(buf) || b.err != nil
		switch {
		case i < 0:
			searched = len(buf)
		case b.long:
			return b.passOver(buf), nil
		case whole:
			return b.cut(buf, searched+i+1), nil
		}
		if b.err != nil {
			return b.last(buf)
		}
		if searched == len(buf) && len(buf) > b.max || b.long {
			b.long, buf, searched = true, buf[:0], 0
		}
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(2*cap(buf), b.max+1)), buf...)
		}
		buf = b.fill(buf)
	}
}

// cut makes a block of the whole lines of buf, which end at a place.
func (b *BlockReader) cut(buf []byte, end int) Block {
	b.rest = append(b.rest, buf[end:]...)
	block := Block{First: b.n + 1, Bytes: buf[:end]}
	b.n += int64(bytes.Count(block.Bytes, []byte{'\n'}))
	return block
}

// passOver makes a block of a line that is too long, whose end is in buf.
func (b *BlockReader) passOver(buf []byte) Block {
	b.rest = append(b.rest, buf[bytes.IndexByte(buf, '\n')+1:]...)
	b.long = false
	b.n++
	return Block{First: b.n, TooLong: true}
}

// last makes a block of what is left when r has ended, in which there is no newline.
func (b *BlockReader) last(buf []byte) (Block, error) {
	//nolint:errorlint // a wrapped io.EOF is a failure, not the end
	if b.err != io.EOF || len(buf) == 0 && !b.long {
		return Block{}, b.err
	}
	b.n++
	block := Block{First: b.n, Bytes: buf, TooLong: b.long || len(buf) > b.max}
	if b.long = false; block.TooLong {
		block.Bytes = nil
	}
	return block, nil
}

// fill reads once more behind what is in buf.
func (b *BlockReader) fill(buf []byte) []byte {
	for range 100 {
		n, err := b.r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		b.err = err
		if n > 0 || err != nil {
			return buf
		}
	}
	b.err = io.ErrNoProgress
	return buf
}

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
