package parquetrows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// Stored is an object of rows T, fetched and open: its bytes are those that its manifest names, and its footer counts as many
// rows.
type Stored[T any] struct {
	Object lake.Object
	local  *lake.Local
	file   *parquet.File
	groups []parquet.RowGroup
	whole  []bool // of each row group: Copy may take its bytes as they are
	pages  unpacker
}

// Open fetches an object. It fails as a data fault where the object is missing or corrupt, is not Parquet, or holds another
// number of rows than its manifest says.
func Open[T any](ctx context.Context, z *lake.Zone, o lake.Object) (s *Stored[T], err error) {
	l, err := layoutOf[T]()
	if err != nil {
		return nil, fault.New(fault.Defect, "", "read %s: %w", o.Key, err)
	}
	local, err := z.Fetch(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, local.Close())
		}
	}()
	file, err := open(local)
	if err != nil {
		return nil, corrupt(o, "it is not Parquet: %w", err)
	}
	if file.NumRows() != o.Records {
		return nil, corrupt(o, "its manifest says %d rows, it holds %d", o.Records, file.NumRows())
	}
	s = &Stored[T]{Object: o, local: local, file: file, groups: file.RowGroups(), pages: unpacker{file: local}}
	same := reflect.DeepEqual([]format.SchemaElement(file.Metadata().Schema), l.schema)
	for i := range file.Metadata().RowGroups {
		s.whole = append(s.whole, same && asOurs(&file.Metadata().RowGroups[i], local, local.Size))
	}
	return s, nil
}

// Close gives up the object, and its copy on disk if there is one.
func (s *Stored[T]) Close() error { return s.local.Close() }

// Check reads as little as shows that every row has a text in a column; other is what the first that has not has there. It also
// reads the rows of the row groups that Copy will not take as they are. It fails as a data fault where anything cannot be read.
func (s *Stored[T]) Check(ctx context.Context, column, text string) (other string, all bool, err error) {
	leaf, ok := s.file.Schema().Lookup(column)
	if !ok {
		return "", false, corrupt(s.Object, "it has no column %s", column)
	}
	for i, g := range s.groups {
		if err := ctx.Err(); err != nil {
			return "", false, err
		}
		_, err := s.checkColumn(i, leaf.ColumnIndex)
		other, all := "", false
		if err == nil {
			other, all, err = only(g.ColumnChunks()[leaf.ColumnIndex], g.NumRows(), text)
		}
		if err != nil {
			return "", false, corrupt(s.Object, "read its column %s: %w", column, err)
		}
		if !all {
			return other, false, nil
		}
		if s.whole[i] {
			continue
		}
		if err := s.eachOf(ctx, i, func([]T) error { return nil }); err != nil {
			return "", false, err
		}
	}
	return "", true, nil
}

// checkColumn looks at the pages of a column of a row group, before the library is asked for them.
func (s *Stored[T]) checkColumn(group, column int) (plain int64, err error) {
	m := s.file.Metadata()
	return s.pages.check(&m.RowGroups[group].Columns[column].MetaData, m.Schema[column+1])
}

// only reports whether all rows of a column have a text.
func only(c parquet.ColumnChunk, rows int64, text string) (other string, all bool, err error) {
	pages := c.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	for rows > 0 {
		page, err := guarded(pages.ReadPage)
		if errors.Is(err, io.EOF) {
			return "", false, io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", false, err
		}
		rows -= page.NumValues()
		other, all, err := onlyOn(page, text)
		parquet.Release(page)
		if err != nil || !all {
			return other, false, err
		}
	}
	return "", true, nil
}

// onlyOn does so for a page. Where its dictionary has nothing else, the places in it tell.
func onlyOn(page parquet.Page, text string) (other string, all bool, err error) {
	d := page.Dictionary()
	if d != nil && d.Len() == 1 && page.NumNulls() == 0 && d.Index(0).String() == text {
		places := page.Data()
		for _, place := range places.Int32() {
			if place != 0 {
				return "", false, fmt.Errorf("place %d of a dictionary of one", place)
			}
		}
		return "", true, nil
	}
	values, reader := make([]parquet.Value, BatchRows), page.Values()
	for {
		n, err := reader.ReadValues(values)
		for _, v := range values[:n] {
			if v.IsNull() {
				return "", false, nil
			}
			if v.String() != text {
				return v.Clone().String(), false, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return "", true, nil
		}
		if err != nil {
			return "", false, err
		}
	}
}

// eachOf hands over the rows of a row group in batches; a batch is void after the call.
func (s *Stored[T]) eachOf(ctx context.Context, group int, each func([]T) error) (err error) {
	left := int64(mostGroup)
	for column := range s.file.Metadata().RowGroups[group].Columns {
		plain, err := s.checkColumn(group, column)
		if left -= plain; err == nil && left < 0 {
			err = fmt.Errorf("with it the row group has more than %d bytes before compression", mostGroup)
		}
		if err != nil {
			return corrupt(s.Object, "its column %s: %w", s.file.Metadata().Schema[column+1].Name, err)
		}
	}
	g := s.groups[group]
	r := parquet.NewGenericRowGroupReader[T](g)
	defer func() { err = errors.Join(err, r.Close()) }()
	batch := make([]T, min(BatchRows, g.NumRows()))
	for read := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := guarded(func() (int, error) { return r.Read(batch) })
		read += int64(n)
		if n > 0 {
			if err := each(batch[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) && read != g.NumRows():
			return corrupt(s.Object, "a row group has %d rows, %d could be read", g.NumRows(), read)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return corrupt(s.Object, "read its rows: %w", err)
		}
	}
}

// guarded makes an error of the panic with which parquet-go meets some of what it cannot decode.
func guarded[V any](read func() (V, error)) (v V, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decode a page: %v", p)
		}
	}()
	return read()
}
