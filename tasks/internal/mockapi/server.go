package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// Settings are how the platforms behave where their documentation does not say, and what a client must show. The zero value
// of a word is the first one its comment names.
type Settings struct {
	OpenTable, TheFork         Credential
	OpenTableLife, TheForkLife time.Duration // of tokens

	OpenTableSort string // oldest, newest, id: the order of lists
	TheForkSort   string // oldest, newest, id
	UpdatedAfter  string // strict, inclusive
	ScheduledTo   string // inclusive, exclusive
	NextPageURL   string // absolute, relative, null
	OverLimit     string // refuse, clamp: a limit beyond the maximum
	Foreign       int    // 403, 401: OpenTable's status for another's restaurant
	GuestTier     string // person, record: whether guests have their personal fields

	EndDate      string // inclusive, exclusive: TheFork's last day
	DayZone      string // utc, restaurant: the zone that cuts TheFork's days
	Record       string // bare, data: a single record of TheFork, or one in {"data": …}
	HideLife     bool   // TheFork's token reply has no expires_in
	ExpiredToken string // gateway, api: who refuses an expired token of TheFork

	TheForkForeign int // 403, 401, 404: TheFork's status for another's group or restaurant

	Now func() time.Time // the server's clock; nil for the real one

	Scenario *Scenario // nil: nothing goes wrong
}

// Server answers for both platforms. It is an http.Handler.
type Server struct {
	settings Settings
	spool    *spool
	mux      *http.ServeMux
	routes   []*route
	shelves  []*shelf

	openTable openTable
	theFork   theFork
	hostile   *hostile // nil without a scenario

	boot     [8]byte // begins every request id
	requests atomic.Uint64
}

// NewServer makes a server for the restaurants of a registry, with the days that are in the zone by now. Close frees it.
func NewServer(ctx context.Context, zone *lake.Zone, registry *source.Registry, settings Settings) (*Server, error) {
	if settings.Now == nil {
		settings.Now = time.Now
	}
	sp, err := newSpool()
	if err != nil {
		return nil, err
	}
	s := &Server{settings: settings, spool: sp, mux: http.NewServeMux()}
	_, _ = rand.Read(s.boot[:])
	s.openTable = openTable{server: s, tokens: newTokens(settings.OpenTableLife, settings.Now), reservations: map[int64]*shelf{}, guests: map[int64]*shelf{}}
	s.theFork = theFork{server: s, tokens: newTokens(settings.TheForkLife, settings.Now), reservations: map[string]*shelf{}, groups: map[string]bool{}}
	s.stock(zone, registry)
	if settings.Scenario != nil {
		s.hostile = newHostile(settings.Scenario, s, registry)
	}
	s.routing()
	for _, sh := range s.shelves {
		if err := sh.refresh(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// stock makes a shelf for all that is listed together.
func (s *Server) stock(zone *lake.Zone, registry *source.Registry) {
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
	for _, src := range registry.Sources {
		switch {
		case src.Platform == reservation.OpenTable:
			s.openTable.reservations[src.RID] = add(src.Platform, reservation.KindReservation, s.settings.OpenTableSort, src.RestaurantID)
			cards := add(src.Platform, reservation.KindCustomer, s.settings.OpenTableSort, src.RestaurantID)
			if s.settings.GuestTier == "record" {
				cards.keep = withoutPerson
			}
			s.openTable.guests[src.RID] = cards
		case src.GroupUUID != "":
			s.theFork.groups[src.GroupUUID] = true
		default:
			sh := add(src.Platform, reservation.KindReservation, s.settings.TheForkSort, src.RestaurantID)
			s.theFork.reservations[src.RestaurantUUID] = sh
			s.theFork.all = append(s.theFork.all, house{shelf: sh, zone: src.Location})
			visited = append(visited, src.RestaurantID)
		}
	}
	s.theFork.customers = add(reservation.TheFork, reservation.KindCustomer, s.settings.TheForkSort, visited...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close frees the spool.
func (s *Server) Close() { s.spool.close() }

// Requests gives how many requests were answered, by status.
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
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		id := s.requestID()
		log := zerolog.Ctx(r.Context())
		debug := log.Debug()
		started := time.Time{}
		if debug.Enabled() {
			started = time.Now()
		}
		a := s.hostile.answer(name, r, id, h)
		bytes, err := a.send(w, s.spool)
		rt.count(a.status, bytes)
		if a.fault != "" {
			debug = debug.Str("fault", a.fault)
		}
		debug.Str("method", r.Method).Str("route", name).Int("status", a.status).Int64("bytes", bytes).Str("request", id).
			Dur("seconds", time.Since(started)).Err(err).Msg("request")
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
