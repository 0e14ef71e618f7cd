package validate

import (
	"context"
	"fmt"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

// derivation is the work on one reading.
type derivation struct {
	o       Options
	reading lake.Reading
	attempt *lake.Attempt
	in      *record.Reader
	mapper  platforms.Mapper
	digest  reservation.Digester
	counts  map[string]*kindCounts
	profile *quality.Tally
	done    int64

	reservations *stream[reservation.Reservation]
	customers    *stream[reservation.Customer]
	merges       *stream[reservation.Merge]
	absences     map[string]*stream[reservation.Absence] // by kind of record, since one kind alone may be withheld
	refusals     *stream[reservation.Refusal]
	erasures     *stream[reservation.Erasure]
}

// derive makes the result of one reading and publishes it, data objects first. If another attempt was first, its result is
// the one.
func derive(ctx context.Context, o Options, reading lake.Found[lake.Reading]) (Derived, error) {
	id, err := lake.ParseReadingID(reading.Manifest.Reading)
	if err != nil {
		return Derived{}, err
	}
	d, err := newDerivation(o, id, reading.Manifest)
	if err != nil {
		return Derived{}, err
	}
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

func newDerivation(o Options, id lake.ReadingID, reading lake.Reading) (*derivation, error) {
	in := &record.Reader{}
	was := o.Source.On(id.Day)
	mapper, err := platforms.NewMapper(o.Source, o.Key, in)
	if err != nil {
		return nil, err
	}
	attempt := o.Staging.Begin(o.Machine.Now)
	prefix := lake.ReadingPrefix(id) + o.Rank().String() + "/"
	absences := map[string]*stream[reservation.Absence]{}
	for kind := range reading.Counts {
		absences[kind] = newStream[reservation.Absence](attempt, lake.KindAbsence, prefix)
	}
	return &derivation{
		o:       o,
		reading: reading,
		attempt: attempt,
		in:      in,
		mapper:  mapper,
		counts:  map[string]*kindCounts{},
		profile: quality.NewTally(id.Day, id.By, reading.StartedAt, was.Location, was.Currency),

		reservations: newStream[reservation.Reservation](attempt, reservation.KindReservation, prefix),
		customers:    newStream[reservation.Customer](attempt, reservation.KindCustomer, prefix),
		merges:       newStream[reservation.Merge](attempt, lake.KindMerge, prefix),
		absences:     absences,
		refusals:     newStream[reservation.Refusal](attempt, lake.KindQuarantine, prefix),
		erasures:     newStream[reservation.Erasure](attempt, lake.KindErasure, prefix),
	}, nil
}

// contributed returns the streams of what a reading contributes of a kind to its day, unless the kind is withheld.
func (d *derivation) contributed(kind string) []rows {
	switch kind {
	case reservation.KindReservation:
		return []rows{d.reservations, d.absences[kind]}
	case reservation.KindCustomer:
		return []rows{d.customers, d.merges, d.absences[kind]}
	}
	return []rows{d.absences[kind]}
}

// beside returns the streams of what a result holds also of a kind that is withheld.
func (d *derivation) beside() []rows { return []rows{d.refusals, d.erasures} }

// all returns every stream.
func (d *derivation) all() (all []rows) {
	for kind := range d.absences {
		all = append(all, d.contributed(kind)...)
	}
	return append(all, d.beside()...)
}

// flush writes the batches and takes their memory back.
func (d *derivation) flush() error {
	for _, s := range d.all() {
		if err := s.flush(); err != nil {
			return err
		}
	}
	d.in.Arena.Reset()
	return nil
}

func (d *derivation) abort() {
	for _, s := range d.all() {
		s.Abort()
	}
}

// firstResult returns the result that another attempt published first.
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
