package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/timezone"
)

// odd is a TheFork that does what the simulated one does not.
type odd struct {
	firstPage int           // number of the first page
	envelope  string        // member that holds a single record
	noPages   bool          // no heed of page
	cap       int           // limit that larger ones are cut to
	fails     string        // part of a path that answers with 500
	status    int           // of every call but that for a token
	slow      time.Duration // asked for by Retry-After, once
	calls     int
	bom       bool
}

func (o *odd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.calls++
	write := func(status int, v any) {
		w.WriteHeader(status)
		text, _ := json.Marshal(v)
		if o.bom {
			text = append([]byte("\xef\xbb\xbf"), text...)
		}
		_, _ = w.Write(text)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth/token"):
		write(200, map[string]any{"access_token": "t\n", "expires_in": "8600", "token_type": "bearer"})
		return
	case o.status != 0:
		write(o.status, map[string]any{"message": "no"})
		return
	case o.slow > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int(o.slow/time.Second)))
		o.slow = 0
		write(429, map[string]any{"statusCode": 429})
		return
	case r.Header.Get("Authorization") != "Bearer t":
		write(401, map[string]any{"statusCode": 401, "error": "Unauthorized"})
		return
	}
	const ids = 40
	q := r.URL.Query()
	if !q.Has("page") {
		id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		n, err := strconv.Atoi(strings.TrimLeft(id[max(0, len(id)-4):], "0"))
		if err != nil || n > ids || o.fails != "" && strings.Contains(id, o.fails) {
			write(404, map[string]any{"statusCode": 404, "data": map[string]any{"code": "RESERVATION_NOT_FOUND"}})
			return
		}
		var v any = map[string]any{"reservationUuid": id, "partySize": 2, "createdAt": "2026-05-01T10:00:00+02:00",
			"mealDate": fmt.Sprintf("2026-06-%02dT12:00:00Z", 1+n%5), "billAmount": map[string]any{"totalPrice": 8000 + n,
				"currency": "EUR"}}
		if o.envelope != "" {
			v = map[string]any{o.envelope: v}
		}
		write(200, v)
		return
	}
	page, _ := strconv.Atoi(q.Get("page"))
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil {
		write(422, map[string]any{"statusCode": 422})
		return
	}
	if limit = min(limit, o.cap); o.noPages {
		page = o.firstPage
	}
	var data []string
	for n := 1; n <= ids; n++ {
		if at := (n - 1) / limit; at == page-o.firstPage {
			data = append(data, fmt.Sprintf("5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d%04d", n))
		}
	}
	write(200, map[string]any{"data": data, "totalCount": ids, "page": page, "limit": limit})
}

// asked probes a server.
func (o *odd) asked(t *testing.T) (Evidence, error) {
	t.Helper()
	if o.cap == 0 {
		o.cap = 10000
	}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	zone, err := timezone.Load("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m := machine.This()
	m.Now = func() time.Time { return now }
	m.Sleep = func(context.Context, time.Duration) error { return nil }
	return Run(t.Context(), Options{Machine: m, ClientID: "id", Secret: "secret", Source: source.Source{
		ID: "thefork/7", Platform: reservation.TheFork, Kinds: []string{reservation.KindReservation}, Location: zone,
		RestaurantUUID: "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d9999",
		Access:         source.Access{APIURL: server.URL + "/manager", AuthURL: server.URL, Credential: "thefork"},
	}})
}

// TestOddServers: what neither the documents nor the simulated platform have is told all the same.
func TestOddServers(t *testing.T) {
	for name, c := range map[string]struct {
		server odd
		want   map[string]string // by question; "" is open
	}{
		"as documented": {odd{firstPage: 1}, map[string]string{"first page": "1", "one record": "bare",
			"list order": "id, ascending",
			"money_unit": "minor", "token, expires_in": "text", "limit beyond the maximum": "clamped to 10000",
			"createdAt and updatedAt": "instant, offset", "error, wrong parameter": "status 422: statusCode",
			"day zone": "", "both ids": ""}},
		"pages from 0":        {odd{}, map[string]string{"first page": "0"}},
		"no heed of page":     {odd{firstPage: 1, noPages: true}, map[string]string{"first page": ""}},
		"a record within":     {odd{firstPage: 1, envelope: "data"}, map[string]string{"one record": "enveloped in data"}},
		"pages cut to 20":     {odd{firstPage: 1, cap: 20}, map[string]string{"limit beyond the maximum": "clamped to 20"}},
		"asks to wait":        {odd{firstPage: 1, slow: time.Hour}, map[string]string{"first page": "1"}},
		"byte order marks":    {odd{firstPage: 1, bom: true}, map[string]string{"first page": "1", "one record": "bare"}},
		"records that it has": {odd{firstPage: 1, fails: "0001"}, map[string]string{"one record": "bare"}},
	} {
		e, err := c.server.asked(t)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for asked, want := range c.want {
			if got := question(e, asked); got.Value != want || got.Question == "" {
				t.Errorf("%s: %s is %q (%s: %s), want %q", name, asked, got.Value, got.Sure, got.Why, want)
			}
		}
		if c.server.calls != e.Calls || e.Calls > MostCalls {
			t.Errorf("%s: %d calls, the evidence says %d", name, c.server.calls, e.Calls)
		}
		if c.server.cap == 20 && !slices.ContainsFunc(e.Settings, func(s Setting) bool {
			return s.Place == "platforms.thefork.page_size" && s.Value == "20"
		}) {
			t.Errorf("%s: settings %v", name, e.Settings)
		}
	}
}

// TestNothingToAsk: a credential that reads nothing, or a platform that is down, ends within the calls allowed.
func TestNothingToAsk(t *testing.T) {
	for status, kind := range map[int]fault.Kind{403: -1, 503: -1} {
		e, err := (&odd{status: status}).asked(t)
		if kind == -1 && err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if got := question(e, "list /v1/reservations"); !strings.Contains(got.Why,
			strconv.Itoa(status)) || got.Sure != Unsettled {
			t.Errorf("%d: %+v", status, got)
		}
		if e.Calls > MostCalls {
			t.Errorf("%d: %d calls", status, e.Calls)
		}
	}
	m := machine.This()
	m.Sleep = func(context.Context, time.Duration) error { return nil }
	_, err := Run(t.Context(), Options{Machine: m, Source: source.Source{ID: "thefork/7", Platform: reservation.TheFork,
		Access: source.Access{APIURL: "http://127.0.0.1:1", AuthURL: "http://127.0.0.1:1"}}})
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("kind %d: %v", fault.KindOf(err), err)
	}
}
