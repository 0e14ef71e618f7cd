package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// MaxRecord is the longest record accepted, in bytes; a longer one goes to quarantine without being held in memory.
const MaxRecord = record.MaxBytes

// derive makes the result of one reading and publishes it, data objects first. If another attempt was first, its result is
// the one.
func derive(ctx context.Context, o Options, reading lake.Found[lake.Reading]) (Derived, error) {
	id, err := lake.ParseReadingID(reading.Manifest.Reading)
	if err != nil {
		return Derived{}, err
	}
	d := &derivation{
		o:       o,
		reading: reading.Manifest,
		attempt: o.Staging.Begin(o.Now(), o.Now),
		in:      &record.Reader{},
		counts:  map[string]*tally{},
		profile: quality.NewTally(id.Day, id.By, reading.Manifest.StartedAt, o.Source.Location, o.Source.Currency),
	}
	if d.mapper, err = platforms.NewMapper(o.Source, o.Key, d.in); err != nil {
		return Derived{}, err
	}
	prefix := lake.ReadingPrefix(id) + o.Rank().String() + "/"
	d.reservations = parquetrows.NewWriter[reservation.Reservation](d.attempt, reservation.KindReservation, prefix)
	d.customers = parquetrows.NewWriter[reservation.Customer](d.attempt, reservation.KindCustomer, prefix)
	d.refusals = parquetrows.NewWriter[reservation.Refusal](d.attempt, lake.KindQuarantine, prefix)
	d.erasures = parquetrows.NewWriter[reservation.Erasure](d.attempt, lake.KindErasure, prefix)
	d.absences = parquetrows.NewWriter[reservation.Absence](d.attempt, lake.KindAbsence, prefix)
	defer d.abort()

	if err := d.read(ctx); err != nil {
		return Derived{}, err
	}
	result, err := d.finish(ctx, reading.SHA256)
	if err != nil {
		return Derived{}, err
	}
	if err := o.eachSetting(ctx, o.Staging.PinSettings); err != nil {
		return Derived{}, err
	}
	failpoint.Hit("validate/before-publish")
	key := lake.ResultKey(id, reading.SHA256, o.Rank())
	won, err := d.attempt.Publish(ctx, key, result)
	if err != nil {
		return Derived{}, err
	}
	if !won { // the same reading at the same rank: the same counts, whoever wrote them
		if result, err = firstResult(ctx, o, reading.Manifest.Reading); err != nil {
			return Derived{}, err
		}
	}
	derived := Derived{Input: reading.Key, Key: key, Result: result}
	logResult(ctx, derived)
	return derived, nil
}

func firstResult(ctx context.Context, o Options, reading string) (lake.Result, error) {
	results, err := lake.Results(ctx, o.Staging, o.Source.ID, o.Day)
	if err != nil {
		return lake.Result{}, err
	}
	r, ok := atRank(results, o.Rank())[reading]
	if !ok {
		return r, fmt.Errorf("result of %s vanished while it was read back", reading)
	}
	return r, nil
}

// derivation is the work on one reading.
type derivation struct {
	o       Options
	reading lake.Reading
	attempt *lake.Attempt
	in      *record.Reader
	mapper  platforms.Mapper
	digest  reservation.Digester
	counts  map[string]*tally
	profile *quality.Tally
	done    int64

	reservations *parquetrows.Writer[reservation.Reservation]
	customers    *parquetrows.Writer[reservation.Customer]
	refusals     *parquetrows.Writer[reservation.Refusal]
	erasures     *parquetrows.Writer[reservation.Erasure]
	absences     *parquetrows.Writer[reservation.Absence]

	reservationBatch []reservation.Reservation
	customerBatch    []reservation.Customer
	refusalBatch     []reservation.Refusal
	erasureBatch     []reservation.Erasure
	absenceBatch     []reservation.Absence
}

func (d *derivation) abort() {
	d.reservations.Abort()
	d.customers.Abort()
	d.refusals.Abort()
	d.erasures.Abort()
	d.absences.Abort()
}

