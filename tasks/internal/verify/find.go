package verify

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/text"
)

// dayTrails gathers what raw, staging, processed and the ledger name of a day.
type dayTrails struct {
	v      *verification
	day    string
	trails map[string]*trail
}

// find gathers the trails of a day. A manifest that cannot be read is told of with its reading. The other readings are looked at
// all the same.
func (v *verification) find(ctx context.Context, day string) error {
	d := &dayTrails{v, day, map[string]*trail{}}
	for _, look := range []func(context.Context) error{d.inRawAndStaging, d.inProcessed, d.inLedger, d.outsideLedger} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.trails)) {
		d.trails[name].stand()
		v.trails = append(v.trails, d.trails[name])
	}
	return nil
}

// of returns the trail of a reading. Its name has been checked: by package lake in a manifest, by inLedger in the ledger.
func (d *dayTrails) of(reading string) *trail {
	id, _ := lake.ParseReadingID(reading)
	t := d.trails[id.String()]
	if t == nil {
		t = newTrail(id)
		d.trails[id.String()] = t
	}
	return t
}

// lost returns the function that takes the manifests of a stage that are refused.
func (d *dayTrails) lost(ctx context.Context, stage Stage) func(key string, err error) {
	return func(key string, err error) {
		if id, perr := lake.ParseReadingID(key[:max(0, strings.LastIndex(key, "/"))]); perr == nil {
			d.of(id.String()).broken[stage] = err
			return
		}
		difference, _ := asDifference(ctx, err)
		difference.Stage, difference.Day = stage, d.day
		d.v.extra = append(d.v.extra, &difference)
	}
}

func (d *dayTrails) inRawAndStaging(ctx context.Context) error {
	sources, err := d.v.sources(ctx)
	if err != nil {
		return err
	}
	for _, source := range sources {
		below := source + "/" + d.day + "/"
		readings, err := manifestsBelow(ctx, d.v.o.Raw, below, lake.Read[lake.Reading], d.lost(ctx, StageRaw))
		if err != nil {
			return err
		}
		for _, f := range readings {
			d.of(f.Manifest.Reading).raw = &f
		}
		results, err := manifestsBelow(ctx, d.v.o.Staging, below, lake.Read[lake.Result], d.lost(ctx, StageStaging))
		if err != nil {
			return err
		}
		for _, f := range results {
			t := d.of(f.Manifest.Reading)
			t.results = append(t.results, f)
		}
	}
	return nil
}

func (d *dayTrails) inProcessed(ctx context.Context) error {
	found, err := manifestsBelow(ctx, d.v.o.Processed, d.day+"/", lake.Read[lake.Processed], d.lost(ctx, StageProcessed))
	if err != nil {
		return err
	}
	for _, f := range found {
		for _, in := range f.Manifest.Inputs {
			t := d.of(in.Reading)
			t.named = append(t.named, naming{&f, in})
		}
	}
	return nil
}

func (d *dayTrails) inLedger(ctx context.Context) error {
	ledger, err := d.v.o.Warehouse.Ledger(ctx, d.day)
	if err != nil {
		return err
	}
	for _, e := range ledger {
		if _, err := lake.ParseReadingID(e.Reading); err != nil {
			return fault.New(fault.Data, "look at who wrote to the warehouse", "read the ledger: %w", err)
		}
		t := d.of(e.Reading)
		t.ledger = append(t.ledger, e)
	}
	return nil
}

// outsideLedger tells of rows of readings that the ledger does not name.
func (d *dayTrails) outsideLedger(ctx context.Context) error {
	readings, rows, err := d.v.o.Warehouse.Unledgered(ctx, d.day)
	for i, r := range readings {
		if d.trails[r] != nil {
			continue // that it is not loaded is told with the reading
		}
		d.v.extra = append(d.v.extra, &Difference{
			Stage: StageWarehouse, Day: d.day, Reading: r,
			Where: "rows of a reading that the ledger does not name", Expected: "none", Found: text.Count(rows[i], "row"),
			Next: "find out who wrote or deleted in the warehouse; restore it from a time before (Time Travel, a backup), " +
				"or make it anew by load",
		})
	}
	return err
}

// sources returns the sources that raw or staging has readings of, on whatever day.
func (v *verification) sources(ctx context.Context) (all []string, err error) {
	for _, z := range []*lake.Zone{v.o.Raw, v.o.Staging} {
		for _, platform := range platforms.Names() {
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
	ctx context.Context, z *lake.Zone, prefix string,
	read func(context.Context, *lake.Zone, string) (lake.Found[T], error), lost func(key string, err error),
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
