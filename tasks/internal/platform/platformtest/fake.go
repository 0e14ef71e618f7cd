// Package platformtest is a small server that speaks both platforms' protocol as far as reading goes, moves its records when
// a test says so, and fails as a test says. It keeps nothing on disk and knows no day: a list is what the test put there.
//
// Start with New. For a server that is complete, see tasks/internal/mockapi; this one is here to misbehave.
package platformtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The credential that the server accepts. Both halves hold what escaping would change.
const (
	ClientID     = "covers test"
	ClientSecret = "s3cret/+=&%:"
)

// The forms of nextPageUrl.
const (
	NextNull     = iota // offsets only
	NextAbsolute        // https://host/path?query
	NextPath            // /path?query
	NextQuery           // ?query
	NextForeign         // another host
	NextOther           // another path of the same host
)

// Record is a record of a list.
type Record struct{ ID, Body string }

// OpenTableRecords makes n records of OpenTable, with a text that must not be found in a log.
func OpenTableRecords(n int) (list []Record) {
	for i := range n {
		list = append(list, Record{ID: fmt.Sprint(i), Body: fmt.Sprintf(`{ "id": "1001-%d", "guest_request": "no  nuts" }`, i)})
	}
	return list
}

// TheForkRecords makes n records of TheFork.
func TheForkRecords(n int) (list []Record) {
	for i := range n {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		list = append(list, Record{ID: id, Body: fmt.Sprintf(`{"reservationUuid": "%s"}`, id)})
	}
	return list
}

// Server is the fake. Set its fields before the first request, or within Before, which is called with the lock held.
type Server struct {
	URL string // of both platforms' API and tokens; TheFork's API is below /manager

	// Before is called before each API request is answered, n counting from 1. It may move the records.
	Before func(n int, r *http.Request) Fault
	// BeforeToken is called before each request for a token.
	BeforeToken func(n int, r *http.Request) Fault

	Lists     map[string][]Record // by path: "/sync/v2/reservations", "/v1/customers" …
	Unlisted  map[string][]Record // by path: found by their id, and in no list
	Gone      map[string]bool     // ids that have no record, listed or not
	Next      int                 // form of nextPageUrl
	Wrap      bool                // TheFork: a record comes as {"data": record}
	ExpiresIn string              // JSON of expires_in; empty: not there
	MaxLimit  int                 // the most of a page, whatever is asked; 0: what is asked

	mu       sync.Mutex
	n        int
	tokens   int
	valid    string
	asked    []*url.URL
	listener *httptest.Server
}

// TB is what New takes of a *testing.T, a *testing.B or a *rapid.T's parent.
type TB interface{ Cleanup(func()) }

// New starts a server with the empty lists of both platforms.
func New(t TB) *Server {
	s := &Server{ExpiresIn: "86400", Gone: map[string]bool{}, Lists: map[string][]Record{}}
	s.listener = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.listener.URL
	t.Cleanup(s.listener.Close)
	return s
}

// Close ends the server early.
func (s *Server) Close() { s.listener.Close() }

// Asked returns the addresses of the API requests so far, and how many tokens were given.
func (s *Server) Asked() (api []*url.URL, tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked), s.tokens
}

// Lock runs f while no request is answered.
func (s *Server) Lock(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Revoke makes the token in use invalid. It is for use within Before.
func (s *Server) Revoke() { s.valid = "" }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	token := strings.HasSuffix(r.URL.Path, "/oauth/token")
	s.mu.Lock()
	var f Fault
	switch {
	case token:
		if s.tokens++; s.BeforeToken != nil {
			f = s.BeforeToken(s.tokens, r)
		}
	default:
		s.n++
		s.asked = append(s.asked, r.URL)
		if s.Before != nil {
			f = s.Before(s.n, r)
		}
	}
	n := s.n
	s.mu.Unlock()
	f.Spoil(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if token {
			s.token(w, r)
			return
		}
		s.api(w, r, n)
	}), w, r)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var ok bool
	if strings.HasPrefix(r.URL.Path, "/api/v2") {
		id, secret, _ := r.BasicAuth()
		ok = id == ClientID && secret == ClientSecret && r.FormValue("grant_type") == "client_credentials"
	} else {
		ok = r.Method == http.MethodPost && r.PostFormValue("client_id") == ClientID &&
			r.PostFormValue("client_secret") == ClientSecret &&
			r.PostFormValue("grant_type") == "client_credentials" && r.PostFormValue("audience") == "https://api.thefork.io"
	}
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		send(w, `{"error":"invalid_client","error_description":"%s is unknown"}`, ClientID)
		return
	}
	s.valid = fmt.Sprintf("token-%d", s.tokens)
	reply := map[string]any{"access_token": s.valid, "token_type": "bearer"}
	if s.ExpiresIn != "" {
		reply["expires_in"] = json.RawMessage(s.ExpiresIn)
	}
	_ = json.NewEncoder(w).Encode(reply)
}