// read goes through the reading's objects, kind by kind.
func (d *derivation) read(ctx context.Context) error {
	total := int64(0)
	for kind, c := range d.reading.Counts {
		d.counts[kind] = &tally{reasons: map[string]int64{}}
		total += c.Received + c.Absent
	}
	for _, object := range d.reading.Objects {
		if d.counts[object.Kind] == nil || (object.Kind != reservation.KindReservation && object.Kind != reservation.KindCustomer) {
			return fault.New(fault.Data, "extract the day again", "object %s: a kind that the reading does not count: %q", object.Key, object.Kind)
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
	plain, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
	if err != nil {
		return d.corrupt(object, err)
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, MaxRecord)
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

// corrupt says that a raw object cannot be read, unless the error already says why.
func (d *derivation) corrupt(object lake.Object, err error) error {
	if fault.KindOf(err) != fault.Defect {
		return err
	}
	return fault.New(fault.Data, "restore it from the store's older versions, or extract the day again: a newer reading makes up for it",
		"object %s/%s cannot be read: %w", d.o.Raw.URL(), object.Key, err)
}

// flush writes the batches and takes their memory back.
func (d *derivation) flush() error {
	if err := d.reservations.Write(d.reservationBatch); err != nil {
		return err
	}
	if err := d.customers.Write(d.customerBatch); err != nil {
		return err
	}
	if err := d.refusals.Write(d.refusalBatch); err != nil {
		return err
	}
	if err := d.erasures.Write(d.erasureBatch); err != nil {
		return err
	}
	if err := d.absences.Write(d.absenceBatch); err != nil {
		return err
	}
	d.reservationBatch, d.customerBatch = d.reservationBatch[:0], d.customerBatch[:0]
	d.refusalBatch, d.erasureBatch, d.absenceBatch = d.refusalBatch[:0], d.erasureBatch[:0], d.absenceBatch[:0]
	d.in.Arena.Reset()
	return nil
}

// finish closes the objects and writes the result's manifest. The equation received = accepted + quarantined is checked
// against the reading's manifest and the rows written, so that both sides are counted apart; the absent ids are, too.
func (d *derivation) finish(ctx context.Context, input string) (lake.Result, error) {
	r := lake.Result{
		Version: lake.Version, Reading: d.reading.Reading, Source: d.reading.Source, Day: d.reading.Day, By: d.reading.By,
		Rank: d.o.Rank(), Input: input, Stable: d.reading.Stable, ReadAt: d.reading.StartedAt,
		Counts: map[string]lake.ResultCounts{}, Erasures: d.erasures.Rows(),
		WrittenAt: d.o.Now().UTC().Truncate(time.Millisecond), Program: d.o.Program, Profile: d.profile.Profile(d.o.Source.Kinds),
	}
	written := map[string]int64{
		reservation.KindReservation: d.reservations.Rows(), reservation.KindCustomer: d.customers.Rows(),
	}
	for _, kind := range slices.Sorted(maps.Keys(d.counts)) {
		t := d.counts[kind]
		received, absent := d.reading.Counts[kind].Received, d.reading.Counts[kind].Absent
		if received != written[kind]+t.quarantined || written[kind] != t.accepted || absent != t.absent {
			return r, fault.New(fault.Data, "extract the day again", "%s records do not balance: received %d, accepted %d, quarantined %d, written %d; absent %d, lines of them %d",
				kind, received, t.accepted, t.quarantined, written[kind], absent, t.absent)
		}
		r.Counts[kind] = lake.ResultCounts{Received: received, Accepted: t.accepted, Quarantined: t.quarantined, Reasons: t.reasons, Absent: absent}
		if float64(t.quarantined) > d.o.MaxRefused*float64(received) && !r.Refused {
			r.Refused = true
			r.Why = fmt.Sprintf("%d of %d %s records refused, more than %g%%", t.quarantined, received, kind, d.o.MaxRefused*100)
		}
	}
	var err error
	if !r.Refused { // a refused reading contributes no rows
		if r.Objects, err = d.reservations.Close(ctx, r.Objects); err != nil {
			return r, err
		}
		if r.Objects, err = d.customers.Close(ctx, r.Objects); err != nil {
			return r, err
		}
		if r.Objects, err = d.absences.Close(ctx, r.Objects); err != nil {
			return r, err
		}
	}
	if r.Objects, err = d.refusals.Close(ctx, r.Objects); err != nil {
		return r, err
	}
	r.Objects, err = d.erasures.Close(ctx, r.Objects)
	return r, err
}
