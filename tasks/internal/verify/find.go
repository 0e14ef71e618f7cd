package verify

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// find gathers what raw, staging, processed and the ledger name of a day. A manifest that cannot be read is told of with its
// reading; the others' are looked at all the same.
func (v *verification) find(ctx context.Context, day string) error {
	trails := map[string]*trail{}
	of := func(id lake.ReadingID) *trail {
		t := trails[id.String()]
		if t == nil {
			t = &trail{id: id, broken: map[string]error{}, lines: map[string]int64{}, reported: map[string]string{}}
			trails[id.String()] = t
		}
		return t
	}
	lost := func(stage string) func(string, error) {
		return func(key string, err error) {
			if id, perr := lake.ParseReadingID(key[:max(0, strings.LastIndex(key, "/"))]); perr == nil {
				of(id).broken[stage] = err
				return
			}
			d, _ := asDifference(ctx, err)
			d.Stage, d.Day = stage, day
			v.extra = append(v.extra, &d)
		}
	}
	sources, err := v.sources(ctx)
	if err != nil {
		return err
	}
	for _, source := range sources {
		readings, err := manifestsBelow(ctx, v.o.Raw, source+"/"+day+"/", lake.Read[lake.Reading], lost(stageRaw))
		if err != nil {
			return err
		}
		for _, f := range readings {
			id, _ := lake.ParseReadingID(f.Manifest.Reading) // lake.Read has
			of(id).raw = &f
		}
		results, err := manifestsBelow(ctx, v.o.Staging, source+"/"+day+"/", lake.Read[lake.Result], lost(stageStaging))
		if err != nil {
			return err
		}
		for _, f := range results {
			id, _ := lake.ParseReadingID(f.Manifest.Reading)
			if t := of(id); t.result == nil || t.result.Manifest.Rank.Compare(f.Manifest.Rank) < 0 {
				t.result = &f
			}
		}
	}
	days, err := manifestsBelow(ctx, v.o.Processed, day+"/", lake.Read[lake.Processed], lost(stageProcessed))
	if err != nil {
		return err
	}
	for _, f := range days {
		for _, in := range f.Manifest.Inputs {
			id, _ := lake.ParseReadingID(in.Reading)
			of(id).taken = append(of(id).taken, taking{&f, in})
		}
	}
	ledger, err := v.o.Warehouse.Ledger(ctx, day)
	if err != nil {
		return err
	}
	for _, e := range ledger {
		id, err := lake.ParseReadingID(e.Reading)
		if err != nil {
			return fault.New(fault.Data, "look at who wrote to the warehouse", "read the ledger: %w", err)
		}
		of(id).ledger = append(of(id).ledger, e)
	}
	return v.add(ctx, day, trails)
}

// add keeps the day's readings, sorted, and tells of rows of others.
func (v *verification) add(ctx context.Context, day string, trails map[string]*trail) error {
	var names []string
	for name := range trails {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v.trails = append(v.trails, trails[name])
	}
	readings, rows, err := v.o.Warehouse.Unledgered(ctx, day)
	for i, r := range readings {
		if trails[r] != nil {
			continue // that it is not loaded is told with the reading
		}
		v.extra = append(v.extra, &Difference{
			Stage: stageWarehouse, Day: day, Reading: r, Where: "rows of a reading that the ledger does not name", Expected: "none", Found: plural(rows[i], "row"),
			Next: "find out who wrote or deleted in the warehouse; restore it from a time before (Time Travel, a backup), or make it anew by load",
		})
	}
	return err
}

// sources are those that raw or staging has readings of, on whatever day.
func (v *verification) sources(ctx context.Context) (all []string, err error) {
	for _, z := range []*lake.Zone{v.o.Raw, v.o.Staging} {
		for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
			keys, err := z.Folders(ctx, platform+"/")
			if err != nil {
				return nil, err
			}
			for _, key := range keys {
				all = append(all, platform+"/"+key)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// manifestsBelow reads the manifests of a prefix and hands those that are refused to lost.
func manifestsBelow[T any](
	ctx context.Context, z *lake.Zone, prefix string, read func(context.Context, *lake.Zone, string) (lake.Found[T], error), lost func(key string, err error),
) (all []lake.Found[T], err error) {
	for e, err := range z.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(e.Key, ".json") {
			continue
		}
		f, err := read(ctx, z, e.Key)
		_, refused := asDifference(ctx, err)
		switch {
		case err == nil:
			all = append(all, f)
		case errors.Is(err, fs.ErrNotExist): // removed since the listing
		case refused:
			lost(e.Key, err)
		default:
			return nil, err
		}
	}
	return all, nil
}
