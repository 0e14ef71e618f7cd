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
	"covers/tasks/internal/warehouse"
)

// zone is a zone of the lake as forget looks through it, and for how many days its lifecycle keeps an object.
type zone struct {
	name string
	*lake.Zone
	days int64
}

// remains is an object that still holds what a guest's erasure does not reach.
type remains struct {
	Zone    string `json:"zone"` // raw, staging or processed
	Object  string `json:"object"`
	Kind    string `json:"kind"`
	Holds   string `json:"holds"`   // record (as the platform gave it) or tokens
	Expires string `json:"expires"` // YYYY-MM-DD, by when it was stored and the zone's days
}

// found is what a look through the lake gave.
type found struct {
	Remaining []remains `json:"remaining"`
	Gone      []string  `json:"gone"` // readings that have expired, and objects of the others that were removed
}

// look finds, from the records of a guest, the objects that hold them: through the manifests of the records' readings, without
// reading an object. In raw a record's line tells the object; a row of Parquet may be in any object of its kind that its
// manifest names. A reading that a zone does not know must be older than the zone's days; where one is not, the zone is not the
// one that was loaded from, or keeps objects for less time, and what the look says would be wrong: that is a usage fault.
func look(ctx context.Context, zones []zone, traces []warehouse.Trace, now time.Time) (found, error) {
	f := found{Remaining: []remains{}, Gone: []string{}}
	lines := map[string]map[string][]int64{} // by reading and kind
	var readings []string
	for _, t := range traces {
		if lines[t.Reading] == nil {
			lines[t.Reading] = map[string][]int64{}
			readings = append(readings, t.Reading)
		}
		lines[t.Reading][t.Kind] = append(lines[t.Reading][t.Kind], t.Line)
	}
	seen := map[string]bool{}
	for _, z := range zones {
		for _, reading := range readings {
			objects, known, err := objectsOf(ctx, z, reading, lines[reading])
			if err != nil {
				return f, err
			}
			if !known && !z.expired(reading, now) {
				return f, fault.New(fault.Usage, "check --"+z.name+" and --"+z.name+"-days; without --"+z.name+" the zone is not looked through",
					"look for what remains: %s lacks the manifest of reading %s, which is younger than %s; nothing is erased",
					z.URL(), reading, plural(z.days, "day"))
			}
			if !known {
				f.Gone = append(f.Gone, z.name+": reading "+reading)
			}
			slices.SortFunc(objects, func(a, b lake.Object) int { return strings.Compare(a.Key, b.Key) })
			for _, o := range objects {
				if seen[z.name+o.Key] {
					continue
				}
				seen[z.name+o.Key] = true
				if err := f.add(ctx, z, o); err != nil {
					return f, err
				}
			}
		}
	}
	return f, nil
}

// expired says that the zone's lifecycle has had the time to delete what came of a reading.
func (z zone) expired(reading string, now time.Time) bool {
	id, err := lake.ParseReadingID(reading)
	return err == nil && !id.Start().AddDate(0, 0, int(z.days)).After(now)
}

func (f *found) add(ctx context.Context, z zone, o lake.Object) error {
	e, err := z.Stat(ctx, o.Key)
	if errors.Is(err, fs.ErrNotExist) {
		f.Gone = append(f.Gone, z.name+": "+o.Key)
		return nil
	}
	if err != nil {
		return err
	}
	holds := "tokens"
	if z.name == "raw" {
		holds = "record"
	}
	expires := e.ModTime.UTC().AddDate(0, 0, int(z.days)).Format(time.DateOnly)
	f.Remaining = append(f.Remaining, remains{z.name, o.Key, o.Kind, holds, expires})
	return nil
}

// objectsOf gives the objects of a zone that hold lines of a reading, or rows made of them at whatever rank. known says that
// the zone has a manifest of the reading; it may have expired.
func objectsOf(ctx context.Context, z zone, reading string, lines map[string][]int64) (objects []lake.Object, known bool, err error) {
	id, err := lake.ParseReadingID(reading)
	if err != nil {
		return nil, false, fmt.Errorf("follow a guest: %w", err)
	}
	keep := func(all []lake.Object, of func(o lake.Object) bool) {
		known = true
		for _, o := range all {
			if o.Records > 0 && lines[o.Kind] != nil && of(o) {
				objects = append(objects, o)
			}
		}
	}
	whole := func(lake.Object) bool { return true }
	switch z.name {
	case "raw":
		m, err := lake.Read[lake.Reading](ctx, z.Zone, lake.ManifestKey(id))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		keep(m.Manifest.Objects, func(o lake.Object) bool {
			return slices.ContainsFunc(lines[o.Kind], func(n int64) bool { return n >= o.FirstLine && n < o.FirstLine+o.Records })
		})
		return objects, known, err
	case "staging":
		results, err := lake.Results(ctx, z.Zone, id.Source, id.Day)
		for _, r := range results {
			if r.Manifest.Reading == reading {
				keep(r.Manifest.Objects, whole)
			}
		}
		return objects, known, err
	default:
		days, err := lake.ProcessedOf(ctx, z.Zone, id.Day)
		for _, p := range days {
			if slices.ContainsFunc(p.Manifest.Inputs, func(in lake.Input) bool { return in.Reading == reading }) {
				keep(p.Manifest.Objects, whole)
			}
		}
		return objects, known, err
	}
}

// text is the look for people.
func (f found) text(zones []zone) string {
	if len(zones) == 0 {
		return "the lake was not looked through: give --raw, --staging and --processed\n"
	}
	var b strings.Builder
	for _, z := range zones {
		n, last := 0, ""
		for _, r := range f.Remaining {
			if r.Zone == z.name {
				n++
				last = max(last, r.Expires)
			}
		}
		fmt.Fprintf(&b, "%s: %s still there", z.name, plural(int64(n), "object"))
		if n > 0 {
			fmt.Fprintf(&b, ", the last until %s", last)
		}
		b.WriteString("\n")
		for _, g := range f.Gone {
			if strings.HasPrefix(g, z.name+": ") {
				b.WriteString("  gone: " + strings.TrimPrefix(g, z.name+": ") + "\n")
			}
		}
	}
	return b.String()
}
