package mockapi

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"

	"github.com/rs/zerolog"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

// hostile carries a scenario out. It stands between the routes and their handlers (answer). A nil one does nothing.
type hostile struct {
	plan   *scenario.Scenario
	server *Server
	state  map[*shelf]*changing // of each shelf whose records can change

	mu       sync.Mutex
	counts   map[turn]*count
	injected map[scenario.Kind]int64 // answers, or records
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

func newHostile(plan *scenario.Scenario, server *Server, registry *source.Registry) *hostile {
	h := &hostile{
		plan: plan, server: server, state: map[*shelf]*changing{},
		counts: map[turn]*count{}, injected: map[scenario.Kind]int64{},
	}
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
type target struct {
	platform, records string
	route             scenario.Route
}

// targets are the routes that a scenario can disturb, by the pattern's path.
var targets = map[string]target{
	opentable.TokenPath:                                   {reservation.OpenTable, "", scenario.Token},
	opentable.ReservationsPath:                            {reservation.OpenTable, reservation.KindReservation, scenario.List},
	opentable.ReservationsPath + "/{id}":                  {reservation.OpenTable, reservation.KindReservation, scenario.Record},
	opentable.GuestsPath:                                  {reservation.OpenTable, reservation.KindCustomer, scenario.List},
	opentable.GuestsPath + "/{id}":                        {reservation.OpenTable, reservation.KindCustomer, scenario.Record},
	thefork.TokenPath:                                     {reservation.TheFork, "", scenario.Token},
	thefork.BasePath + thefork.ReservationsPath:           {reservation.TheFork, reservation.KindReservation, scenario.List},
	thefork.BasePath + thefork.ReservationsPath + "/{id}": {reservation.TheFork, reservation.KindReservation, scenario.Record},
	thefork.BasePath + thefork.CustomersPath:              {reservation.TheFork, reservation.KindCustomer, scenario.List},
	thefork.BasePath + thefork.CustomersPath + "/{id}":    {reservation.TheFork, reservation.KindCustomer, scenario.Record},
}

// list returns the name of the list that a request is about, for counting.
func (t target) list(r *http.Request) string {
	name := t.platform + " " + t.records + " " + string(t.route)
	params := r.URL.Query()
	for _, param := range []string{"rid", "restaurantUuid", "groupUuid"} {
		name += " " + params.Get(param)
	}
	return name
}

// laterPage reports whether a request for a list is for a page behind the first.
func laterPage(r *http.Request) bool {
	params := r.URL.Query()
	offset, _ := strconv.ParseInt(params.Get("offset"), 10, 64)
	page, _ := strconv.ParseInt(params.Get("page"), 10, 64)
	return offset > 0 || page > 1
}

// answer lets a handler answer, and spoils the answer as the scenario says.
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

// take counts a request, changes the records that are to change before it is answered, and returns the fault that its answer
// has, if any. Where several rules have a fault for it, the first one's happens and the others keep their turns.
func (h *hostile) take(t target, r *http.Request) (fault *scenario.Rule) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list, log := t.list(r), zerolog.Ctx(r.Context())
	for i := range h.plan.Rules {
		rule := &h.plan.Rules[i]
		isChange := rule.Kind.Changes()
		if !rule.Concerns(t.platform, t.records, t.route) || isChange && t.route == scenario.List && !laterPage(r) {
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
			log.Error().Err(err).Str("kind", string(rule.Kind)).Msg("records not changed back")
		}
		if !rule.Due(n.met, n.done, draw.Float64()) || !isChange && fault != nil {
			continue
		}
		n.done++
		if !isChange {
			fault = rule
			h.injected[rule.Kind]++
			continue
		}
		if err := h.change(rule, n, t, r, draw); err != nil {
			log.Error().Err(err).Str("kind", string(rule.Kind)).Msg("records not changed")
		}
	}
	return fault
}

// draw returns the dice of a rule's turn: the same for the same seed, rule, list and number.
func (h *hostile) draw(key turn, number int) *rand.Rand {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(key.list)) // never fails
	return rand.New(rand.NewPCG(h.plan.Seed^sum.Sum64(), uint64(key.rule)<<32|uint64(number)))
}

// over reports whether a rule will do nothing more.
func (n *count) over(r *scenario.Rule) bool { return r.Over(n.met, n.done) && len(n.heal) == 0 }
