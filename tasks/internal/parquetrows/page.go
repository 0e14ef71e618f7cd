package parquetrows

import (
	"bytes"
	"errors"
	"sync"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// chunk is one column of a row group as a file has it: its pages, and what the footer says of them.
type chunk struct {
	pages []byte
	meta  format.ColumnMetaData // offsets count from the beginning of pages
}

// encoder turns gathered columns into chunks. It is for one goroutine.
type encoder struct {
	compressor
	numbers numbers
	page    []byte // before compression
	packed  []byte // after it
	chunk   chunk  // what was made last
	header  bytes.Buffer
}

// encoders are at hand for whoever writes: one has some megabytes of tables.
var encoders = sync.Pool{New: func() any { return &encoder{compressor: newCompressor()} }}

// encode makes the chunk of a column: a dictionary page, if there is a dictionary, and one data page.
func (e *encoder) encode(b *buffer) error {
	c := &e.chunk
	c.pages = c.pages[:0]
	c.meta = format.ColumnMetaData{
		Type: b.kind.physical(), PathInSchema: []string{b.name}, Codec: format.Zstd, NumValues: int64(b.rows),
		Encoding:   []format.Encoding{format.Plain, format.RLE},
		Statistics: format.Statistics{NullCount: int64(b.rows - b.values)},
	}
	values := b.plain
	if b.kind == texts && b.coded && !b.dict && mostlyNew(b.words.n(), b.values) {
		b.leave()
		values = b.plain
	}
	coded, distinct, codes := b.coded, b.words.n(), b.codes
	if coded {
		values = b.words.all
	}
	if width := b.kind.width(); width > 0 && b.values > 0 && e.numbers.take(b.plain, width) {
		coded, distinct, codes = true, len(e.numbers.all), e.numbers.codes
		values = e.numbers.plain(nil, width)
	}
	bound(&c.meta.Statistics, b, values)
	if coded {
		c.meta.Encoding = append(c.meta.Encoding, format.RLEDictionary)
		err := e.add(c, &format.PageHeader{
			Type:                 format.DictionaryPage,
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(distinct), Encoding: format.Plain}),
		}, values, 0, b.kind.shapeOf(values))
		if err != nil {
			return err
		}
		c.meta.DataPageOffset = int64(len(c.pages))
	}
	return e.dataPage(b, coded, distinct, codes)
}

// dataPage adds the data page of a column: levels, then places in the dictionary, or values.
func (e *encoder) dataPage(b *buffer, coded bool, distinct int, codes []uint16) error {
	e.page = e.page[:0]
	if b.optional {
		e.page = appendLevels(e.page, &b.present)
	}
	head, of, encoding := len(e.page), shape{}, format.Plain
	page := b.plain
	switch {
	case coded:
		encoding = format.RLEDictionary
		e.page = appendCodes(e.page, codes, distinct)
		page = e.page
	case b.kind == truths:
		e.page = b.truth.appendTo(e.page)
		page = e.page
	default:
		of = b.kind.shapeOf(b.plain)
		if b.optional {
			e.page = append(e.page, b.plain...)
			page = e.page
		}
	}
	return e.add(&e.chunk, &format.PageHeader{
		Type: format.DataPage,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: int32(b.rows), Encoding: encoding,
			DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
			Statistics: format.Statistics{NullCount: int64(b.rows - b.values)},
		}),
	}, page, head, of)
}

// add compresses a page and adds it, its header before it.
func (e *encoder) add(c *chunk, h *format.PageHeader, page []byte, head int, of shape) error {
	if len(page) > 1<<30 {
		return errors.New("a page of more than a gigabyte: its texts are too long")
	}
	e.packed = e.compress(e.packed[:0], page, head, of)
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(page)), int32(len(e.packed))
	e.header.Reset()
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header)).Encode(h); err != nil {
		return err
	}
	c.pages = append(append(c.pages, e.header.Bytes()...), e.packed...)
	c.meta.TotalUncompressedSize += int64(e.header.Len() + len(page))
	c.meta.TotalCompressedSize = int64(len(c.pages))
	return nil
}
