package mockapi

import (
	"maps"
	"net/http"
	"slices"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/thefork"
)

// routing lays out both platforms' paths, and the server's own.
func (s *Server) routing() {
	o, f := &s.openTable, &s.theFork
	s.handle("GET "+opentable.TokenPath, o.token)
	s.handle("POST "+opentable.TokenPath, o.token)
	s.handle("GET "+opentable.ReservationsPath, o.guarded(o.list(o.reservations, reservationFilters)))
	s.handle("GET "+opentable.ReservationsPath+"/{id}", o.guarded(o.one(o.reservations)))
	s.handle("GET "+opentable.GuestsPath, o.guarded(o.list(o.guests, o.guestFilters)))
	s.handle("GET "+opentable.GuestsPath+"/{id}", o.guarded(o.one(o.guests)))
	s.handle("GET "+posDataPath, o.guarded(o.posData))
	for path, allow := range map[string]string{
		posDataPath:                          "GET, HEAD",
		opentable.TokenPath:                  "GET, HEAD, POST",
		opentable.ReservationsPath:           "GET, HEAD",
		opentable.ReservationsPath + "/{id}": "GET, HEAD",
		opentable.GuestsPath:                 "GET, HEAD",
		opentable.GuestsPath + "/{id}":       "GET, HEAD",
	} {
		s.handle(path, func(r *http.Request, id string) answer {
			return o.refuse(r, id, http.StatusMethodNotAllowed, "").with("Allow", allow)
		})
	}
	s.handle("/sync/", func(r *http.Request, id string) answer { return o.refuse(r, id, http.StatusNotFound, "") })

	reservations := make([]*shelf, len(f.all))
	for i, h := range f.all {
		reservations[i] = h.shelf
	}
	customers := []*shelf{f.customers}
	base := thefork.BasePath
	s.handle("POST "+thefork.TokenPath, f.token)
	s.handle("GET "+base+thefork.ReservationsPath, f.guarded(f.listReservations))
	s.handle("GET "+base+thefork.ReservationsPath+"/{id}", f.guarded(f.one("RESERVATION_NOT_FOUND", reservations)))
	s.handle("GET "+base+thefork.CustomersPath, f.guarded(f.listCustomers))
	s.handle("GET "+base+thefork.CustomersPath+"/{id}", f.guarded(f.one("CUSTOMER_NOT_FOUND", customers)))
	beside := f.beside(base)
	for _, path := range slices.Sorted(maps.Keys(beside)) {
		s.handle("GET "+path, f.guarded(beside[path]))
		s.handle(path, func(*http.Request, string) answer {
			return f.refuse(http.StatusMethodNotAllowed, "").with("Allow", "GET, HEAD")
		})
	}
	for path, allow := range map[string]string{
		thefork.TokenPath:                         "POST",
		base + thefork.ReservationsPath:           "GET, HEAD",
		base + thefork.ReservationsPath + "/{id}": "GET, HEAD",
		base + thefork.CustomersPath:              "GET, HEAD",
		base + thefork.CustomersPath + "/{id}":    "GET, HEAD",
	} {
		s.handle(path, func(*http.Request, string) answer {
			return f.refuse(http.StatusMethodNotAllowed, "").with("Allow", allow)
		})
	}
	s.handle(base+"/", func(*http.Request, string) answer { return f.refuse(http.StatusNotFound, "") })

	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /metrics", s.metrics)
	if s.hostile != nil {
		s.mux.HandleFunc("GET /scenario", s.hostile.report)
	}
}
