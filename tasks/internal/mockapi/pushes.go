package mockapi

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"covers/tasks/internal/mockapi/push"
	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// pushing sends events of what changes while the server serves: what the days that come in bring, and what a scenario does.
type pushing struct {
	server  *Server
	senders map[string]*push.Sender // by platform
	group   string                  // TheFork's
}

// newPushing makes the senders that the settings name, and lets the shelves tell of their changes from now on.
func newPushing(s *Server, registry *source.Registry, o Options) *pushing {
	p := &pushing{server: s, senders: map[string]*push.Sender{}}
	for platform, target := range map[string]push.Target{
		reservation.OpenTable: o.Settings.OpenTable.Push, reservation.TheFork: o.Settings.TheFork.Push,
	} {
		if target.URL != "" {
			p.senders[platform] = push.New(platform, target, o.Machine, func(records string) push.Fate {
				return s.hostile.fate(platform, records)
			})
		}
	}
	for _, src := range registry.Sources {
		if src.Platform == reservation.TheFork && src.GroupUUID != "" && p.group == "" {
			p.group = src.GroupUUID
		}
	}
	if p.senders[reservation.OpenTable] != nil {
		for rid, sh := range s.openTable.reservations {
			sh.changed = func(_, now *view, fresh []entry) { p.bookings(sh, rid, now, fresh) }
		}
	}
	if p.senders[reservation.TheFork] != nil {
		for restaurant, sh := range s.theFork.reservations {
			sh.changed = func(old, now *view, fresh []entry) { p.entities(sh, restaurant, old, now, fresh) }
		}
		customers := s.theFork.customers
		customers.changed = func(old, now *view, fresh []entry) { p.entities(customers, "", old, now, fresh) }
	}
	return p
}

// run sends until ctx ends.
func (p *pushing) run(ctx context.Context) {
	for _, sender := range p.senders {
		go sender.Run(ctx)
	}
}

// current leaves the versions that came to be served, in the order of their clock.
func current(now *view, fresh []entry) []entry {
	kept := slices.DeleteFunc(slices.Clone(fresh), func(e entry) bool {
		served, ok := now.find(e.id)
		return !ok || served.offset != e.offset
	})
	slices.SortFunc(kept, compareVersions)
	return kept
}

// bookings sends OpenTable's events: reservations alone.
func (p *pushing) bookings(sh *shelf, rid int64, now *view, fresh []entry) {
	for _, e := range current(now, fresh) {
		record, err := sh.spool.bytes(e.at())
		if err != nil {
			continue
		}
		if body := push.Booking(record, p.server.openTable.tier(rid)); body != nil {
			p.senders[reservation.OpenTable].Send(sh.kind, body)
		}
	}
}

// entities sends TheFork's events: of bookings, of customers, and of the reviews that bookings come to have.
func (p *pushing) entities(sh *shelf, restaurant string, old, now *view, fresh []entry) {
	f := &p.server.theFork
	for _, e := range current(now, fresh) {
		before, known := old.find(e.id)
		word := "Created"
		if known {
			word = "Updated"
		}
		entity := sh.kind // both platforms' word for a guest is customer here
		event := push.Entity{
			EntityType: entity, EventType: entity + word, UUID: e.id.String(), GroupUUID: p.group, RestaurantUUID: restaurant,
		}
		bodies := [][]byte{event.Body()}
		if _, ok := f.reviewed(sh, &e); ok && restaurant != "" {
			had := false
			if known {
				_, had = f.reviewed(sh, &before)
			}
			event.EntityType, event.UUID, event.ReservationUUID = "review", reviewOf(e.id).String(), e.id.String()
			if event.EventType = "reviewRatingCreated"; !had {
				bodies = append(bodies, event.Body())
			}
			if event.EventType = "reviewCommentPublished"; !had && hasComment(&e) {
				bodies = append(bodies, event.Body())
			}
		}
		p.senders[reservation.TheFork].Send(sh.kind, bodies...)
	}
}

// metrics writes what became of the events, in the text form that Prometheus reads.
func (p *pushing) metrics(w io.Writer) {
	if len(p.senders) == 0 {
		return
	}
	fmt.Fprintln(w, "# TYPE covers_mockapi_events_total counter")
	for _, platform := range slices.Sorted(maps.Keys(p.senders)) {
		counts := p.senders[platform].Counts()
		for _, outcome := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(w, "covers_mockapi_events_total{platform=%q,outcome=%q} %d\n", platform, outcome, counts[outcome])
		}
	}
}

// fate returns what a scenario does to the next event of a platform. Its rules count events as they count requests.
func (h *hostile) fate(platform, records string) push.Fate {
	if h == nil {
		return push.Arrives
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	fate := push.Arrives
	for i := range h.plan.Rules {
		rule := &h.plan.Rules[i]
		if !rule.Concerns(platform, records, scenario.Push) {
			continue
		}
		key := turn{i, platform + " " + records}
		n := h.counts[key]
		if n == nil {
			n = new(count)
			h.counts[key] = n
		}
		n.met++
		if fate == push.Arrives && rule.Due(n.met, n.done, h.draw(key, n.met).Float64()) {
			n.done++
			h.injected[rule.Kind]++
			fate = push.Fate(rule.Kind)
		}
	}
	return fate
}