func (s *Server) api(w http.ResponseWriter, r *http.Request, n int) {
	path, theFork := strings.CutPrefix(r.URL.Path, "/manager")
	if !theFork {
		w.Header().Set("OT-RequestId", fmt.Sprintf("ot-%d", n))
	}
	switch {
	case s.valid == "" || r.Header.Get("Authorization") != "Bearer "+s.valid:
		w.WriteHeader(http.StatusUnauthorized)
		if theFork {
			send(w, `{"message":"Unauthorized"}`)
		} else {
			send(w, `{"timestamp":"2026-03-28T00:00:00Z","path":%q,"status":401,"error":"Unauthorized","requestId":"ot-%d"}`,
				path, n)
		}
	case theFork:
		s.theFork(w, r, path)
	default:
		s.openTable(w, r, path)
	}
}

func number(r *http.Request, name string, def int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return def
	}
	return n
}

func (s *Server) page(list []Record, from, limit int) []Record {
	if s.MaxLimit > 0 {
		limit = min(limit, s.MaxLimit)
	}
	from = min(from, len(list))
	return list[from:min(from+limit, len(list))]
}

func (s *Server) openTable(w http.ResponseWriter, r *http.Request, path string) {
	list, ok := s.Lists[path]
	if !ok {
		if item, ok := s.one(path); ok {
			send(w, "%s", item.Body)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		send(w, `{"timestamp":"2026-03-28T00:00:00Z","path":%q,"status":404,"error":"Not Found","requestId":%q}`,
			path, w.Header().Get("OT-RequestId"))
		return
	}
	offset, limit := number(r, "offset", 0), number(r, "limit", 1000)
	items := s.page(list, offset, limit)
	bodies := make([]string, len(items))
	for i, item := range items {
		bodies[i] = item.Body
	}
	more, next := offset+len(items) < len(list), "null"
	if more && s.Next != NextNull {
		q := r.URL.Query()
		q.Set("offset", strconv.Itoa(offset+len(items)))
		next = strconv.Quote(map[int]string{
			NextAbsolute: s.URL + path, NextPath: path, NextQuery: "",
			NextForeign: "https://elsewhere.example" + path, NextOther: "/sync/v2/other",
		}[s.Next] + "?" + q.Encode())
	}
	send(w, `{ "items": [%s], "limit": %d, "hasNextPage": %t, "nextPageUrl": %s, "offset": %d }`,
		strings.Join(bodies, ", "), limit, more, next, offset)
}

func (s *Server) theFork(w http.ResponseWriter, r *http.Request, path string) {
	if list, ok := s.Lists[path]; ok {
		limit, page := number(r, "limit", 100), number(r, "page", 1)
		if s.MaxLimit > 0 {
			limit = min(limit, s.MaxLimit)
		}
		ids := []string{}
		for _, item := range s.page(list, (page-1)*limit, limit) {
			ids = append(ids, item.ID)
		}
		data, _ := json.Marshal(ids)
		send(w, `{"totalCount": %d, "data": %s, "page": %d, "limit": %d}`, len(list), data, page, limit)
		return
	}
	if item, ok := s.one(path); ok {
		if s.Wrap {
			send(w, `{ "data": %s }`, item.Body)
			return
		}
		send(w, "%s", item.Body)
		return
	}
	w.WriteHeader(http.StatusNotFound)
	send(w, `{"data":{"code":"RESERVATION_NOT_FOUND"},"error":"Not Found","statusCode":404}`)
}

// one finds a record by its list's path, a slash and its id: in that list, or among those that are in none.
func (s *Server) one(path string) (Record, bool) {
	cut := strings.LastIndex(path, "/")
	for _, item := range slices.Concat(s.Lists[path[:cut]], s.Unlisted[path[:cut]]) {
		if item.ID == path[cut+1:] && !s.Gone[item.ID] {
			return item, true
		}
	}
	return Record{}, false
}

func send(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

func brokenGzip(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	out := b.Bytes()
	out[len(out)-5] ^= 0xff // of the checksum
	return out
}
