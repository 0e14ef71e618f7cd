package validate

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// read goes through the reading's objects, kind by kind.
func (d *derivation) read(ctx context.Context) error {
	total := int64(0)
	for kind, c := range d.reading.Counts {
		d.counts[kind] = &kindCounts{reasons: map[string]int64{}, notes: map[fieldNote]int64{}}
		total += c.Received + c.Absent + c.Unread
	}
	for _, object := range d.reading.Objects {
		known := object.Kind == reservation.KindReservation || object.Kind == reservation.KindCustomer
		if !known || d.counts[object.Kind] == nil {
			return fault.New(fault.Data, "extract the day again",
				"object %s: a kind that the reading does not count: %q", object.Key, object.Kind)
		}
		if err := d.object(ctx, object, total); err != nil {
			return err
		}
	}
	return d.flush()
}

func (d *derivation) object(ctx context.Context, object lake.Object, total int64) error {
	body, err := d.o.Raw.OpenObject(ctx, object)
	if err != nil {
		return err
	}
	defer body.Close()
	plain, err := zstd.NewReader(body,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return d.corrupt(object, err)
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, record.MaxBytes) // a longer line is not held in memory
	n := int64(0)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d.corrupt(object, err)
		}
		n = line.N
		at := place{object: object, objectLine: n, line: object.FirstLine + n - 1}
		if err := d.line(at, line); err != nil {
			return d.corrupt(object, err)
		}
		if d.done++; d.done%parquetrows.BatchRows == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := d.flush(); err != nil {
				return err
			}
			d.o.progress(d.done, total)
		}
	}
	if n != object.Records {
		return d.corrupt(object, fmt.Errorf("its manifest says %d lines, it holds %d", object.Records, n))
	}
	return nil
}

// corrupt returns the error of a raw object that cannot be read; an error that already says why stays as it is.
func (d *derivation) corrupt(object lake.Object, err error) error {
	if fault.KindOf(err) != fault.Defect {
		return err
	}
	return fault.New(fault.Data,
		"restore it from the store's older versions, or extract the day again: a newer reading makes up for it",
		"object %s/%s cannot be read: %w", d.o.Raw.URL(), object.Key, err)
}
