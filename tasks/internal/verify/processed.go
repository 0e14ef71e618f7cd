package verify

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

const nextProcessed = "remove the processed manifest and run transform and load for the day"

// gathered is what a processed manifest's objects hold, by reading.
type gathered struct {
	rows map[string]*contribution
	err  error // a difference
}

// processed looks at the manifests that the readings' newest results are taken by, each read once.
func (v *verification) processed(ctx context.Context) error {
	read := map[string]gathered{}
	for _, t := range v.trails {
		t.chosen = t.choose()
		if t.chosen == nil || t.ends != nil {
			continue
		}
		key := t.chosen.manifest.Key
		if _, ok := read[key]; ok {
			continue
		}
		rows, err := v.gather(ctx, t.chosen.manifest)
		if _, ok := asDifference(ctx, err); err != nil && !ok {
			return err
		}
		read[key] = gathered{rows, err}
	}
	for _, t := range v.trails {
		if err := v.step(ctx, t, stageProcessed, func(ctx context.Context, t *trail) (bool, error) { return v.takenRows(ctx, t, read) }); err != nil {
			return err
		}
	}
	return nil
}

// choose gives the manifest that a reading's newest result is loaded from: the ledger's, or the one that a load would take.
func (t *trail) choose() *taking {
	var best *taking
	better := func(a, b *taking) bool {
		loaded := func(x *taking) int {
			if slices.ContainsFunc(t.ledger, func(e warehouse.Entry) bool { return e.Manifest == x.manifest.Key }) {
				return 1
			}
			return 0
		}
		return cmp.Or(a.input.Rank.Compare(b.input.Rank), loaded(a)-loaded(b)) > 0
	}
	for i := range t.taken {
		x := &t.taken[i]
		if t.result != nil && x.input.Rank != t.result.Manifest.Rank {
			continue
		}
		if best == nil || better(x, best) { // they are sorted by key: of equal ones the first stays
			best = x
		}
	}
	return best
}

// gather reads a manifest's objects and compares the number of rows of each of its readings with what it says.
func (v *verification) gather(ctx context.Context, p *lake.Found[lake.Processed]) (map[string]*contribution, error) {
	rows := map[string]*contribution{}
	for _, in := range p.Manifest.Inputs {
		rows[in.Reading] = newContribution()
	}
	for _, kind := range rowKinds {
		err := v.eachRow(ctx, v.o.Processed, p.Manifest.Objects, kind, func(r seenRow) error {
			v.tick(stageProcessed)
			c := rows[r.reading]
			if c == nil {
				return differs(nextProcessed, "manifest "+p.Key+", "+kind+" rows", "of the readings that it names", "one of reading "+r.reading)
			}
			c.add(kind, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// takenRows holds a reading's rows in processed against those in staging.
func (v *verification) takenRows(ctx context.Context, t *trail, read map[string]gathered) (expired bool, err error) {
	if t.chosen == nil {
		if t.result == nil && len(t.ledger) > 0 {
			return true, nil
		}
		return false, differs("run transform for the day, then load", "a processed manifest that names result "+t.result.Key, "one", "none: it is not there yet, or was removed")
	}
	p, in := t.chosen.manifest, t.chosen.input
	if t.result != nil && (in.SHA256 != t.result.SHA256 || in.Result != t.result.Key) {
		return false, differs("find out who changed the result's manifest; restore it, or remove the processed manifest and run transform and load",
			"the SHA-256 of result "+t.result.Key+", as "+p.Key+" names it", in.SHA256, t.result.SHA256)
	}
	g := read[p.Key]
	if g.err != nil {
		return false, g.err
	}
	have := g.rows[in.Reading]
	here := v.sideOf(v.o.Processed, p.Manifest.Objects, in.Reading)
	if t.rows != nil {
		if err := compare(ctx, nextProcessed, stageProcessed, t.from, t.rows.as, have.as, rowKinds, t.source, here, false); err != nil {
			return false, err
		}
	} else {
		t.rows, t.from, t.source = have, stageProcessed, here
	}
	return false, counted(p.Key, in, have)
}

// counted compares a reading's rows with what the processed manifest says of them.
func counted(key string, in lake.Input, have *contribution) error {
	want := maps.Clone(in.Rows)
	if want == nil {
		want = map[string]int64{}
	}
	want[lake.KindErasure], want[lake.KindAbsence] = in.Erasures, in.Absences()
	for _, kind := range []string{reservation.KindReservation, reservation.KindCustomer, lake.KindErasure, lake.KindAbsence} {
		if n := have.as[kind].rows; n != want[kind] {
			return differs(nextProcessed, kind+" rows, as "+key+" counts them", want[kind], n)
		}
	}
	return nil
}
