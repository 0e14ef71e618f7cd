package mockapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/thefork"
)

// theFork is the B2B API.
type theFork struct {
	server       *Server
	settings     *TheForkSettings
	tokens       *tokens
	reservations map[string]*shelf // by restaurantUuid
	all          []house           // the same, in the order of restaurants.yaml's ids
	groups       map[string]bool   // by groupUuid: every group has all restaurants
	customers    *shelf
	phones       atomic.Pointer[phonebook]
}

// house is a restaurant's shelf and wall clock.
type house struct {
	shelf *shelf
	zone  *time.Location
}

// token answers POST with a form or a JSON body.
func (f *theFork) token(r *http.Request, _ string) answer {
	r.Body = http.MaxBytesReader(nil, r.Body, maxTokenBody)
	ask, ok := tokenRequest(r)
	switch {
	case !ok:
		return reply(http.StatusBadRequest, oauthError{Error: "invalid_request"})
	case ask.GrantType != clientCredentials:
		return reply(http.StatusForbidden, oauthError{Error: "unsupported_grant_type"})
	case !f.settings.Credential.matches(ask.ClientID, ask.ClientSecret):
		return reply(http.StatusUnauthorized, oauthError{Error: "access_denied", Description: "Unauthorized"})
	case ask.Audience != thefork.Audience:
		return reply(http.StatusForbidden, oauthError{Error: "access_denied", Description: "the audience is not known"})
	}
	token := f.server.machine.Name(32)
	f.tokens.give(token)
	out := theForkToken{AccessToken: token, ExpiresIn: int64(f.tokens.life / time.Second), TokenType: "Bearer"}
	if f.settings.ExpiresIn == "absent" {
		out.ExpiresIn = 0
	}
	return reply(http.StatusOK, out, [2]string{"Cache-Control", "no-store"})
}

// theForkToken is the reply to a good call, as its tenant usually writes it: the documents say its life and type alone.
type theForkToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds
	TokenType   string `json:"token_type"`
}

func tokenRequest(r *http.Request) (ask thefork.TokenRequest, ok bool) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		err := json.NewDecoder(r.Body).Decode(&ask)
		return ask, err == nil
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return ask, false
		}
		f := r.PostForm
		return thefork.TokenRequest{
			GrantType: f.Get("grant_type"), ClientID: f.Get("client_id"), ClientSecret: f.Get("client_secret"),
			Audience: f.Get("audience"),
		}, true
	}
	return ask, false
}

// gateway answers as the gateway before the API does.
func gateway() answer {
	return reply(http.StatusUnauthorized, gatewayError{http.StatusText(http.StatusUnauthorized)},
		[2]string{"WWW-Authenticate", thefork.GatewayChallenge})
}

// unauthorized answers in the form that the settings name. The gateway's was seen from outside, and is not documented.
func (f *theFork) unauthorized(v verdict) answer {
	switch form := f.settings.Unauthorized; {
	case v == takenBack:
		return f.refuse(http.StatusUnauthorized, "")
	case v == missing && form == "gateway":
		return reply(http.StatusForbidden, gatewayError{http.StatusText(http.StatusForbidden)})
	case v == takenByGateway, form == "gateway":
		return gateway()
	case form == "bare":
		return reply(http.StatusUnauthorized, globalError{http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)})
	}
	return f.refuse(http.StatusUnauthorized, "")
}

// guarded lets a request through that shows a good token.
func (f *theFork) guarded(h handler) handler {
	return func(r *http.Request, id string) answer {
		if v := f.tokens.judge(r.Header.Get("Authorization")); v != valid {
			return f.unauthorized(v)
		}
		return h(r, id)
	}
}

// one answers with a single record.
func (f *theFork) one(code string, shelves []*shelf) handler {
	return func(r *http.Request, _ string) answer {
		name := r.PathValue("id")
		id, err := bare(name)
		if err != nil || len(name) != uuidLength {
			return f.refuse(http.StatusNotFound, code)
		}
		for _, sh := range shelves {
			e, ok := sh.view.Load().find(id)
			if !ok {
				continue
			}
			return record(e)
		}
		return f.refuse(http.StatusNotFound, code)
	}
}

// shelvesOf returns what a list is about. status is not 200 where it may not be asked.
func (f *theFork) shelvesOf(group, restaurant string) (houses []house, status int) {
	if group != "" && restaurant != "" {
		switch f.settings.BothIDs {
		case "refuse":
			return nil, http.StatusBadRequest
		case "group":
			restaurant = ""
		}
	}
	switch {
	case restaurant != "":
		sh := f.reservations[restaurant]
		for _, h := range f.all {
			if h.shelf == sh {
				return []house{h}, http.StatusOK
			}
		}
		return nil, foreignStatus(f.settings.Foreign)
	case group == "":
		return nil, http.StatusBadRequest
	case !f.groups[group]:
		return nil, foreignStatus(f.settings.Foreign)
	}
	return f.all, http.StatusOK
}

// listReservations answers with a page of ids.
func (f *theFork) listReservations(r *http.Request, id string) answer {
	params := r.URL.Query()
	q, ok := f.query(params)
	houses, status := f.shelvesOf(params.Get("groupUuid"), params.Get("restaurantUuid"))
	q.byMeal = params.Get("filterBy") == thefork.ByMealDate
	if params.Has("filterBy") && !q.byMeal && params.Get("filterBy") != thefork.ByUpdatedDate {
		ok = false
	}
	for _, name := range []string{"groupUuid", "restaurantUuid"} {
		ok = ok && (!params.Has(name) || params.Get(name) != "") // one without a value beside the other names nothing
	}
	if !ok {
		status = http.StatusBadRequest
	}
	if status != http.StatusOK {
		return f.refuse(status, "")
	}
	return f.page(r, id, q, houses)
}

// listCustomers answers with a page of ids. Customers are the account's: there is no restaurant to ask for.
func (f *theFork) listCustomers(r *http.Request, id string) answer {
	params := r.URL.Query()
	q, ok := f.query(params)
	q.orCreated = true
	group := params.Get("groupUuid")
	switch {
	case !ok || group == "":
		return f.refuse(http.StatusBadRequest, "")
	case !f.groups[group]:
		return f.refuse(foreignStatus(f.settings.Foreign), "")
	}
	return f.page(r, id, q, []house{{shelf: f.customers, zone: time.UTC}})
}

// page answers with the ids of a page. A sweep begins at page 1: then, and only then, new days come in.
func (f *theFork) page(r *http.Request, id string, q theForkQuery, houses []house) answer {
	if q.page == 1 {
		for _, h := range houses {
			if err := h.shelf.refresh(r.Context()); err != nil {
				zerolog.Ctx(r.Context()).Error().Err(err).Str("request", id).Msg("new days not loaded")
				return f.refuse(http.StatusServiceUnavailable, "")
			}
		}
	}
	return answer{status: http.StatusOK, before: q.appendPage(nil, q.find(houses))}
}
