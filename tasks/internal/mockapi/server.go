// Package mockapi is both platforms in one server, as their documentation describes them from outside: OpenTable's Sync API v2
// at /api/v2/oauth/token and /sync/v2/…, TheFork's B2B API at /oauth/token and /manager/v1/…. It serves what generate wrote, and
// takes in days that are written while it runs. Where the documentation is silent there is a setting.
//
// Start with Server and its routing. The server refuses to know what is in a record: it serves bytes, good or bad.
package mockapi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// Server answers for both platforms. It is an http.Handler.
type Server struct {
	machine  machine.Machine
	settings Settings
	spool    *spool
	mux      *http.ServeMux
	routes   []*route
	shelves  []*shelf

	openTable openTable
	theFork   theFork
	hostile   *hostile // nil without a scenario
	pushing   *pushing

	boot     [8]byte // begins every request id
	requests atomic.Uint64
	fixed    map[string][]fixed // headers by the beginning of a path
}

// NewServer makes a server for the restaurants of the registry, with the days that are in the zone by now. Close frees it.
func NewServer(ctx context.Context, o Options) (*Server, error) {
	sp, err := newSpool()
	if err != nil {
		return nil, err
	}
	s := &Server{machine: o.Machine, settings: o.Settings, spool: sp, mux: http.NewServeMux()}
	_, _ = io.ReadFull(o.Machine.Random, s.boot[:]) // never fails
	headers := s.openTableHeaders()
	s.fixed = map[string][]fixed{"/sync/": headers, opentable.TokenPath: headers}
	s.openTable = openTable{
		server: s, settings: &s.settings.OpenTable, tokens: newTokens(o.Settings.OpenTable.TokenLife, o.Machine),
		reservations: map[int64]*shelf{}, guests: map[int64]*shelf{}, tiers: map[int64]string{},
	}
	s.theFork = theFork{
		server: s, settings: &s.settings.TheFork, tokens: newTokens(o.Settings.TheFork.TokenLife, o.Machine),
		reservations: map[string]*shelf{}, groups: map[string]bool{},
	}
	if err := s.stock(o.Data, o.Registry); err != nil {
		s.Close()
		return nil, err
	}
	if o.Settings.Scenario != nil {
		s.hostile = newHostile(o.Settings.Scenario, s, o.Registry)
	}
	s.routing()
	for _, sh := range s.shelves {
		if err := sh.refresh(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	s.pushing = newPushing(s, o.Registry, o)
	return s, nil
}

// stock makes a shelf for all that is listed together.
func (s *Server) stock(zone *lake.Zone, registry *source.Registry) error {
	var visited []int64 // restaurants whose customers TheFork keeps by account
	add := func(platform, kind, sort string, restaurants ...int64) *shelf {
		order := orders[sort]
		if order == nil {
			order = orders["oldest"]
		}
		sh := newShelf(zone, s.spool, platform, kind, order, restaurants...)
		s.shelves = append(s.shelves, sh)
		return sh
	}
	putOf := map[string]func(source.Source){
		reservation.OpenTable: func(src source.Source) {
			sort, forms := s.settings.OpenTable.Sort, s.settings.OpenTable.forms(src)
			bookings := add(src.Platform, reservation.KindReservation, sort, src.RestaurantID)
			cards := add(src.Platform, reservation.KindCustomer, sort, src.RestaurantID)
			bookings.keep, cards.keep = forms.Bookings(), forms.Guests(src.RID)
			bookings.hexes, cards.hexes = forms.Hex, forms.Hex
			for _, was := range src.Spans() { // by its former ids too
				s.openTable.reservations[was.RID], s.openTable.guests[was.RID] = bookings, cards
				s.openTable.tiers[was.RID] = forms.Tier
			}
		},
		reservation.TheFork: func(src source.Source) {
			if src.GroupUUID != "" {
				s.theFork.groups[src.GroupUUID] = true
				return
			}
			sh := add(src.Platform, reservation.KindReservation, s.settings.TheFork.Sort, src.RestaurantID)
			sh.keep = s.settings.TheFork.Record.Bookings(src.Location)
			for _, was := range src.Spans() {
				s.theFork.reservations[was.RestaurantUUID] = sh
			}
			s.theFork.all = append(s.theFork.all, house{shelf: sh, zone: src.Location})
			visited = append(visited, src.RestaurantID)
		},
	}
	for _, src := range registry.Sources {
		put, err := platforms.Choose(putOf, src.Platform)
		if err != nil {
			return err
		}
		put(src)
	}
	s.theFork.customers = add(reservation.TheFork, reservation.KindCustomer, s.settings.TheFork.Sort, visited...)
	s.theFork.customers.keep = s.settings.TheFork.Record.Customers()
	return nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close frees the spool.
func (s *Server) Close() { s.spool.close() }

// Requests returns how many requests were answered, by status.
func (s *Server) Requests() map[string]int64 {
	out := map[string]int64{}
	for _, r := range s.routes {
		for code := range r.codes {
			if n := r.codes[code].Load(); n > 0 {
				out[fmt.Sprint(code)] += n
			}
		}
	}
	return out
}

// handler answers a request; id is the request's.
type handler func(r *http.Request, id string) answer

// handle serves a pattern of http.ServeMux: it answers, counts and logs. Only the path's pattern is logged.
func (s *Server) handle(pattern string, h handler) {
	name := pattern[strings.IndexByte(pattern, ' ')+1:]
	rt := &route{name: pattern}
	s.routes = append(s.routes, rt)
	var headers []fixed
	for begin, all := range s.fixed {
		if strings.HasPrefix(name, begin) {
			headers = all
		}
	}
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		id := s.requestID()
		log := zerolog.Ctx(r.Context())
		debug := log.Debug()
		var started time.Time
		if debug.Enabled() {
			started = s.machine.Now()
		}
		a := s.hostile.answer(name, r, id, h)
		a.fixed = headers
		bytes, err := a.send(w, s.spool)
		rt.count(a.status, bytes)
		if debug.Enabled() {
			if a.fault != "" {
				debug = debug.Str("fault", string(a.fault))
			}
			debug.Str("method", r.Method).Str("route", name).Int("status", a.status).Int64("bytes", bytes).Str("request", id).
				Dur("seconds", s.machine.Since(started)).Err(err).Msg("request")
		}
		if err != nil && !errors.Is(err, http.ErrHandlerTimeout) && r.Context().Err() == nil {
			log.Warn().Err(err).Str("route", name).Str("request", id).Msg("reply cut off")
		}
	})
}

// requestID makes an id that no other request of any server has.
func (s *Server) requestID() string {
	var u uuid.UUID
	copy(u[:8], s.boot[:])
	binary.BigEndian.PutUint64(u[8:], s.requests.Add(1))
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}

// tokenID makes an id that nobody can guess.
func (s *Server) tokenID() string {
	var u uuid.UUID
	_, _ = io.ReadFull(s.machine.Random, u[:]) // never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}
