package forget

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

// Remains is an object that still holds what a guest's erasure does not reach.
type Remains struct {
	Zone    ZoneName `json:"zone"`
	Object  string   `json:"object"`
	Kind    string   `json:"kind"`
	Holds   Holding  `json:"holds"`
	Expires string   `json:"expires"` // YYYY-MM-DD, by when it was stored and the zone's days
}

// Holding is what an object has of a guest.
type Holding string

// What objects hold.
const (
	HoldsRecord Holding = "record" // as the platform gave it
	HoldsTokens Holding = "tokens"
)

// Found is what a look through the lake found.
type Found struct {
	Remaining []Remains `json:"remaining"`
	Gone      []string  `json:"gone"` // "ZONE: …": readings that have expired, and objects of the others that were removed
}

// look finds the objects that hold the records of a guest. It reads the manifests of the records' readings, and no object: in raw
// a record's line tells the object, and a row of Parquet may be in any object of its kind that its manifest names. A reading that
// a zone does not know must be older than the zone's days. Where one is younger, the zone is not the one that was loaded from, or
// keeps objects for less time, and what the look says would be wrong: that is a usage fault.
func look(ctx context.Context, zones []Zone, traces []warehouse.Trace, now time.Time) (Found, error) {
	f := Found{Remaining: []Remains{}, Gone: []string{}}
	lines := map[string]linesByKind{} // by reading
	var readings []string
	for _, t := range traces {
		if lines[t.Reading] == nil {
			lines[t.Reading] = linesByKind{}
			readings = append(readings, t.Reading)
		}
		lines[t.Reading][t.Kind] = append(lines[t.Reading][t.Kind], t.Line)
	}
	for _, z := range zones {
		seen := map[string]bool{}
		for _, reading := range readings {
			objects, known, err := objectsOf(ctx, z, reading, lines[reading])
			if err != nil {
				return f, err
			}
			if !known && !z.expired(reading, now) {
				flag := "--" + string(z.Name)
				return f, fault.New(fault.Usage,
					"check "+flag+" and "+flag+"-days; without "+flag+" the zone is not looked through",
					"look for what remains: %s lacks the manifest of reading %s, which is younger than %s; nothing is erased",
					z.URL(), reading, text.Count(z.Days, "day"))
			}
			if !known {
				f.Gone = append(f.Gone, string(z.Name)+": reading "+reading)
			}
			slices.SortFunc(objects, func(a, b lake.Object) int { return strings.Compare(a.Key, b.Key) })
			for _, o := range objects {
				if seen[o.Key] {
					continue
				}
				seen[o.Key] = true
				if err := f.add(ctx, z, o); err != nil {
					return f, err
				}
			}
		}
	}
	return f, nil
}

// expired reports whether the zone's lifecycle has had the time to delete what came of a reading.
func (z Zone) expired(reading string, now time.Time) bool {
	id, err := lake.ParseReadingID(reading)
	return err == nil && !id.Start().AddDate(0, 0, int(z.Days)).After(now)
}

func (f *Found) add(ctx context.Context, z Zone, o lake.Object) error {
	e, err := z.Stat(ctx, o.Key)
	if errors.Is(err, fs.ErrNotExist) {
		f.Gone = append(f.Gone, string(z.Name)+": "+o.Key)
		return nil
	}
	if err != nil {
		return err
	}
	holds := HoldsTokens
	if z.Name == Raw {
		holds = HoldsRecord
	}
	expires := e.ModTime.UTC().AddDate(0, 0, int(z.Days)).Format(time.DateOnly)
	f.Remaining = append(f.Remaining, Remains{z.Name, o.Key, o.Kind, holds, expires})
	return nil
}

// linesByKind are the lines of a reading on which a guest is, by kind.
type linesByKind map[string][]int64

// on reports whether an object of raw has one of the lines. What says that a guest was merged is a customer's line there.
func (l linesByKind) on(o lake.Object) bool {
	lines := l[o.Kind]
	if o.Kind == reservation.KindCustomer {
		lines = slices.Concat(lines, l[lake.KindMerge])
	}
	return slices.ContainsFunc(lines, func(n int64) bool { return n >= o.FirstLine && n < o.FirstLine+o.Records })
}

// of returns those of a manifest's objects behind raw that have rows of the lines' kinds. That of a merge holds ids alone.
func (l linesByKind) of(all []lake.Object) (objects []lake.Object) {
	for _, o := range all {
		if o.Records > 0 && l[o.Kind] != nil && o.Kind != lake.KindMerge {
			objects = append(objects, o)
		}
	}
	return objects
}

// objectsOf returns the objects of a zone that hold lines of a reading, or rows made of them at whatever rank. known reports
// whether the zone has a manifest of the reading; it may have expired.
func objectsOf(ctx context.Context, z Zone, reading string, lines linesByKind) (objects []lake.Object, known bool, err error) {
	id, err := lake.ParseReadingID(reading)
	if err != nil {
		return nil, false, fmt.Errorf("follow a guest: %w", err)
	}
	switch z.Name {
	case Raw:
		m, err := lake.Read[lake.Reading](ctx, z.Zone, lake.ManifestKey(id))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		objects = slices.DeleteFunc(slices.Clone(m.Manifest.Objects), func(o lake.Object) bool { return !lines.on(o) })
		return objects, true, nil
	case Staging:
		results, err := lake.Results(ctx, z.Zone, id.Source, id.Day)
		for _, r := range results {
			if r.Manifest.Reading == reading {
				objects, known = append(objects, lines.of(r.Manifest.Objects)...), true
			}
		}
		return objects, known, err
	case Processed:
		days, err := lake.ProcessedOf(ctx, z.Zone, id.Day)
		for _, p := range days {
			if slices.ContainsFunc(p.Manifest.Inputs, func(in lake.Input) bool { return in.Reading == reading }) {
				objects, known = append(objects, lines.of(p.Manifest.Objects)...), true
			}
		}
		return objects, known, err
	}
	return nil, false, fault.New(fault.Defect, "report it", "there is no zone %q to look through", z.Name)
}
