package validate

import (
	"context"
	"fmt"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/quality"
	"covers/tasks/internal/reservation"
)

// derivation is the work on one reading.
type derivation struct {
	o       Options
	reading lake.Reading
	attempt *lake.Attempt
	counts  map[string]*kindCounts
	profile *quality.Tally

	reservations *parquetrows.Writer[reservation.Reservation]
	customers    *parquetrows.Writer[reservation.Customer]
	merges       *parquetrows.Writer[reservation.Merge]
	absences     map[string]*parquetrows.Writer[reservation.Absence] // by kind of record, since one kind alone may be withheld
	refusals     *parquetrows.Writer[reservation.Refusal]
	erasures     *parquetrows.Writer[reservation.Erasure]
}

// derive makes the result of one reading and publishes it, data objects first. If another attempt was first, its result is
// the one.
func derive(ctx context.Context, o Options, reading lake.Found[lake.Reading]) (Derived, error) {
	id, err := lake.ParseReadingID(reading.Manifest.Reading)
	if err != nil {
		return Derived{}, err
	}
	d := newDerivation(o, id, reading.Manifest)
	defer d.abort()

	if err := d.read(ctx, id); err != nil {
		return Derived{}, err
	}
	result, err := d.finish(ctx, reading.SHA256)
	if err != nil {
		return Derived{}, err
	}
	if err := o.eachSetting(ctx, o.Staging.PinSettings); err != nil {
		return Derived{}, err
	}
	if err := o.forgotten.Unchanged(ctx, o.Staging); err != nil {
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

func newDerivation(o Options, id lake.ReadingID, reading lake.Reading) *derivation {
	attempt := o.Staging.Begin(o.Machine.Now)
	prefix := lake.ReadingPrefix(id) + o.Rank().String() + "/"
	absences := map[string]*parquetrows.Writer[reservation.Absence]{}
	for kind := range reading.Counts {
		absences[kind] = parquetrows.NewWriter[reservation.Absence](attempt, lake.KindAbsence, prefix)
	}
	return &derivation{
		o:       o,
		reading: reading,
		attempt: attempt,
		counts:  newCounts(reading),
		profile: newProfile(o, id, reading),

		reservations: parquetrows.NewWriter[reservation.Reservation](attempt, reservation.KindReservation, prefix),
		customers:    parquetrows.NewWriter[reservation.Customer](attempt, reservation.KindCustomer, prefix),
		merges:       parquetrows.NewWriter[reservation.Merge](attempt, lake.KindMerge, prefix),
		absences:     absences,
		refusals:     parquetrows.NewWriter[reservation.Refusal](attempt, lake.KindQuarantine, prefix),
		erasures:     parquetrows.NewWriter[reservation.Erasure](attempt, lake.KindErasure, prefix),
	}
}

// newProfile begins a tally of a reading's rows.
func newProfile(o Options, id lake.ReadingID, reading lake.Reading) *quality.Tally {
	was := o.Source.On(id.Day)
	return quality.NewTally(id.Day, id.By, reading.StartedAt, was.Location, was.Currency)
}

// rows is a writer of rows of whatever kind.
type rows interface {
	Close(ctx context.Context, objects []lake.Object) ([]lake.Object, error)
	Abort()
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
