package parquetrows

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	mathbits "math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// mostText is how long a text of a row may be, in bytes. What a platform names is refused above record.MaxText, and the longest
// text of the program's own is the key of an object.
const mostText = 4096

// unpacker looks at what is in pages before the library does: it unpacks what a frame says, whatever the page's header says, and
// makes room for as many values as a run counts. It holds one page, as it is stored and unpacked.
type unpacker struct {
	file          io.ReaderAt
	stored, plain []byte
}

// frames unpacks zstd frames into the room that it is given and no more. It serves any number of goroutines.
var frames = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderLowmem(true), zstd.IgnoreChecksum(true))
})

// check unpacks each page of a column, and refuses one that holds more than its header says or a text above mostText. It returns
// how many bytes the pages have.
func (u *unpacker) check(m *format.ColumnMetaData, element format.SchemaElement) (plain int64, err error) {
	if m.Codec != format.Zstd && m.Codec != format.Uncompressed {
		return 0, fmt.Errorf("it is compressed by %s, which no row is", m.Codec)
	}
	c := contents{of: element.Type.V, optional: element.RepetitionType.V == format.Optional}
	if m.Type != c.of {
		return 0, fmt.Errorf("its values are of type %s, its schema's of %s", m.Type, c.of)
	}
	return eachPage(m, u.file, func(p place) error {
		page, levels, err := u.unpack(m.Codec, p)
		if err != nil {
			return err
		}
		return c.check(p, page, levels)
	})
}

// unpack returns what is in a page: the levels of a page of version 2, which are not compressed, apart from the rest.
func (u *unpacker) unpack(codec format.CompressionCodec, p place) (page, levels []byte, err error) {
	u.stored = room(u.stored, int(p.CompressedPageSize))
	if _, err := u.file.ReadAt(u.stored, p.content); err != nil {
		return nil, nil, fmt.Errorf("read a page: %w", err)
	}
	stored, size := u.stored, int(p.UncompressedPageSize)
	if p.Type == format.DataPageV2 {
		h := &p.DataPageHeaderV2.V
		n := int(h.DefinitionLevelsByteLength)
		if h.RepetitionLevelsByteLength != 0 || n < 0 || n > min(len(stored), size) {
			return nil, nil, fmt.Errorf("a page of %d bytes with levels of %d and %d", size, n, h.RepetitionLevelsByteLength)
		}
		levels, stored, size = stored[:n], stored[n:], size-n
		if h.IsCompressed.Valid && !h.IsCompressed.V {
			codec = format.Uncompressed
		}
	}
	if codec == format.Uncompressed {
		page = stored
	} else {
		frames, err := frames()
		if err != nil {
			return nil, nil, err
		}
		u.plain = room(u.plain, size)
		// What the frame holds beyond the room has no room.
		if page, err = frames.DecodeAll(stored, u.plain[:0:size]); err != nil {
			return nil, nil, fmt.Errorf("unpack a page of %d bytes: %w", size, err)
		}
	}
	if len(page) != size {
		return nil, nil, fmt.Errorf("a page holds %d bytes, and its header says %d", len(page), size)
	}
	return page, levels, nil
}

// room returns n bytes, those of b where it has as many.
func room(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// contents is a column whose pages are looked at.
type contents struct {
	of       format.Type
	optional bool
}

// check looks at an unpacked page.
func (c *contents) check(p place, page, levels []byte) error {
	var encoding format.Encoding
	values := 0
	switch p.Type {
	case format.DictionaryPage:
		encoding, values = p.DictionaryPageHeader.V.Encoding, int(p.DictionaryPageHeader.V.NumValues)
	case format.DataPage:
		h := &p.DataPageHeader.V
		encoding, values = h.Encoding, int(h.NumValues)
		if c.optional {
			var err error
			if levels, page, err = sized(page); err != nil {
				return err
			}
		}
	case format.DataPageV2:
		encoding, values = p.DataPageHeaderV2.V.Encoding, int(p.DataPageHeaderV2.V.NumValues)
	}
	if c.optional && p.Type != format.DictionaryPage {
		if err := runs(levels, 1, values); err != nil {
			return fmt.Errorf("levels: %w", err)
		}
	}
	return c.values(encoding, page, values)
}

// values looks at the values of a page, of which there may be so many.
func (c *contents) values(encoding format.Encoding, page []byte, n int) error {
	switch encoding {
	case format.Plain:
		if c.of == format.ByteArray {
			return textsOf(page, n)
		}
		return nil // of one width: no more than there are bytes
	case format.RLEDictionary:
		if len(page) == 0 {
			return nil
		}
		return runs(page[1:], uint(page[0]), n)
	case format.RLE:
		if c.of != format.Boolean {
			break
		}
		page, _, err := sized(page)
		if err != nil {
			return err
		}
		return runs(page, 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray: // an older program's
		return deltas(page, n)
	}
	return fmt.Errorf("its values are encoded as %s, which no row's are", encoding)
}

// sized takes bytes off that come with their length before them.
func sized(b []byte) (of, rest []byte, err error) {
	if len(b) < 4 || int64(binary.LittleEndian.Uint32(b)) > int64(len(b)-4) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:n], b[n:], nil
}

// textsOf looks at texts as PLAIN has them.
func textsOf(page []byte, n int) error {
	for ; len(page) > 0; n-- {
		text, rest, err := sized(page)
		switch {
		case err != nil:
			return err
		case len(text) > mostText:
			return fmt.Errorf("a text of %d bytes, and no row has one of more than %d", len(text), mostText)
		case n == 0:
			return errTooManyValues
		}
		page = rest
	}
	return nil
}

var errTooManyValues = errors.New("it holds more values than its page says")

// runs looks at the runs of a hybrid of run lengths and packed bits (Parquet's "Run Length Encoding / Bit-Packing Hybrid"), of
// values of so many bits: a run says in a few bytes how many values to make room for.
func runs(b []byte, width uint, n int) error {
	if width > 32 {
		return fmt.Errorf("values of %d bits", width)
	}
	for left := uint64(max(n, 0)); len(b) > 0; {
		head, size := binary.Uvarint(b)
		if size <= 0 {
			return io.ErrUnexpectedEOF
		}
		b = b[size:]
		count, bytes := head>>1, uint64(width+7)/8
		if head&1 != 0 { // eight values each, of which the last ones may be none
			high, low := mathbits.Mul64(count, uint64(width))
			if high != 0 || count > 1<<32 {
				return errTooManyValues
			}
			count, bytes = count*8, low
			if over := count - min(count, left); over > 0 && over < 8 {
				count = left
			}
		}
		switch {
		case count > left:
			return errTooManyValues
		case bytes > uint64(len(b)):
			return io.ErrUnexpectedEOF
		}
		left -= count
		b = b[bytes:]
	}
	return nil
}

// deltas looks at the head of values as differences: the size of a block, blocks in it, and how many values there are.
func deltas(b []byte, n int) error {
	var head [3]uint64
	for i := range head {
		v, size := binary.Uvarint(b)
		if size <= 0 {
			return io.ErrUnexpectedEOF
		}
		head[i], b = v, b[size:]
	}
	if head[0] > 1<<16 || head[1] > 1<<16 || head[2] > uint64(max(n, 0)) {
		return errTooManyValues
	}
	return nil
}
