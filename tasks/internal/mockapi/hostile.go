package main

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

// hostile carries a scenario out. It stands between the routes and their handlers (answer). A nil one does nothing.
type hostile struct {
	plan   *Scenario
	server *Server
	state  map[*shelf]*changing // of each shelf whose records can change

	mu       sync.Mutex
	counts   map[turn]*count
	injected map[string]int64 // by kind: answers, or records
	changes  []change
}

// turn names what requests are counted by.
type turn struct {
	rule int
	list string
}

// count is how far a rule is on a route and list.
type count struct {
	met  int // requests
	done int // times that the rule did something
	heal []healing
}

func newHostile(plan *Scenario, server *Server, registry *source.Registry) *hostile {
	h := &hostile{plan: plan, server: server, state: map[*shelf]*changing{}, counts: map[turn]*count{}, injected: map[string]int64{}}
	for _, sh := range server.shelves {
		h.state[sh] = newChanging(sh)
	}
	for _, src := range registry.Sources {
		for _, sh := range []*shelf{server.openTable.reservations[src.RID], server.openTable.guests[src.RID]} {
			if src.Platform == reservation.OpenTable {
				h.state[sh].zone, h.state[sh].prefix = src.Location, strconv.FormatInt(src.RID, 10)+"-"
			}
		}
	}
	return h
}

// target is what a request asks for.
type target struct{ platform, records, route string }

// targets are the routes that a scenario can disturb, by the pattern's path.
var targets = map[string]target{
	opentable.TokenPath:                                   {reservation.OpenTable, "", routeToken},
	opentable.ReservationsPath:                            {reservation.OpenTable, reservation.KindReservation, routeList},
	opentable.ReservationsPath + "/{id}":                  {reservation.OpenTable, reservation.KindReservation, routeRecord},
	opentable.GuestsPath:                                  {reservation.OpenTable, reservation.KindCustomer, routeList},
	opentable.GuestsPath + "/{id}":                        {reservation.OpenTable, reservation.KindCustomer, routeRecord},
	thefork.TokenPath:                                     {reservation.TheFork, "", routeToken},
	thefork.BasePath + thefork.ReservationsPath:           {reservation.TheFork, reservation.KindReservation, routeList},
	thefork.BasePath + thefork.ReservationsPath + "/{id}": {reservation.TheFork, reservation.KindReservation, routeRecord},
	thefork.BasePath + thefork.CustomersPath:              {reservation.TheFork, reservation.KindCustomer, routeList},
	thefork.BasePath + thefork.CustomersPath + "/{id}":    {reservation.TheFork, reservation.KindCustomer, routeRecord},
}

func (r *rule) matches(t target) bool {
	return (r.Platform == "" || r.Platform == t.platform) && (r.Records == "" || r.Records == t.records) && slices.Contains(r.routes, t.route)
}

// list names the list that a request is about, for counting.
func (t target) list(r *http.Request) string {
	name := t.platform + " " + t.records + " " + t.route
	params := r.URL.Query()
	for _, param := range []string{"rid", "restaurantUuid", "groupUuid"} {
		name += " " + params.Get(param)
	}
	return name
}

// laterPage says whether a request for a list is for a page behind the first.
func laterPage(r *http.Request) bool {
	params := r.URL.Query()
	offset, _ := strconv.ParseInt(params.Get("offset"), 10, 64)
	page, _ := strconv.ParseInt(params.Get("page"), 10, 64)
	return offset > 0 || page > 1
}

// answer lets a handler answer, disturbed as the scenario wants it.
func (h *hostile) answer(path string, r *http.Request, id string, next handler) answer {
	if h == nil {
		return next(r, id)
	}
	t, ok := targets[path]
	if !ok {
		return next(r, id)
	}
	fault := h.take(t, r)
	if fault == nil {
		return next(r, id)
	}
	return h.spoilt(fault, t, r, id, next)
}

// take counts a request, changes the records that are to change before it is answered, and gives the fault that its answer
// has, if any. Of several faults at once the first rule's happens; the others keep their turns.
func (h *hostile) take(t target, r *http.Request) (fault *rule) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list, log := t.list(r), zerolog.Ctx(r.Context())
	for i := range h.plan.Rules {
		rule := &h.plan.Rules[i]
		isChange := kinds[rule.Kind].change
		if !rule.matches(t) || isChange && t.route == routeList && !laterPage(r) {
			continue
		}
		key := turn{i, list}
		n := h.counts[key]
		if n == nil {
			n = new(count)
			h.counts[key] = n
		}
		n.met++
		draw := h.draw(key, n.met)
		if err := h.heal(n); err != nil {
			log.Error().Err(err).Str("kind", rule.Kind).Msg("records not changed back")
		}
		if !rule.due(n, draw) || !isChange && fault != nil {
			continue
		}
		n.done++
		if !isChange {
			fault = rule
			h.injected[rule.Kind]++
			continue
		}
		if err := h.change(rule, n, t, r, draw); err != nil {
			log.Error().Err(err).Str("kind", rule.Kind).Msg("records not changed")
		}
	}
	return fault
}

// draw is the chance of a rule's turn: the same for the same seed, rule, list and number.
func (h *hostile) draw(key turn, number int) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(key.list)) // never fails
	return rand.New(rand.NewPCG(h.plan.Seed^sum.Sum64(), uint64(key.rule)<<32|uint64(number)))
}

// due says whether it is a rule's turn at the last request counted.
func (r *rule) due(n *count, draw *rand.Rand) bool {
	chance := draw.Float64()
	switch {
	case n.met <= r.After || r.ended(n), r.Until > 0 && n.met > r.Until, (n.met-r.After-1)%r.Every != 0:
		return false
	}
	return r.Share == 0 || chance < r.Share
}

// ended says whether a rule has no turns left.
func (r *rule) ended(n *count) bool { return r.Times > 0 && n.done >= r.Times }

// over says whether a rule will do nothing more.
func (r *rule) over(n *count) bool {
	return (r.ended(n) || r.Until > 0 && n.met >= r.Until) && len(n.heal) == 0
}

// pause waits as long as a rule says, or until nobody waits for the answer.
func pause(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
