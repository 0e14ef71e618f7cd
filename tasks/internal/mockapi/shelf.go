package mockapi

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// entry is one record as the server knows it: what it can be found by, and where it is in the spool. There may be millions:
// it holds no pointer, and nothing twice.
type entry struct {
	id           uuid.UUID // without OpenTable's "<rid>-"
	guest        uuid.UUID // zero where there is none
	offset       int64     // in the spool
	updated      int64     // milliseconds since 1970
	sequence     int64
	confirmation int64
	length       uint32 // in the spool
	scheduled    uint32 // seconds since 1970; of TheFork's customers, when they were made
	ahead        int32  // seconds that the restaurant's wall clock is ahead of UTC then
	state        uint16 // place in the shelf's states; a guest's is what form.GuestState says
	restaurant   uint16 // place in the shelf's restaurants
}

// at returns where the record is in the spool.
func (e *entry) at() span { return span{e.offset, int64(e.length)} }

// local returns the restaurant's wall clock at the meal, in seconds since 1970 as if it were UTC.
func (e *entry) local() int64 { return int64(e.scheduled) + int64(e.ahead) }

// view is a shelf at one moment. It never changes.
type view struct {
	entries []entry // in the order of lists
	byID    index
	states  []string
	rising  bool // updated rises with the place in entries
}

// find returns a record by its id.
func (v *view) find(id uuid.UUID) (entry, bool) {
	i, ok := v.byID.find(v.entries, id)
	if !ok {
		return entry{}, false
	}
	return v.entries[i], true
}

// state returns the number of a state. ok is false where no record ever had it.
func (v *view) state(name string) (number uint16, ok bool) {
	i := slices.Index(v.states, name)
	return uint16(max(i, 0)), i >= 0
}

// shelf keeps the records of one kind that are listed together: those of a restaurant, or of TheFork's account.
type shelf struct {
	platform    string
	kind        string
	restaurants []int64 // our own numbers, of those whose days belong here
	order       func(a, b entry) int
	keep        func(record []byte) []byte          // what of a record is served; nil for all
	hexes       func(id uuid.UUID) bool             // whether a guest's id is served as 24 hexadecimal digits; nil for none
	since       *changing                           // what a scenario changed; nil without one
	changed     func(old, now *view, fresh []entry) // tells of versions that came; nil where nobody is told

	zone  *lake.Zone
	spool *spool
	view  atomic.Pointer[view]

	mu     sync.Mutex // of what follows, and of refreshing
	loaded map[simulator.ID]bool
	states []string
}

func newShelf(zone *lake.Zone, spool *spool, platform, kind string, order func(a, b entry) int, restaurants ...int64) *shelf {
	s := &shelf{platform: platform, kind: kind, restaurants: restaurants, order: order, zone: zone, spool: spool,
		loaded: map[simulator.ID]bool{}}
	s.view.Store(&view{rising: true})
	return s
}

// refresh looks for days that the shelf has not seen and takes them in. A listing is all it costs when there is none.
func (s *shelf) refresh(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	days, err := s.unseen(ctx)
	if err != nil || len(days) == 0 {
		return err
	}
	var fresh []entry
	filling := s.spool.fill()
	for _, id := range days {
		if fresh, err = s.read(ctx, id, fresh, filling); err != nil {
			break
		}
	}
	if cerr := filling.close(err != nil); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	old, came := s.view.Load(), []entry(nil)
	if s.changed != nil {
		came = slices.Clone(fresh) // merge works in the other
	}
	v := merge(old, fresh, s.order)
	v.states = slices.Clone(s.states)
	s.view.Store(v)
	if s.changed != nil {
		s.changed(old, v, came)
	}
	for _, id := range days {
		s.loaded[id] = true
	}
	zerolog.Ctx(ctx).Info().Str("platform", s.platform).Str("kind", s.kind).Ints64("restaurants", s.restaurants).
		Int("days", len(days)).
		Int("records", len(v.entries)).Msg("days loaded")
	return nil
}

// unseen lists the days that the shelf has not seen.
func (s *shelf) unseen(ctx context.Context) ([]simulator.ID, error) {
	var days []simulator.ID
	for _, restaurant := range s.restaurants {
		found, err := simulator.Days(ctx, s.zone, s.platform, restaurant)
		if err != nil {
			return nil, err
		}
		for _, day := range found {
			if id := (simulator.ID{Platform: s.platform, Restaurant: restaurant, Day: day}); !s.loaded[id] {
				days = append(days, id)
			}
		}
	}
	return days, nil
}

// read takes a day in.
func (s *shelf) read(ctx context.Context, id simulator.ID, entries []entry, out *filling) ([]entry, error) {
	restaurant := uint16(slices.Index(s.restaurants, id.Restaurant))
	d, err := simulator.ReadDay(ctx, s.zone, id)
	if err != nil {
		return nil, err
	}
	entries = slices.Grow(entries, int(d.Files[s.kind].Records))
	for line, err := range simulator.Records(ctx, s.zone, d, s.kind) {
		if err != nil {
			return nil, err
		}
		if s.since != nil && s.since.outdated(&line) {
			continue
		}
		e, err := s.entry(line)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id.Folder(), err)
		}
		e.restaurant = restaurant
		record := line.Record
		if s.keep != nil {
			record = s.keep(record)
		}
		at, err := out.add(record)
		if err != nil {
			return nil, err
		}
		if at.length > math.MaxUint32 {
			return nil, fault.New(fault.Data, "remove the day's folder and generate it again", "read %s: a record of %d bytes",
				id.Folder(), at.length)
		}
		e.offset, e.length = at.offset, uint32(at.length)
		entries = append(entries, e)
	}
	return entries, nil
}

func (s *shelf) entry(l simulator.Line) (entry, error) {
	e := entry{updated: l.UpdatedAt, sequence: l.SequenceID, scheduled: uint32(l.ScheduledAt / 1000),
		confirmation: l.ConfirmationID, state: s.state(l.State)}
	var err error
	if e.id, err = s.served(l.ID); err != nil {
		return e, err
	}
	if l.GuestID != "" {
		if e.guest, err = bare(l.GuestID); err != nil {
			return e, err
		}
		e.guest = s.guest(e.guest)
	}
	if s.kind == reservation.KindCustomer {
		switch s.platform {
		case reservation.TheFork:
			e.scheduled = form.CreatedAt(l.Record)
		case reservation.OpenTable:
			e.state = s.state(form.GuestState(l.Record))
		}
	}
	if l.ScheduledLocal != "" {
		local, err := time.Parse(time.RFC3339, l.ScheduledLocal+"Z") // a form that is parsed without its layout
		if err != nil {
			return e, err
		}
		e.ahead = int32(local.Unix() - l.ScheduledAt/1000)
	}
	return e, nil
}

// served returns what stands for a record's id in the form that it is served in.
func (s *shelf) served(id string) (uuid.UUID, error) {
	u, err := bare(id)
	if s.kind == reservation.KindCustomer {
		u = s.guest(u)
	}
	return u, err
}

func (s *shelf) guest(id uuid.UUID) uuid.UUID {
	if s.hexes != nil && s.hexes(id) {
		copy(id[len(id)-len(hexMark):], hexMark[:])
	}
	return id
}

// state returns the place of a state among the shelf's.
func (s *shelf) state(name string) uint16 {
	i := slices.Index(s.states, name)
	if i < 0 {
		i = len(s.states)
		s.states = append(s.states, name)
	}
	return uint16(i)
}
