// Package parquetrows reads and writes the Parquet objects behind raw, with the house's settings in one place. Start with
// NewWriter and Read. The row types are reservation.Reservation, Customer, Erasure, Absence and Refusal.
package parquetrows

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// BatchRows is how many rows are handed over at once; groupRows how many a row group holds at most. Memory follows these,
// never the day: a row group of reservations is about 10 MiB before compression.
const (
	BatchRows = 1024
	groupRows = 32 * 1024
)

// Writer writes rows of one kind to one object of an attempt. Nothing is made until the first row.
type Writer[T any] struct {
	attempt      *lake.Attempt
	kind, prefix string
	object       *lake.ObjectWriter
	parquet      *parquet.GenericWriter[T]
	rows         int64
}

// NewWriter makes a writer for <prefix><kind>-<sha256>.parquet.
func NewWriter[T any](a *lake.Attempt, kind, prefix string) *Writer[T] {
	return &Writer[T]{attempt: a, kind: kind, prefix: prefix}
}

// Write adds rows; it keeps none of them.
func (w *Writer[T]) Write(rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if w.object == nil {
		o, err := w.attempt.NewObject(w.kind, w.prefix, "parquet")
		if err != nil {
			return err
		}
		w.object = o
		w.parquet = parquet.NewGenericWriter[T](o,
			parquet.Compression(codec),
			parquet.MaxRowsPerRowGroup(groupRows),
			parquet.CreatedBy("covers", "1", ""),
			// What Snowflake supports: see OpenVersion1. Plain text is no larger than DELTA_LENGTH_BYTE_ARRAY, the library's
			// choice, once it is compressed.
			parquet.DataPageVersion(1),
			parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		)
	}
	if _, err := w.parquet.Write(rows); err != nil {
		return fmt.Errorf("write %s rows: %w", w.kind, err)
	}
	w.rows += int64(len(rows))
	return nil
}

// Rows returns how many rows were written so far.
func (w *Writer[T]) Rows() int64 { return w.rows }

// Close stores the object and appends it to objects; without rows there is none.
func (w *Writer[T]) Close(ctx context.Context, objects []lake.Object) ([]lake.Object, error) {
	if w.object == nil {
		return objects, nil
	}
	if err := w.parquet.Close(); err != nil {
		return objects, fmt.Errorf("write %s rows: %w", w.kind, err)
	}
	o, err := w.object.Commit(ctx, w.rows, 0)
	if err != nil {
		return objects, err
	}
	return append(objects, o), nil
}

// Abort drops what was written. It may follow Close.
func (w *Writer[T]) Abort() {
	if w.object != nil {
		w.object.Abort()
	}
}

// Read hands over an object's rows in batches; a batch is void after the call. It fails as a data fault where the object is
// missing or corrupt, is not Parquet, or holds another number of rows than its manifest says.
func Read[T any](ctx context.Context, z *lake.Zone, o lake.Object, each func([]T) error) (err error) {
	local, err := z.Fetch(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, local.Close()) }()
	file, err := open(local)
	if err != nil {
		return corrupt(o, "it is not Parquet: %w", err)
	}
	if file.NumRows() != o.Records {
		return corrupt(o, "its manifest says %d rows, it holds %d", o.Records, file.NumRows())
	}
	r := parquet.NewGenericReader[T](file)
	defer func() { err = errors.Join(err, r.Close()) }()
	batch := make([]T, BatchRows)
	read := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(batch)
		read += int64(n)
		if n > 0 {
			if err := each(batch[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if read != o.Records {
				return corrupt(o, "its manifest says %d rows, %d could be read", o.Records, read)
			}
			return nil
		case err != nil:
			return corrupt(o, "read its rows: %w", err)
		}
	}
}

// open reads an object's footer and no more.
func open(local *lake.Local) (*parquet.File, error) {
	return parquet.OpenFile(local, local.Size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
}

func corrupt(o lake.Object, format string, args ...any) error {
	return fault.New(fault.Data, "derive it again: raise the rank, or remove its manifest and run the step that wrote it",
		"object %s: %w", o.Key, fmt.Errorf(format, args...))
}
