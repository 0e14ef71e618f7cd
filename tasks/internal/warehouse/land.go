package warehouse

import (
	"context"
	"slices"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// landings are the kinds of objects that land.
var landings = []engine.Landing{
	{Kind: reservation.KindReservation, Table: "landing_reservations", Row: reservation.Reservation{}},
	{Kind: reservation.KindCustomer, Table: "landing_customers", Row: reservation.Customer{}},
	{Kind: lake.KindErasure, Table: "landing_erasures", Row: reservation.Erasure{}},
	{Kind: lake.KindAbsence, Table: "landing_absences", Row: reservation.Absence{}},
	{Kind: lake.KindMerge, Table: "landing_merges", Row: reservation.Merge{}},
}

// Landings are the kinds of objects that a load lands, for what tries beforehand whether they would.
func Landings() []engine.Landing { return slices.Clone(landings) }

// land fills the session's landing tables and makes sure that they hold what the manifests say, before anything that others
// see is touched.
func (s session) land(ctx context.Context, zone *lake.Zone, p plan) (rowsAt, error) {
	tables := landingTables
	if p.erases() {
		tables = slices.Concat(tables, erasingTables)
	}
	if err := s.execAll(ctx, tables); err != nil {
		return nil, err
	}
	progress := zerolog.Ctx(ctx)
	for _, l := range landings {
		objects := p.objects(l.Kind)
		if len(objects) == 0 {
			continue
		}
		if err := s.engine.Land(ctx, s.conn, zone, l, objects); err != nil {
			return nil, err
		}
		records := int64(0)
		for _, o := range objects {
			records += o.Records
		}
		progress.Info().Str("kind", l.Kind).Int("objects", len(objects)).Int64("rows", records).Msg("landed")
	}
	landed, err := s.landed(ctx, p)
	if err != nil {
		return nil, err
	}
	return landed, p.checkLanded(landed)
}

// where is a place in the landing tables.
type where struct {
	Kind    string `sql:"kind"`
	Object  string `sql:"object_key"`
	Reading string `sql:"reading"`
}

// rowsAt are numbers of rows in the landing tables.
type rowsAt map[where]int64

// landed counts what landed.
func (s session) landed(ctx context.Context, p plan) (rowsAt, error) {
	type row struct {
		where
		Landed int64 `sql:"landed"`
	}
	landed := rowsAt{}
	note := func(r *row) error {
		landed[r.where] = r.Landed
		return nil
	}
	err := rowsOf(ctx, s, landedQuery, nil, note)
	if err == nil && p.erases() {
		err = rowsOf(ctx, s, landedToEraseQuery, nil, note)
	}
	return landed, err
}

// checkLanded compares what landed with the manifests: each object's rows, each taken reading's rows in the objects of its
// manifest, and no row of a reading that the manifest does not name.
func (p plan) checkLanded(landed rowsAt) error {
	ofObject := map[string]int64{}
	for at, n := range landed {
		ofObject[at.Object] += n
	}
	const next = "remove the manifest and derive the day again; what transform wrote is not what it counted"
	for _, f := range p.manifests {
		named := map[where]bool{}
		for _, in := range f.Manifest.Inputs {
			sum := map[string]int64{}
			for _, o := range f.Manifest.Objects {
				at := where{o.Kind, o.Key, in.Reading}
				named[at] = true
				sum[o.Kind] += landed[at]
			}
			for _, l := range landings {
				want := in.Rows[l.Kind]
				switch l.Kind {
				case lake.KindErasure:
					want = in.Erasures
				case lake.KindAbsence:
					want = in.Absences()
				case lake.KindMerge:
					want = in.Merges()
				}
				if sum[l.Kind] != want {
					return fault.New(fault.Data, next,
						"%s: reading %s has %d rows of kind %s in the objects, the manifest says %d",
						f.Key, in.Reading, sum[l.Kind], l.Kind, want)
				}
			}
		}
		for _, o := range f.Manifest.Objects {
			if ofObject[o.Key] != o.Records {
				return fault.New(fault.Data, next, "%s: object %s has %d rows, the manifest says %d", f.Key, o.Key,
					ofObject[o.Key], o.Records)
			}
			for at := range landed {
				if at.Object == o.Key && !named[at] {
					return fault.New(fault.Data, next, "%s: object %s has rows of reading %s, which the manifest does not name",
						f.Key, o.Key, at.Reading)
				}
			}
		}
	}
	return nil
}

// unwanted reports whether rows landed that are not of what is taken: out of an object of another manifest than the one that the
// reading is taken from, or of a reading that is left out. Of the latter only erasures are wanted.
func (p plan) unwanted(landed rowsAt) bool {
	type place struct{ reading, object string }
	taken, heeded := map[place]bool{}, map[place]bool{}
	of := func(readings []Taken, wanted map[place]bool) {
		for _, f := range p.manifests {
			for _, t := range readings {
				if t.Manifest != f.Key {
					continue
				}
				for _, o := range f.Manifest.Objects {
					wanted[place{t.Reading, o.Key}] = true
				}
			}
		}
	}
	of(p.taken, taken)
	of(slices.Concat(p.taken, p.erasing()), heeded)
	for at := range landed {
		wanted := taken
		if at.Kind == lake.KindErasure {
			wanted = heeded
		}
		if !wanted[place{at.Reading, at.Object}] {
			return true
		}
	}
	return false
}
