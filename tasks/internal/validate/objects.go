package validate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"golang.org/x/sync/errgroup"
	"io"
	"runtime"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// pipeline is how parts go round: from free to the goroutine that reads, from it to those that check, and to the one that writes,
// which takes them in the order of the lines and frees them. So memory is bounded by their number, and the result is the same
// bytes however many goroutines check.
type pipeline struct {
	free, unchecked, inOrder chan *part
}

// mostCheckers bounds how many goroutines check. Beyond these the one that decompresses is the limit, and each takes some MiB.
const mostCheckers = 4

// partsFor returns how many parts are under way at most where so many goroutines check: while a row group is written, what they
// check meanwhile must have a place.
func partsFor(checkers int) int { return 4*checkers + 4 }

func newPipeline(parts int) pipeline {
	p := pipeline{make(chan *part, parts), make(chan *part, parts), make(chan *part, parts)}
	for range parts {
		p.free <- newPart()
	}
	return p
}

// read goes through the reading's objects, kind by kind, on the processors that the process may use.
func (d *derivation) read(ctx context.Context, id lake.ReadingID) error {
	for _, object := range d.reading.Objects {
		known := object.Kind == reservation.KindReservation || object.Kind == reservation.KindCustomer
		if !known || d.counts[object.Kind] == nil {
			return fault.New(fault.Data, "extract the day again",
				"object %s: a kind that the reading does not count: %q", object.Key, object.Kind)
		}
	}
	var checkers []*checker
	for range min(runtime.GOMAXPROCS(0), mostCheckers) {
		c, err := newChecker(d.o, d.reading, newProfile(d.o, id, d.reading))
		if err != nil {
			return err
		}
		checkers = append(checkers, c)
	}
	p := newPipeline(partsFor(len(checkers)))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return fault.Guard(func() error { return d.feed(ctx, p) }) })
	for _, c := range checkers {
		g.Go(func() error {
			for part := range p.unchecked {
				if err := fault.Guard(func() error { c.check(part); return nil }); err != nil {
					part.err = err
				}
				part.ready <- struct{}{}
			}
			return nil
		})
	}
	g.Go(func() error { return fault.Guard(func() error { return d.write(p) }) })
	if err := g.Wait(); err != nil {
		return err
	}
	for _, c := range checkers {
		for kind, n := range c.counts {
			d.counts[kind].add(n)
		}
		d.profile.Add(c.profile)
	}
	return nil
}

// feed cuts the objects into parts.
func (d *derivation) feed(ctx context.Context, p pipeline) error {
	defer close(p.inOrder)
	defer close(p.unchecked)
	for _, object := range d.reading.Objects {
		if err := d.object(ctx, object, p); err != nil {
			return err
		}
	}
	return nil
}

// readBytes is what is asked of a store at once; the decoder alone would ask for a block, of some 20 KiB.
const readBytes = 256 << 10

// object cuts an object into parts. What is wrong with it takes a part's place, since lines before it may be wrong as well.
func (d *derivation) object(ctx context.Context, object lake.Object, p pipeline) error {
	fail := func(err error) error {
		part, stopped := p.next(ctx, object)
		if stopped != nil {
			return stopped
		}
		part.err = err
		part.ready <- struct{}{}
		p.inOrder <- part
		return nil
	}
	body, err := d.o.Raw.OpenObject(ctx, object)
	if err != nil {
		return fail(err)
	}
	defer body.Close()
	plain, err := lake.Unpack(bufio.NewReaderSize(body, readBytes))
	if err != nil {
		return fail(err)
	}
	defer plain.Close()
	blocks := lake.NewBlockReader(plain, record.MaxBytes) // a longer line is not held in memory
	for {
		part, err := p.next(ctx, object)
		if err != nil {
			return err
		}
		part.block, err = blocks.Next(part.buf)
		switch n := blocks.Lines(); {
		case errors.Is(err, io.EOF) && n == object.Records:
			p.free <- part
			return nil
		case errors.Is(err, io.EOF):
			err = fmt.Errorf("its manifest says %d lines, it holds %d", object.Records, n)
		case err == nil && n > object.Records: // a small object can hold very many
			err = fmt.Errorf("its manifest says %d lines, it holds more", object.Records)
		}
		if err != nil {
			p.free <- part
			return fail(err)
		}
		if !part.block.TooLong {
			part.buf = part.block.Bytes
		}
		p.unchecked <- part
		p.inOrder <- part
	}
}

// next takes a free part for lines of an object.
func (p pipeline) next(ctx context.Context, object lake.Object) (*part, error) {
	select {
	case part := <-p.free:
		part.object = object
		return part, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// corrupt returns the error of a raw object that cannot be read; an error that already says why stays as it is.
func (d *derivation) corrupt(object lake.Object, err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	return fault.New(fault.Data,
		"restore it from the store's older versions, or extract the day again: a newer reading makes up for it",
		"object %s/%s cannot be read: %w", d.o.Raw.URL(), object.Key, err)
}
