package parquetrows

import (
	"sync"

	klauspost "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// codec: the fastest level; a level more costs a third of the writing time for 5% of the bytes (measured on reservations).
var codec = &pageCodec{Codec: zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}}

// pageWindow is how far back compression looks: a page, which is all it is given at a time. The level's own four megabytes would
// have each encoder keep eight.
const pageWindow = 256 << 10

// pageCodec is the library's codec with a window of its own, which that has no option for.
type pageCodec struct {
	zstd.Codec
	encoders sync.Pool
}

// Encode compresses a page.
func (c *pageCodec) Encode(dst, src []byte) ([]byte, error) {
	e, _ := c.encoders.Get().(*klauspost.Encoder)
	if e == nil {
		var err error
		e, err = klauspost.NewWriter(nil, klauspost.WithEncoderConcurrency(1), klauspost.WithEncoderLevel(c.Level),
			klauspost.WithZeroFrames(true), klauspost.WithEncoderCRC(false), klauspost.WithWindowSize(pageWindow))
		if err != nil {
			return nil, err
		}
	}
	defer c.encoders.Put(e)
	return e.EncodeAll(src, dst[:0]), nil
}
