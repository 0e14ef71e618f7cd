package forget

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

// Remains is an object of raw that still holds a guest's records.
type Remains struct {
	Zone    ZoneName `json:"zone"`
	Object  string   `json:"object"`
	Kind    string   `json:"kind"`
	Lines   int64    `json:"lines"`
	Expires string   `json:"expires"` // YYYY-MM-DD, by when it was stored and the zone's days
}

// Found is what a look through the lake found.
type Found struct {
	Remaining []Remains `json:"remaining"`
	Gone      []string  `json:"gone"` // "ZONE: reading …": readings of the guests that have expired there
}

// look sees to it that the zones are those that were loaded from: a reading with a guest's records that a zone does not know
// must be older than the zone's days. Where one is younger, the zone is another, or keeps objects for less time, and an erasure
// that says that it reached all of it would be wrong: that is a usage fault.
func look(ctx context.Context, zones []Zone, traces []warehouse.Trace, now time.Time) (gone []string, err error) {
	var readings []string
	for _, t := range traces {
		if !slices.Contains(readings, t.Reading) {
			readings = append(readings, t.Reading)
		}
	}
	gone = []string{}
	for _, z := range zones {
		for _, reading := range readings {
			known, err := z.knows(ctx, reading)
			if err != nil {
				return gone, err
			}
			if !known && !z.expired(reading, now) {
				flag := "--" + string(z.Name)
				return gone, fault.New(fault.Usage,
					"check "+flag+" and "+flag+"-days; without "+flag+" the zone is left as it is",
					"look for what is there: %s lacks the manifest of reading %s, which is younger than %s; nothing is erased",
					z.URL(), reading, text.Count(z.Days, "day"))
			}
			if !known {
				gone = append(gone, string(z.Name)+": reading "+reading)
			}
		}
	}
	return gone, nil
}

// expired reports whether the zone's lifecycle has had the time to delete what came of a reading.
func (z Zone) expired(reading string, now time.Time) bool {
	id, err := lake.ParseReadingID(reading)
	return err == nil && !id.Start().AddDate(0, 0, int(z.Days)).After(now)
}

// knows reports whether the zone has a manifest of a reading.
func (z Zone) knows(ctx context.Context, reading string) (bool, error) {
	id, err := lake.ParseReadingID(reading)
	if err != nil {
		return false, fault.New(fault.Data, "`care verify` says what is wrong with the warehouse", "follow a guest: %w", err)
	}
	switch z.Name {
	case Raw:
		_, err := z.Stat(ctx, lake.ManifestKey(id))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	case Staging:
		results, err := lake.Results(ctx, z.Zone, id.Source, id.Day)
		return slices.ContainsFunc(results, func(r lake.Found[lake.Result]) bool { return r.Manifest.Reading == reading }), err
	case Processed:
		days, err := lake.ProcessedOf(ctx, z.Zone, id.Day)
		return slices.ContainsFunc(days, func(p lake.Found[lake.Processed]) bool {
			return slices.ContainsFunc(p.Manifest.Inputs, func(in lake.Input) bool { return in.Reading == reading })
		}), err
	}
	return false, fault.New(fault.Defect, "report it", "there is no zone %q to look through", z.Name)
}

// remaining lists what still holds lines of raw, as a look has counted them, with the days on which the zone's lifecycle ends it.
func (w *zoneWork) remaining(ctx context.Context) (all []Remains, err error) {
	for key, lines := range w.holds {
		if lines == 0 {
			continue
		}
		e, err := w.Stat(ctx, key)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		kind, _, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], "-")
		expires := e.ModTime.UTC().AddDate(0, 0, int(w.Days)).Format(time.DateOnly)
		all = append(all, Remains{w.Name, key, kind, lines, expires})
	}
	slices.SortFunc(all, func(a, b Remains) int { return strings.Compare(a.Object, b.Object) })
	return all, nil
}
