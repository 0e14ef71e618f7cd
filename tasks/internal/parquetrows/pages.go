package parquetrows

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// begins is where a column of a row group begins in its file: its dictionary, if it has one, is before its data.
func begins(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset > 0 {
		return min(m.DataPageOffset, m.DictionaryPageOffset)
	}
	return m.DataPageOffset
}

// headerSize is how many bytes are read for a page's header; one with long bounds in it is read with more.
const headerSize = 512

// mostPage is how many bytes a page may have before compression: a row group of ours is ended at groupBytes, by a row that may be
// as long as a line of raw. The pages of a row group may have mostGroup together: rows are read from all its columns at once.
// headerElements bounds the lists of a page's header, which has none.
const (
	mostPage       = groupBytes + 1<<20
	mostGroup      = 2 * groupBytes
	headerElements = 64
)

// place is a page of a column: where its content begins in the file.
type place struct {
	*format.PageHeader
	content int64
}

// eachPage hands over the header of each page of a column, and reads nothing else. It returns the bytes of the pages before
// compression, headers included. It fails on a page that has more bytes or values than a page may have, or than the row group has
// rows.
func eachPage(m *format.ColumnMetaData, file io.ReaderAt, see func(place) error) (plain int64, err error) {
	at, end := begins(m), begins(m)+m.TotalCompressedSize
	met := at == end // the place where the footer says that the data begin, and a reader goes
	for at < end {
		h, size, err := pageHeader(file, at, min(headerSize, end-at))
		if errors.Is(err, io.ErrUnexpectedEOF) && headerSize < end-at {
			h, size, err = pageHeader(file, at, min(1<<20, end-at))
		}
		if err != nil {
			return 0, fmt.Errorf("read a page's header: %w", err)
		}
		if err := boundPage(h, m); err != nil {
			return 0, err
		}
		if err := see(place{h, at + size}); err != nil {
			return 0, err
		}
		met = met || at == m.DataPageOffset
		plain += size + int64(h.UncompressedPageSize)
		at += size + int64(h.CompressedPageSize)
	}
	if at > end {
		return 0, fmt.Errorf("its pages are %d bytes longer than its footer says", at-end)
	}
	if !met {
		return 0, fmt.Errorf("no page begins at %d, where its footer says", m.DataPageOffset)
	}
	return plain, nil
}

// boundPage checks what a page's header says: a reader makes room for it.
func boundPage(h *format.PageHeader, m *format.ColumnMetaData) error {
	if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || h.UncompressedPageSize > mostPage {
		return fmt.Errorf("a page of %d bytes, of %d before compression: no page has more than %d", h.CompressedPageSize,
			h.UncompressedPageSize, mostPage)
	}
	most := m.NumValues
	var values int64
	switch h.Type {
	case format.DictionaryPage: // each value takes four bytes at least
		values, most = int64(h.DictionaryPageHeader.V.NumValues), int64(h.UncompressedPageSize)/4
	case format.DataPage:
		values = int64(h.DataPageHeader.V.NumValues)
	case format.DataPageV2:
		values = int64(h.DataPageHeaderV2.V.NumValues)
	default:
		return fmt.Errorf("a page of type %s, which has no rows", h.Type)
	}
	if values < 0 || values > most {
		return fmt.Errorf("a page of %d values, where there can be %d", values, most)
	}
	return nil
}

// pageHeader reads the header that begins at a place, within so many bytes, and says how long it is.
func pageHeader(file io.ReaderAt, at, within int64) (*format.PageHeader, int64, error) {
	b := make([]byte, within)
	if _, err := file.ReadAt(b, at); err != nil {
		return nil, 0, fmt.Errorf("%d bytes at %d: %w", within, at, err)
	}
	size, err := walk(b, headerElements)
	var h format.PageHeader
	if err == nil {
		err = thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(b[:size])).Decode(&h)
	}
	return &h, int64(size), err
}
