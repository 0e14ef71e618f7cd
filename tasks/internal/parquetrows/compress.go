package parquetrows

import (
	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/zstdframe"
)

// compressor compresses pages, each into a zstd frame. It is for one goroutine.
type compressor struct {
	search *zstd.Encoder
	frames zstdframe.Writer
	trial  []byte
}

// pageWindow is how far back a search for repetitions looks. A level more than the fastest costs a third of the writing time
// for 5% of the bytes (measured on reservations).
const pageWindow = 256 << 10

// trialSize is how much of a page is compressed in two ways, to see which is the better for all of it.
const trialSize = 8 << 10

func newCompressor() compressor {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false), zstd.WithWindowSize(pageWindow))
	if err != nil {
		panic(err) // of these options, which do not change
	}
	return compressor{search: e}
}

// compress appends the frame of a page to dst. From head on the page has values of a kind, or bytes that are none. What has
// nothing in it to search for is not searched, which takes a third of the time: a page is, where that makes less than three
// quarters of its beginning.
func (c *compressor) compress(dst, page []byte, head int, of shape) []byte {
	if len(page) < trialSize {
		return c.search.EncodeAll(page, dst)
	}
	values := page[head:]
	table := zstdframe.Table{Head: of.before, Width: of.width, From: of.from, Same: of.same}
	trial := values[:min(len(values), trialSize)]
	c.trial = c.frames.Rows(c.trial[:0], trial, table)
	plain := len(c.trial)
	c.trial = c.search.EncodeAll(trial, c.trial[:0])
	if 4*len(c.trial) < 3*plain {
		return c.search.EncodeAll(page, dst)
	}
	table.Head += head
	return c.frames.Rows(dst, page, table)
}
