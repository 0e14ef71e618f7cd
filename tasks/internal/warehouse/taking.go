package warehouse

import (
	"context"
	"strings"
	"time"

	"covers/tasks/internal/reservation"
)

// list fills the tables that say what is taken.
func (s session) list(ctx context.Context, p plan, o LoadOptions) error {
	if err := insert(ctx, s, "taking_objects", p.objectRows()); err != nil {
		return err
	}
	if err := insert(ctx, s, "taking", p.takingRows(o)); err != nil || !p.erases() {
		return err
	}
	return insert(ctx, s, "erasing", p.erasingRows())
}

// takingRows returns the ledger's rows to be, without the counts of what landed.
func (p plan) takingRows(o LoadOptions) []ledgerRow {
	var rows []ledgerRow
	for _, t := range p.taken {
		r, c := t.Counts[reservation.KindReservation], t.Counts[reservation.KindCustomer]
		rows = append(rows, ledgerRow{
			Reading: t.Reading, Source: t.Source, Day: t.Day, By: t.By, Rank: t.Rank.String(), Refused: t.Refused,
			Stable: t.Stable,
			ReadAt: t.ReadAt, Manifest: t.Manifest, Result: t.Result, Program: o.Program, LoadedAt: o.Now(),
			ReservationReceived: r.Received, ReservationAccepted: r.Accepted, ReservationQuarantined: r.Quarantined,
			CustomerReceived: c.Received, CustomerAccepted: c.Accepted, CustomerQuarantined: c.Quarantined,
			Erasures: t.Erasures, Absent: t.Absences(), CustomerMerged: t.Merges(),
			Noted: t.noted(), Unread: t.unread(), Withheld: strings.Join(t.Withheld(), ","),
		})
	}
	return rows
}

// erasingRow is a reading whose requests to forget are heeded or held: it is taken, or left out.
type erasingRow struct {
	Reading  string    `sql:"reading"`
	Manifest string    `sql:"manifest"`
	ReadAt   time.Time `sql:"read_at"`
	Heeded   bool      `sql:"heeded"`
}

func (p plan) erasingRows() []erasingRow {
	var rows []erasingRow
	for _, t := range append(p.erasing(), p.taken...) {
		rows = append(rows, erasingRow{t.Reading, t.Manifest, t.ReadAt, p.heeds(t)})
	}
	return rows
}

// objectRow says that a manifest names an object.
type objectRow struct {
	Manifest string `sql:"manifest"`
	Object   string `sql:"object_key"`
}

func (p plan) objectRows() []objectRow {
	var rows []objectRow
	for _, f := range p.manifests {
		for _, o := range f.Manifest.Objects {
			rows = append(rows, objectRow{f.Key, o.Key})
		}
	}
	return rows
}
