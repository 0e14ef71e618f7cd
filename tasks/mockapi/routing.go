package main

import (
	"net/http"

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
	s.handle("GET "+opentable.GuestsPath, o.guarded(o.list(o.guests, guestFilters)))
	s.handle("GET "+opentable.GuestsPath+"/{id}", o.guarded(o.one(o.guests)))
	for _, path := range []string{opentable.TokenPath, opentable.ReservationsPath, opentable.ReservationsPath + "/{id}", opentable.GuestsPath, opentable.GuestsPath + "/{id}"} {
		s.handle(path, func(r *http.Request, id string) answer { return o.refuse(r, id, http.StatusMethodNotAllowed, "") })
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
	for _, path := range []string{thefork.TokenPath, base + thefork.ReservationsPath, base + thefork.ReservationsPath + "/{id}", base + thefork.CustomersPath, base + thefork.CustomersPath + "/{id}"} {
		s.handle(path, func(*http.Request, string) answer { return f.refuse(http.StatusMethodNotAllowed, "") })
	}
	s.handle(base+"/", func(*http.Request, string) answer { return f.refuse(http.StatusNotFound, "") })

	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /metrics", s.metrics)
}
