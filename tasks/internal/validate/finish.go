package validate

import (
	"context"
	"fmt"
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
	stored := d.beside()
	if !r.Refused {
		stored = append(d.contributed(), stored...)
	}
	for _, s := range stored {
		var err error
		if r.Objects, err = s.Close(ctx, r.Objects); err != nil {
			return r, err
		}
	}
	return r, nil
}

// count fills in the counts, and whether the reading is refused. The equation received = accepted + quarantined is checked
// against the reading's manifest and the rows written, so that both sides are counted apart. So are the absent ids.
func (d *derivation) count(r *lake.Result) error {
	written := map[string]int64{
		reservation.KindReservation: d.reservations.Rows(), reservation.KindCustomer: d.customers.Rows(),
	}
	for _, kind := range slices.Sorted(maps.Keys(d.counts)) {
		n := d.counts[kind]
		received, absent := d.reading.Counts[kind].Received, d.reading.Counts[kind].Absent
		if received != written[kind]+n.quarantined || written[kind] != n.accepted || absent != n.absent {
			return fault.New(fault.Data, "extract the day again",
				"%s records do not balance: received %d, accepted %d, quarantined %d, written %d; absent %d, lines of them %d",
				kind, received, n.accepted, n.quarantined, written[kind], absent, n.absent)
		}
		r.Counts[kind] = lake.ResultCounts{
			Received: received, Accepted: n.accepted, Quarantined: n.quarantined, Reasons: n.reasons, Absent: absent,
		}
		if float64(n.quarantined) > d.o.MaxRefused*float64(received) && !r.Refused {
			r.Refused = true
			r.Why = fmt.Sprintf("%d of %d %s records refused, more than %g%%", n.quarantined, received, kind, d.o.MaxRefused*100)
		}
	}
	return nil
}
