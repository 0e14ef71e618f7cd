// Package parquetrows reads and writes the Parquet objects behind raw, with the house's settings in one place. Start with
// NewWriter and Read. The row types are those of package reservation: Reservation, Customer, Erasure, Absence, Merge, Refusal.
//
// Reading is parquet-go's. Writing is our own, because rows through its reflection take twice the time: layout.go compiles a row
// type's tags, fill.go takes rows apart into a buffer a column, and at the end of a row group page.go turns each into pages. What
// is written is version 1 of the format (see OpenVersion1): PLAIN or a dictionary, one data page a column and row group, zstd.
package parquetrows

import (
	"context"
	"errors"
	"fmt"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// BatchRows is how many rows are handed over at once; groupRows how many a row group holds at most, and groupBytes from what size
// on it is ended early. Memory follows these, never the day: a row group of reservations is about 10 MiB before compression.
// An object ends after objectRows rows, so that its footer stays small.
const (
	BatchRows  = 1024
	groupRows  = 32 * 1024
	groupBytes = 64 << 20
	objectRows = 1 << 20
)

// Writer writes rows of one kind to objects of an attempt. Nothing is made until the first row. What an object holds follows
// from the rows alone, not from how many are written at once.
type Writer[T any] struct {
	attempt      *lake.Attempt
	kind, prefix string
	group        *group
	file         *file
	objects      []object // the last one is being written
	rows         int64
}

// object is a spooled object and its rows.
type object struct {
	*lake.ObjectWriter
	rows int64
}

// NewWriter makes a writer for objects <prefix><kind>-<sha256>.parquet.
func NewWriter[T any](a *lake.Attempt, kind, prefix string) *Writer[T] {
	return &Writer[T]{attempt: a, kind: kind, prefix: prefix}
}

// Write adds rows; it keeps none of them.
func (w *Writer[T]) Write(rows []T) error {
	for len(rows) > 0 {
		if err := w.open(); err != nil {
			return err
		}
		n := w.group.take(pointTo(rows, w.file.layout))
		rows = rows[n:]
		w.rows += int64(n)
		if w.group.full() {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// open begins an object, unless one is open.
func (w *Writer[T]) open() error {
	if w.file != nil {
		return nil
	}
	l, err := layoutOf[T]()
	if err != nil {
		return fault.New(fault.Defect, "", "write %s rows: %w", w.kind, err)
	}
	o, err := w.attempt.NewObject(w.kind, w.prefix, "parquet")
	if err != nil {
		return err
	}
	w.objects = append(w.objects, object{ObjectWriter: o})
	w.file = &file{out: o, layout: l}
	if w.group == nil {
		w.group = newGroup(l)
	}
	return w.file.begin()
}

// flush writes the row group.
func (w *Writer[T]) flush() error {
	if err := w.group.writeTo(w.file); err != nil {
		return fmt.Errorf("write %s rows: %w", w.kind, err)
	}
	w.group.reset()
	return w.rotate()
}

// rotate ends the object if it has rows enough.
func (w *Writer[T]) rotate() error {
	if w.file.rows < objectRows {
		return nil
	}
	return w.end()
}

// end ends the object that is being written. It is stored by Close.
func (w *Writer[T]) end() error {
	w.objects[len(w.objects)-1].rows = w.file.rows
	if err := w.file.end(); err != nil {
		return fmt.Errorf("write %s rows: %w", w.kind, err)
	}
	w.file = nil
	return nil
}

// Rows returns how many rows were written so far.
func (w *Writer[T]) Rows() int64 { return w.rows }

// Close stores the objects and appends them to those given, in the order of their rows; without rows there is none.
func (w *Writer[T]) Close(ctx context.Context, objects []lake.Object) ([]lake.Object, error) {
	if w.group != nil && w.group.rows > 0 {
		if err := w.open(); err != nil {
			return objects, err
		}
		if err := w.flush(); err != nil {
			return objects, err
		}
	}
	if w.file != nil {
		if err := w.end(); err != nil {
			return objects, err
		}
	}
	for _, o := range w.objects {
		stored, err := o.Commit(ctx, o.rows, 0)
		if err != nil {
			return objects, err
		}
		objects = append(objects, stored)
	}
	return objects, nil
}

// Abort drops what was written. It may follow Close.
func (w *Writer[T]) Abort() {
	for _, o := range w.objects {
		o.Abort()
	}
}

// Read hands over an object's rows in batches; a batch is void after the call. It fails as Open does, and where rows cannot be
// read.
func Read[T any](ctx context.Context, z *lake.Zone, o lake.Object, each func([]T) error) (err error) {
	s, err := Open[T](ctx, z, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for i := range s.groups {
		if err := s.eachOf(ctx, i, each); err != nil {
			return err
		}
	}
	return nil
}

func corrupt(o lake.Object, format string, args ...any) error {
	return fault.New(fault.Data, "derive it again: raise the rank, or remove its manifest and run the step that wrote it",
		"object %s: %w", o.Key, fmt.Errorf(format, args...))
}
