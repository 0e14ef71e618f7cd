package verify

import (
	"context"
	"maps"

	"covers/tasks/internal/lake"
)

const nextProcessed = "remove the processed manifest and run transform and load for the day"

// gathered is what a processed manifest's objects hold, by reading.
type gathered struct {
	rows map[string]*contribution
	err  error // a difference
}

// processed looks at the manifests that take the readings' newest results. Each is read once.
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
	look := func(ctx context.Context, t *trail) (bool, error) { return v.rowsTaken(ctx, t, read) }
	for _, t := range v.trails {
		if err := v.follow(ctx, t, StageProcessed, look); err != nil {
			return err
		}
	}
	return nil
}

// gather reads a manifest's objects and compares the number of rows of each of its readings with what it says.
func (v *verification) gather(ctx context.Context, p *lake.Found[lake.Processed]) (map[string]*contribution, error) {
	rows := map[string]*contribution{}
	for _, in := range p.Manifest.Inputs {
		rows[in.Reading] = newContribution()
	}
	for _, kind := range rowKinds {
		err := v.eachRow(ctx, v.o.Processed, p.Manifest.Objects, kind, func(r seenRow) error {
			v.tick(StageProcessed)
			c := rows[r.reading]
			if c == nil {
				return newDifference(nextProcessed, "manifest "+p.Key+", "+kind+" rows",
					"of the readings that it names", "one of reading "+r.reading)
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

// rowsTaken holds a reading's rows in processed against those in staging.
func (v *verification) rowsTaken(ctx context.Context, t *trail, read map[string]gathered) (gone bool, err error) {
	if t.chosen == nil {
		if t.result == nil && len(t.ledger) > 0 {
			return true, nil
		}
		return false, newDifference("run transform for the day, then load",
			"a processed manifest that names result "+t.result.Key, "one", notThere)
	}
	p, in := t.chosen.manifest, t.chosen.input
	if t.result != nil && (in.SHA256 != t.result.SHA256 || in.Result != t.result.Key) {
		return false, newDifference(
			"find out who changed the result's manifest; restore it, or remove the processed manifest and run transform and load",
			"the SHA-256 of result "+t.result.Key+", as "+p.Key+" names it", in.SHA256, t.result.SHA256)
	}
	g := read[p.Key]
	if g.err != nil {
		return false, g.err
	}
	have := g.rows[in.Reading]
	here := v.sideOf(v.o.Processed, p.Manifest.Objects, in.Reading)
	if t.rows != nil {
		c := comparison{next: nextProcessed, stage: StageProcessed, before: t.from, want: t.source, have: here}
		if err := c.run(ctx, rowKinds, t.rows.as, have.as); err != nil {
			return false, err
		}
	} else {
		t.rows, t.from, t.source = have, StageProcessed, here
	}
	return false, counted(p.Key, in, have)
}

// counted compares a reading's rows with what the processed manifest says of them.
func counted(key string, in lake.Input, have *contribution) error {
	want := maps.Clone(in.Rows)
	if want == nil {
		want = map[string]int64{}
	}
	want[lake.KindErasure], want[lake.KindAbsence], want[lake.KindMerge] = in.Erasures, in.Absences(), in.Merges()
	for _, kind := range rowKinds {
		if n := have.as[kind].rows; n != want[kind] {
			return newDifference(nextProcessed, kind+" rows, as "+key+" counts them", want[kind], n)
		}
	}
	return nil
}
