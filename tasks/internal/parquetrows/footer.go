package parquetrows

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/lake"
)

// Who may write a zone may write a footer that counts what is not there, and a decoder makes room for what is counted. So a
// footer's bytes are looked through before they are decoded, and what it says before the library believes it. The bounds are far
// above what any writer of ours leaves: a million rows have a footer of some 300 KB, with about 15,000 elements in its lists.
const (
	mostFooter   = 8 << 20
	mostColumns  = 512
	mostRows     = 1 << 20 // of a row group
	mostElements = 1 << 18 // of all lists of a footer together; the largest takes about 600 bytes of memory
)

// open reads an object's footer and no more.
func open(local *lake.Local) (*parquet.File, error) {
	if err := checkFooter(local, local.Size); err != nil {
		return nil, err
	}
	return guarded(func() (*parquet.File, error) {
		return parquet.OpenFile(local, local.Size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	})
}

// checkFooter refuses a footer that cannot be one of flat rows of a file of so many bytes.
func checkFooter(file io.ReaderAt, size int64) error {
	var end [8]byte
	if size < int64(len(magic)+len(end)) {
		return fmt.Errorf("%d bytes are none", size)
	}
	if _, err := file.ReadAt(end[:], size-int64(len(end))); err != nil {
		return fmt.Errorf("read its end: %w", err)
	}
	if string(end[4:]) != magic {
		return errors.New("it does not end as one")
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if n > mostFooter || n > size-int64(len(magic)+len(end)) {
		return fmt.Errorf("its footer has %d bytes, of the file's %d, and may have %d", n, size, mostFooter)
	}
	text := make([]byte, n)
	if _, err := file.ReadAt(text, size-int64(len(end))-n); err != nil {
		return fmt.Errorf("read its footer: %w", err)
	}
	if _, err := walk(text, mostElements); err != nil {
		return fmt.Errorf("its footer: %w", err)
	}
	var m format.FileMetaData
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(text)).Decode(&m); err != nil {
		return fmt.Errorf("its footer: %w", err)
	}
	return checkMetaData(&m, size)
}

// checkMetaData checks what a footer says: flat columns, and row groups of as many columns that lie within the file.
func checkMetaData(m *format.FileMetaData, size int64) error {
	columns := len(m.Schema) - 1
	if columns < 1 || columns > mostColumns {
		return fmt.Errorf("it has %d columns, and may have 1 to %d", columns, mostColumns)
	}
	for i, e := range m.Schema {
		nested := i > 0 && (e.NumChildren.V != 0 || !e.Type.Valid) || i == 0 && int(e.NumChildren.V) != columns
		if nested || e.RepetitionType.Valid && e.RepetitionType.V == format.Repeated {
			return fmt.Errorf("its schema is not flat, at %q", e.Name)
		}
		if e.Type.Valid && (e.Type.V == format.FixedLenByteArray || e.Type.V == format.Int96) {
			return fmt.Errorf("column %s is of type %s, which no row has", e.Name, e.Type.V)
		}
	}
	rows := int64(0)
	for i := range m.RowGroups {
		g := &m.RowGroups[i]
		if g.NumRows < 0 || g.NumRows > mostRows || len(g.Columns) != columns {
			return fmt.Errorf("row group %d has %d rows and %d columns, and may have %d of %d", i, g.NumRows, len(g.Columns),
				mostRows, columns)
		}
		rows += g.NumRows
		for k := range g.Columns {
			err := checkPlace(&g.Columns[k], size)
			if n := g.Columns[k].MetaData.NumValues; err == nil && n != g.NumRows {
				err = fmt.Errorf("it has %d values for %d rows", n, g.NumRows)
			}
			if err != nil {
				return fmt.Errorf("row group %d, column %d: %w", i, k, err)
			}
		}
	}
	if rows != m.NumRows {
		return fmt.Errorf("it says %d rows, its row groups have %d", m.NumRows, rows)
	}
	return nil
}

// checkPlace checks that a column of a row group is in this file, its dictionary before its data.
func checkPlace(c *format.ColumnChunk, size int64) error {
	m := &c.MetaData
	switch {
	case c.FilePath != "":
		return errors.New("it is in another file")
	case m.TotalCompressedSize < 0 || m.DataPageOffset < int64(len(magic)) || m.DictionaryPageOffset < 0 ||
		m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < int64(len(magic)):
		return fmt.Errorf("it has %d bytes from %d on", m.TotalCompressedSize, begins(m))
	case m.DictionaryPageOffset > m.DataPageOffset:
		return errors.New("its dictionary is behind its data")
	case begins(m) > size-m.TotalCompressedSize || m.DataPageOffset > begins(m)+m.TotalCompressedSize:
		return fmt.Errorf("%d bytes from %d on are not in a file of %d", m.TotalCompressedSize, begins(m), size)
	}
	return nil
}
