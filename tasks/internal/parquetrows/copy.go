package parquetrows

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// copiedRows is from how many rows on a row group is copied as it is. The rows of smaller ones are gathered into groups of full
// size, or else a day of many small readings would have as many small groups, each with a footer's entry a column.
const copiedRows = 8 * 1024

// asOurs reports whether a row group of a file with our schema is one that a Writer could have written: of copiedRows to
// groupRows rows, in pages of version 1 that have as many values and are where the footer says.
func asOurs(g *format.RowGroup, file io.ReaderAt, size int64) bool {
	if g.NumRows < copiedRows || g.NumRows > groupRows {
		return false
	}
	for i := range g.Columns {
		c := &g.Columns[i]
		m := &c.MetaData
		values := int64(0)
		plain, err := eachPage(m, file, func(p place) error {
			if p.Type == format.DataPage {
				values += int64(p.DataPageHeader.V.NumValues)
			}
			return checkPage(p)
		})
		if err != nil || values != g.NumRows || plain != m.TotalUncompressedSize {
			return false
		}
	}
	return true
}

// Copy adds the rows of an object. Large row groups of our form are copied byte for byte; the rows of others are written as Write
// does, after them. It fails as a data fault where rows cannot be read.
func (w *Writer[T]) Copy(ctx context.Context, s *Stored[T]) error {
	for i, g := range s.groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !s.whole[i] {
			if err := s.eachOf(ctx, i, w.Write); err != nil {
				return err
			}
			continue
		}
		if err := w.open(); err != nil {
			return err
		}
		if err := w.file.copyGroup(s.local, &s.file.Metadata().RowGroups[i]); err != nil {
			return fmt.Errorf("copy %s: %w", s.Object.Key, err)
		}
		w.rows += g.NumRows()
		if err := w.rotate(); err != nil {
			return err
		}
	}
	return nil
}

// copyGroup copies a row group of another file: its bytes, and what the footer says of them, but for where they are.
func (f *file) copyGroup(from io.ReaderAt, g *format.RowGroup) error {
	out := format.RowGroup{
		NumRows: g.NumRows, TotalByteSize: g.TotalByteSize, FileOffset: f.at, Ordinal: int16(len(f.groups)),
	}
	for i := range g.Columns {
		m := &g.Columns[i].MetaData
		moved := format.ColumnMetaData{
			Type: m.Type, Encoding: m.Encoding, PathInSchema: m.PathInSchema, Codec: m.Codec, NumValues: m.NumValues,
			TotalUncompressedSize: m.TotalUncompressedSize, TotalCompressedSize: m.TotalCompressedSize,
			DataPageOffset: m.DataPageOffset - begins(m) + f.at, Statistics: m.Statistics,
		}
		if m.DictionaryPageOffset > 0 {
			moved.DictionaryPageOffset = m.DictionaryPageOffset - begins(m) + f.at
		}
		out.Columns = append(out.Columns, format.ColumnChunk{MetaData: moved})
		out.TotalCompressedSize += m.TotalCompressedSize
		if err := f.copyBytes(io.NewSectionReader(from, begins(m), m.TotalCompressedSize), m.TotalCompressedSize); err != nil {
			return err
		}
	}
	f.groups = append(f.groups, out)
	f.rows += g.NumRows
	return nil
}

// copyBytes copies n bytes, a piece at a time.
func (f *file) copyBytes(from io.Reader, n int64) error {
	if f.piece == nil {
		f.piece = make([]byte, 256<<10)
	}
	for n > 0 {
		piece := f.piece[:min(n, int64(len(f.piece)))]
		if _, err := io.ReadFull(from, piece); err != nil {
			return fmt.Errorf("read %d bytes of it: %w", len(piece), err)
		}
		if err := f.write(piece); err != nil {
			return err
		}
		n -= int64(len(piece))
	}
	return nil
}
