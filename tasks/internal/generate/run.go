// Package generate makes what the simulated platforms know: bookings and guests of the restaurants of restaurants.yaml, day by
// day. A file holds, for one restaurant, platform and UTC day, each record that changed on that day as it stood when the day
// ended. It is a function of the settings, the restaurant, the platform and the day alone: any day can be made alone, in any
// order, again, with the same bytes on any machine.
//
// Start with Run, then site.changesOn: how a day is put together from bookings whose whole life follows from a hash. The package
// refuses to know the clock, the order of days and the server that will serve its files.
package generate

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
)

// Options are what a run is asked for.
type Options struct {
	Day      string     // YYYY-MM-DD, UTC
	Out      *lake.Zone // the simulator zone
	Registry *source.Registry
	Source   string             // one source's id; empty for all that are read on the day
	Settings simulator.Settings // World is the program's own
	DryRun   bool
	Progress func(done, total int64) // days of restaurants; may be nil
}

// Outcome is what became of the days of a run.
type Outcome struct {
	Day    string
	Source string // as Options has it
	DryRun bool
	Days   []SourceDay // in the order of their sources' ids; what was not begun, because something else failed, is not among them
}

// SourceDay is what became of a day of one source: a restaurant on a platform.
type SourceDay struct {
	Source  string           `json:"source"`
	Key     string           `json:"key"`               // of day.json
	Written bool             `json:"written"`           // by this run
	Records map[string]int64 `json:"records"`           // by kind
	Defects map[string]int64 `json:"defects,omitempty"` // by kind of defect; not known of a dry run
}

// Run makes a day, each restaurant and platform on its own. What is there already stays. A day made with other settings is a
// usage fault.
func Run(ctx context.Context, o Options) (Outcome, error) {
	o.Settings.World = world
	out := Outcome{Day: o.Day, Source: o.Source, DryRun: o.DryRun}
	sources, err := sourcesOf(o)
	if err != nil {
		return out, err
	}
	days := make([]SourceDay, len(sources))
	progress := counting(o.Progress, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, src := range sources {
		group.Go(func() error {
			defer progress()
			var err error
			days[i], err = one(ctx, src, o)
			return err
		})
	}
	err = group.Wait()
	out.Days = slices.DeleteFunc(days, func(d SourceDay) bool { return d.Source == "" })
	return out, err
}

// sourcesOf returns the restaurants' sources to make. Accounts have no records of their own here: their customers come with
// the restaurants that they visit.
func sourcesOf(o Options) ([]source.Source, error) {
	if o.Source != "" {
		src, err := o.Registry.Source(o.Source)
		if err == nil && src.RestaurantID == 0 {
			err = fault.New(fault.Usage, "name a restaurant of the platform instead",
				"source %s is an account: its customers come with the restaurants", o.Source)
		}
		return []source.Source{src}, err
	}
	var sources []source.Source
	for _, src := range o.Registry.Expected(o.Day) {
		if src.RestaurantID != 0 {
			sources = append(sources, src)
		}
	}
	if len(sources) == 0 {
		return nil, fault.New(fault.Usage, "choose a day between from and until of a restaurant",
			"no restaurant of %s is read on %s", o.Registry.Path, o.Day)
	}
	return sources, nil
}

func counting(progress func(done, total int64), total int) func() {
	if progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	var done int64
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, int64(total))
	}
}

// one makes one restaurant's day on one platform.
func one(ctx context.Context, src source.Source, o Options) (SourceDay, error) {
	id := simulator.ID{Platform: src.Platform, Restaurant: src.RestaurantID, Day: o.Day}
	out := SourceDay{Source: src.ID, Key: id.Folder() + simulator.ManifestFile}
	if err := out.there(ctx, o.Out, id, o.Settings); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	on, err := parseDay(o.Day)
	if err != nil {
		return out, err
	}
	src.Currency = src.On(o.Day).Currency // who lives there, and by which clock, stays as it is today
	s, err := newSite(src, o.Settings.Seed, o.Settings.Records)
	if err != nil {
		return out, err
	}
	s.merging = o.Settings.Merges
	c := s.changesOn(on)
	out.Records = map[string]int64{
		reservation.KindReservation: int64(len(c.bookings)), reservation.KindCustomer: int64(len(c.cards)),
	}
	if o.DryRun {
		return out, nil
	}
	w := simulator.NewWriter(o.Out, id)
	defer w.Close()
	sequence, err := s.write(ctx, c, w, o.Settings.Defects)
	if err != nil {
		return out, err
	}
	won, err := w.Publish(ctx, o.Settings, sequence)
	if err != nil {
		return out, err
	}
	out.Written = won
	zerolog.Ctx(ctx).Info().Str("source", src.ID).Str("day", o.Day).
		Int("reservations", len(c.bookings)).Int("customers", len(c.cards)).
		Bool("written", won).Msg("day generated")
	return out, out.there(ctx, o.Out, id, o.Settings)
}

// there fills the outcome in from a day that exists.
func (out *SourceDay) there(ctx context.Context, zone *lake.Zone, id simulator.ID, s simulator.Settings) error {
	d, err := simulator.ReadDay(ctx, zone, id)
	if err != nil {
		return err
	}
	if !d.Settings.Equal(s) {
		return fault.New(fault.Usage,
			"use the same program, --seed, --records, --merges, --defects and --defect for all days of a zone, or another zone",
			"%s was made with other settings (world %d, seed %d, records %d)", id.Folder(), d.Settings.World, d.Settings.Seed,
			d.Settings.Records)
	}
	out.Defects, out.Records = d.Defects, map[string]int64{}
	for _, kind := range simulator.Kinds {
		out.Records[kind] = d.Files[kind].Records
	}
	return nil
}
