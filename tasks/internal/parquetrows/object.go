package parquetrows

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// magic begins and ends a file.
const magic = "PAR1"

// file is a Parquet file on its way out: row groups one after the other, and at the end the footer that says where they are.
type file struct {
	out    io.Writer
	layout *layout
	at     int64 // bytes written
	rows   int64
	groups []format.RowGroup
	piece  []byte // of another file, on its way into this one
}

func (f *file) write(b []byte) error {
	n, err := f.out.Write(b)
	f.at += int64(n)
	return err
}

// begin writes what begins a file.
func (f *file) begin() error { return f.write([]byte(magic)) }

// beginGroup begins a row group of so many rows.
func (f *file) beginGroup(rows int) {
	f.groups = append(f.groups, format.RowGroup{NumRows: int64(rows), FileOffset: f.at, Ordinal: int16(len(f.groups))})
	f.rows += int64(rows)
}

// chunk writes the next column of the row group that was begun last.
func (f *file) chunk(c *chunk) error {
	g, meta := &f.groups[len(f.groups)-1], c.meta
	if meta.DataPageOffset > 0 { // the dictionary's page is before it
		meta.DictionaryPageOffset = f.at
	}
	meta.DataPageOffset += f.at
	g.Columns = append(g.Columns, format.ColumnChunk{MetaData: meta})
	g.TotalByteSize += meta.TotalUncompressedSize
	g.TotalCompressedSize += meta.TotalCompressedSize
	return f.write(c.pages)
}

// end writes the footer. What wrote the file is in it, but no version: the same rows are the same bytes.
func (f *file) end() error {
	var b bytes.Buffer
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(&format.FileMetaData{
		Version: 2, Schema: f.layout.schema, NumRows: f.rows, RowGroups: f.groups, CreatedBy: "covers version 1(build )",
		ColumnOrders: f.layout.orders,
	})
	if err != nil {
		return err
	}
	size := uint32(b.Len())
	b.Write(binary.LittleEndian.AppendUint32(nil, size))
	b.WriteString(magic)
	return f.write(b.Bytes())
}
