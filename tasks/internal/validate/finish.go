package validate

import (
	"context"
	"maps"
	"slices"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// finish stores the objects and returns the result's manifest.
func (d *derivation) finish(ctx context.Context, input string) (lake.Result, error) {
	r := lake.Result{
		Version: lake.Version, Reading: d.reading.Reading, Source: d.reading.Source, Day: d.reading.Day, By: d.reading.By,
		Rank: d.o.Rank(), Input: input, Stable: d.reading.Stable, ReadAt: d.reading.StartedAt,
		Counts: map[string]lake.ResultCounts{}, Erasures: d.erasures.Rows(),
		WrittenAt: d.o.Machine.Now().UTC().Truncate(time.Millisecond), Program: d.o.Program,
		Profile: d.profile.Profile(d.o.Source.Kinds),
	}
	if err := d.count(&r); err != nil {
		return r, err
	}
	r.Held = d.o.held(d.reading.Counts[reservation.KindCustomer].Received, r.Erasures)
	stored := d.beside()
	for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
		if !r.Withholds(kind) {
			stored = append(stored, d.contributed(kind)...)
		}
		// What does not go in is no measure of other days, and is not held to theirs: guests who ask to be forgotten have nothing
		// else, so that the bookings beside them would be left out as unlike any other day's.
		if r.Profile != nil && (r.Withholds(kind) || kind == reservation.KindCustomer && r.Held != "") {
			delete(r.Profile.Kinds, kind)
		}
	}
	for _, s := range stored {
		var err error
		if r.Objects, err = s.Close(ctx, r.Objects); err != nil {
			return r, err
		}
	}
	return r, nil
}

// count fills in the counts, and what is withheld. The equation received = accepted + quarantined + merged is checked against the
// reading's manifest and the rows written, so that both sides are counted apart. So are the absent ids and what was not read.
func (d *derivation) count(r *lake.Result) error {
	written := map[string]int64{
		reservation.KindReservation: d.reservations.Rows(), reservation.KindCustomer: d.customers.Rows() + d.merges.Rows(),
	}
	for _, kind := range slices.Sorted(maps.Keys(d.counts)) {
		n, raw := d.counts[kind], d.reading.Counts[kind]
		if raw.Received != written[kind]+n.quarantined || written[kind] != n.accepted+n.merged || raw.Absent != n.absent ||
			raw.Unread != n.unread {
			return fault.New(fault.Data, "extract the day again",
				"%s records do not balance: received %d, accepted %d, quarantined %d, merged %d, written %d; "+
					"absent %d, lines of them %d; not read %d, lines of them %d",
				kind, raw.Received, n.accepted, n.quarantined, n.merged, written[kind], raw.Absent, n.absent,
				raw.Unread, n.unread)
		}
		r.Counts[kind] = lake.ResultCounts{
			Received: raw.Received, Accepted: n.accepted, Quarantined: n.quarantined, Reasons: n.reasons, Absent: raw.Absent,
			Unread: raw.Unread, Merged: n.merged, Noted: n.noted, Notes: n.noteCounts(),
			Withheld: d.o.withheld(kind, raw.Received, n),
		}
	}
	refuse(r)
	return nil
}
