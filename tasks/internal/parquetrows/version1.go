package parquetrows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// version1 are the encodings of values that writers of version 1 of the format know and that are not deprecated (RLE is that of
// truth values).
var version1 = []format.Encoding{format.Plain, format.RLEDictionary, format.RLE}

// OpenVersion1 opens a fetched object and reads the header of every page. It fails, as a data fault, on what is not Parquet, and
// on a page that a writer of version 1 of the format does not write: a data page of version 2, or values in an encoding that came
// later (DELTA_…, BYTE_STREAM_SPLIT). DuckDB reads those; Snowflake does not support them (docs.snowflake.com, "Preparing to load
// data", supported file formats: "Files produced using v2 of the writer are not supported"). The warehouses of both refuse them,
// so that what one has loaded the other can load, too.
func OpenVersion1(o lake.Object, local *lake.Local) (*parquet.File, error) {
	file, err := open(local)
	if err != nil {
		return nil, old(o, "it is not Parquet: %w", err)
	}
	for _, group := range file.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			if err := checkChunk(&chunk.MetaData, local); err != nil {
				return nil, old(o, "column %s: %w", strings.Join(chunk.MetaData.PathInSchema, "."), err)
			}
		}
	}
	return file, nil
}

func old(o lake.Object, format string, args ...any) error {
	return fault.New(fault.Data, "derive the day again with this program: validate, transform, load", "land %s: %w", o.Key,
		fmt.Errorf(format, args...))
}

// checkChunk reads the page headers of one column of a row group.
func checkChunk(m *format.ColumnMetaData, file io.ReaderAt) error {
	_, err := eachPage(m, file, checkPage)
	return err
}

// begins is where a column of a row group begins in its file: its dictionary, if it has one, is before its data.
func begins(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset > 0 {
		return min(m.DataPageOffset, m.DictionaryPageOffset)
	}
	return m.DataPageOffset
}

// headerSize is how many bytes are read for a page's header; one with long bounds in it is read with more.
const headerSize = 512

// eachPage hands over the header of each page of a column, and reads nothing else. It returns the bytes of the pages before
// compression, headers included.
func eachPage(m *format.ColumnMetaData, file io.ReaderAt, see func(*format.PageHeader) error) (plain int64, err error) {
	at, end := begins(m), begins(m)+m.TotalCompressedSize
	for at < end {
		h, size, err := pageHeader(file, at, min(headerSize, end-at))
		if errors.Is(err, io.ErrUnexpectedEOF) && headerSize < end-at {
			h, size, err = pageHeader(file, at, min(1<<20, end-at))
		}
		if err != nil {
			return 0, fmt.Errorf("read a page's header: %w", err)
		}
		if err := see(h); err != nil {
			return 0, err
		}
		if h.CompressedPageSize < 0 {
			return 0, fmt.Errorf("a page of %d bytes", h.CompressedPageSize)
		}
		plain += size + int64(h.UncompressedPageSize)
		at += size + int64(h.CompressedPageSize)
	}
	if at > end {
		return 0, fmt.Errorf("its pages are %d bytes longer than its footer says", at-end)
	}
	return plain, nil
}

// pageHeader reads the header that begins at a place, within so many bytes, and says how long it is.
func pageHeader(file io.ReaderAt, at, within int64) (*format.PageHeader, int64, error) {
	b := make([]byte, within)
	if _, err := file.ReadAt(b, at); err != nil {
		return nil, 0, fmt.Errorf("%d bytes at %d: %w", within, at, err)
	}
	var h format.PageHeader
	rest := bytes.NewReader(b)
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(rest)).Decode(&h); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, 0, err
	}
	return &h, within - int64(rest.Len()), nil
}

func checkPage(h *format.PageHeader) error {
	var used format.Encoding
	switch {
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		used = h.DataPageHeader.V.Encoding
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		used = h.DictionaryPageHeader.V.Encoding
	default:
		return fmt.Errorf("it has a page of type %s, which is not version 1 of Parquet: Snowflake does not support it", h.Type)
	}
	if !slices.Contains(version1, used) {
		return fmt.Errorf("its values are encoded as %s, which is not version 1 of Parquet: Snowflake does not support it", used)
	}
	return nil
}
