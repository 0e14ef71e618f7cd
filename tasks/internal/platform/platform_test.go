package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
)

var start = time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)

const list = "/sync/v2/reservations"

// rig is a client of a fake, on a clock that costs nothing.
type rig struct {
	fake   *platformtest.Server
	clock  *platformtest.Clock
	client *platform.Client
}

func newRig(t *testing.T, tune ...func(*platform.Settings)) *rig {
	t.Helper()
	fake := platformtest.New(t)
	fake.Lists[list] = []platformtest.Record{{ID: "1", Body: `{"id":"1","name":"Zoë"}`}, {ID: "2", Body: `{"id":"2"}`}}
	clock := platformtest.NewClock(start)
	s := platform.Settings{
		Name: "test", APIURL: fake.URL, AuthURL: fake.URL, Credential: "test", RequestIDHeader: "OT-RequestId",
		RequestIDPrefix: "x",
		Machine:         clock.Machine(), ErrorForm: readForm, PageSize: 2, MaxPage: 2,
		Grant: func(ctx context.Context, hc *http.Client) (*oauth2.Token, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet,
				fake.URL+"/api/v2/oauth/token?grant_type=client_credentials", nil)
			if err != nil {
				return nil, err
			}
			req.SetBasicAuth(platformtest.ClientID, platformtest.ClientSecret)
			resp, err := hc.Do(req)
			if err != nil {
				return nil, err
			}
			defer resp.Body.Close()
			return platform.ReadToken(resp)
		},
	}
	for _, f := range tune {
		f(&s)
	}
	client, err := platform.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &rig{fake, clock, client}
}

func readForm(body []byte) platform.Form {
	var e struct {
		Status    int    `json:"status"`
		RequestID string `json:"requestId"`
	}
	_ = json.Unmarshal(body, &e)
	return platform.Form{Own: e.Status != 0, RequestID: e.RequestID}
}

// get asks for the list and gives its items as text.
func (r *rig) get(ctx context.Context) (items []string, a platform.Answer, err error) {
	var e platform.Envelope
	var buf platform.Buffer
	a, err = r.client.Get(ctx, platform.Call{URL: r.client.URL(list, url.Values{"rid": {"1"}})}, &buf, func(body []byte) error {
		return e.Decode(body, "items", "hasNextPage")
	})
	if err != nil {
		return nil, a, err
	}
	for _, item := range e.Items {
		items = append(items, string(item))
	}
	return items, a, nil
}

// script returns the faults one after the other, then none.
func script(faults ...platformtest.Fault) func(int, *http.Request) platformtest.Fault {
	return func(n int, _ *http.Request) platformtest.Fault {
		if n > len(faults) {
			return platformtest.Fault{}
		}
		return faults[n-1]
	}
}

func always(f platformtest.Fault) func(int, *http.Request) platformtest.Fault {
	return func(int, *http.Request) platformtest.Fault { return f }
}

func TestWhatPassesIsAskedForAgain(t *testing.T) {
	s := func(status int, header ...string) platformtest.Fault {
		f := platformtest.Fault{Status: status, Header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			f.Header[header[i]] = header[i+1]
		}
		return f
	}
	const half = 250 * time.Millisecond // of the first wait: the clock's chance is zero
	for name, test := range map[string]struct {
		fault platformtest.Fault
		wait  time.Duration
	}{
		"429":              {s(429), half},
		"429 with seconds": {s(429, "Retry-After", "7"), 7 * time.Second},
		"429 with a date": {
			s(429, "Retry-After", "Sat, 28 Mar 2026 00:01:00 GMT", "Date", "Sat, 28 Mar 2026 00:00:20 GMT"), 40 * time.Second,
		},
		"429 with an old date": {s(429, "Retry-After", "Sat, 28 Mar 2020 00:01:00 GMT"), half},
		"429 with zero":        {s(429, "Retry-After", "0"), half},
		"429 with nonsense":    {s(429, "Retry-After", "soon"), half},
		"429 with less":        {s(429, "Retry-After", "-3"), half},
		"503 with seconds":     {s(503, "Retry-After", "2"), 2 * time.Second},
		"408":                  {s(408), half}, "500": {s(500), half}, "502": {s(502), half},
		"504":                  {s(504), half},
		"204":                  {s(204), half},
		"html":                 {platformtest.Fault{HTML: true}, half},
		"cut":                  {platformtest.Fault{Cut: 30}, half},
		"length short":         {platformtest.Fault{Short: true}, half},
		"length long":          {platformtest.Fault{Long: true}, half},
		"gzip":                 {platformtest.Fault{Gzip: true}, half},
		"json of another kind": {platformtest.Fault{Status: 200, Body: `{"message":"maintenance"}`}, half},
		"nothing":              {platformtest.Fault{Status: 200}, half},
		"two answers":          {platformtest.Fault{Status: 200, Body: `{"items":[]}{"items":[]}`}, half},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = script(test.fault)
			items, answer, err := r.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{`{"id":"1","name":"Zoë"}`, `{"id":"2"}`}; !slices.Equal(items, want) {
				t.Errorf("items %q", items)
			}
			if answer.RequestID != "ot-2" {
				t.Errorf("the request is %q, want the second one's", answer.RequestID)
			}
			if got := r.clock.Slept(); !slices.Equal(got, []time.Duration{test.wait}) {
				t.Errorf("slept %v, want %v", got, test.wait)
			}
			if s := r.client.Stats(); s.Requests != 2 || s.Retries != 1 || s.TokenRequests != 1 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestWaitsGrowUpToALimit(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) { s.WaitMin, s.WaitMax, s.Attempts = time.Second, 10*time.Second, 7 })
	r.fake.Before = always(platformtest.Fault{Status: 500})
	_, _, err := r.get(t.Context())
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	ms := time.Millisecond
	if want := []time.Duration{
		500 * ms, 1000 * ms, 2000 * ms, 4000 * ms, 5000 * ms, 5000 * ms,
	}; !slices.Equal(r.clock.Slept(), want) {
		t.Errorf("slept %v, want %v", r.clock.Slept(), want)
	}
}

func TestJitterStaysBetweenHalfAndWhole(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) {
		s.Attempts = 3
		s.Machine.Random = bytes.NewReader([]byte{11: 0x80, 19: 0x80}) // a name, and twice 0.5
	})
	r.fake.Before = always(platformtest.Fault{Status: 500})
	_, _, _ = r.get(t.Context())
	if want := []time.Duration{375 * time.Millisecond, 750 * time.Millisecond}; !slices.Equal(r.clock.Slept(), want) {
		t.Errorf("slept %v, want %v", r.clock.Slept(), want)
	}
}

func TestWhatDoesNotPass(t *testing.T) {
	personal := `{"message":"no zoe@example.org here","status":400,"requestId":"req-9"}`
	for name, test := range map[string]struct {
		fault    platformtest.Fault
		kind     fault.Kind
		requests int64
		text     []string
	}{
		"400": {
			platformtest.Fault{Status: 400, Body: personal}, fault.Usage, 2,
			[]string{"400 Bad Request (request req-9)", "restaurants.yaml", list},
		},
		"404": {platformtest.Fault{Status: 404, Body: personal}, fault.Usage, 1, []string{"404 Not Found"}},
		"410": {platformtest.Fault{Status: 410}, fault.Usage, 1, []string{"410 Gone"}},
		"302": {
			platformtest.Fault{Status: 302, Header: map[string]string{"Location": "https://login.example/?token=t"}}, fault.Usage,
			1, []string{"302", "api_url"},
		},
		"403": {
			platformtest.Fault{Status: 403, Body: personal}, fault.Denied, 2, []string{"403 Forbidden", "COVERS_TEST_CLIENT_ID"},
		},
		"401": {
			platformtest.Fault{Status: 401, Body: personal}, fault.Denied, 2,
			[]string{"401 Unauthorized", "with a new token too", "COVERS_TEST_CLIENT_ID"},
		},
		"429": {
			platformtest.Fault{Status: 429, Body: personal}, fault.Temporary, 8,
			[]string{"429 Too Many Requests", "8 attempts", "requests_per_second"},
		},
		"500": {
			platformtest.Fault{Status: 500, Body: personal}, fault.Unavailable, 8,
			[]string{"500 Internal Server Error", "8 attempts"},
		},
		"503 that asks": {
			platformtest.Fault{Status: 503, Header: map[string]string{"Retry-After": "1"}}, fault.Temporary, 8, []string{"503"},
		},
		"an hour's wait": {
			platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}}, fault.Temporary, 1,
			[]string{"asks to wait 1h0m0s", "5m0s"},
		},
		"html": {platformtest.Fault{HTML: true}, fault.Unavailable, 3, []string{"not a JSON object", "3 attempts"}},
		"cut":  {platformtest.Fault{Cut: 30}, fault.Unavailable, 8, []string{"cut off"}},
		"gzip": {platformtest.Fault{Gzip: true}, fault.Unavailable, 8, []string{"compression"}},
		"not http": {
			platformtest.Fault{Status: 200, Body: `{"zoe@example.org":`}, fault.Unavailable, 8, []string{"not whole JSON"},
		},
		"other code": {
			platformtest.Fault{Status: 418, Header: map[string]string{"OT-RequestId": "zoe@example.org"}}, fault.Usage, 1,
			[]string{"418"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(test.fault)
			_, _, err := r.get(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			if got := fault.KindOf(err); got != test.kind {
				t.Errorf("kind %v, want %v: %v", got, test.kind, err)
			}
			if got := r.client.Stats().Requests; got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			for _, want := range append(test.text, "test: GET http://127.0.0.1") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the text lacks %q: %v", want, err)
				}
			}
			for _, secret := range []string{"zoe", platformtest.ClientSecret, "token-", "token=t", "maintenance", "rid=1"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the text holds %q: %v", secret, err)
				}
			}
		})
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	r := newRig(t)
	_, _, err := r.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.fake.Close()
	_, _, err = r.get(t.Context())
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
	if n := len(r.clock.Slept()); n != 7 {
		t.Errorf("%d waits, want 7", n)
	}
}

func TestSilenceIsNotWaitedForForever(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) { s.Silence = 30 * time.Millisecond })
	r.fake.Before = script(platformtest.Fault{Hang: true})
	if _, _, err := r.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.fake.Before = always(platformtest.Fault{Hang: true})
	_, _, err := r.get(t.Context())
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
}

func TestAnAnswerTooLargeIsNotHeld(t *testing.T) {
	r := newRig(t)
	r.fake.Lists[list] = []platformtest.Record{{ID: "1", Body: `"` + strings.Repeat("x", platform.MaxBody) + `"`}}
	_, _, err := r.get(t.Context())
	if !platform.IsTooLarge(err) || fault.KindOf(err) != fault.Data || r.client.Stats().Requests != 1 {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	for _, address := range []string{
		"", "platform.example", "ftp://platform.example", "https://", "https://zoe:secret@platform.example", "https://h?x=1",
		"ht tp://x",
	} {
		_, err := platform.New(platform.Settings{
			Name: "test", PageSize: 1, MaxPage: 1, APIURL: address, AuthURL: "https://auth.example",
		})
		if fault.KindOf(err) != fault.Usage || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestPlainHTTP: a credential goes over no network that may be anybody's.
func TestPlainHTTP(t *testing.T) {
	for address, plain := range map[string]bool{
		"http://platform.api.opentable.com": true, "http://10.1.2.3:8080": true, "http://mockapi:8080": true,
		"http://localhost.example": true, "http://[2001:db8::1]": true, "http://0.0.0.0:80": true,
		"http://localhost:8080": false, "http://127.0.0.1:8080": false, "http://127.9.9.9": false, "http://[::1]:80": false,
		"https://platform.api.opentable.com": false,
	} {
		for _, both := range [][2]string{{address, "https://auth.example"}, {"https://api.example", address}} {
			s := platform.Settings{Name: "test", PageSize: 1, MaxPage: 1, APIURL: both[0], AuthURL: both[1],
				Machine: platformtest.NewClock(start).Machine()}
			_, err := platform.New(s)
			if refused := fault.KindOf(err) == fault.Usage && strings.Contains(err.Error(), "allow-http"); refused != plain {
				t.Errorf("%v: %v", both, err)
			}
			s.AllowHTTP = true
			if _, err := platform.New(s); err != nil {
				t.Errorf("%v, allowed: %v", both, err)
			}
		}
	}
}

// TestAnAnswerInDrops: a byte every five seconds is no silence, and no answer.
func TestAnAnswerInDrops(t *testing.T) {
	var clock *platformtest.Clock
	drips := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			_ = clock.Machine().Sleep(r.Context(), 5*time.Second)
		}
	}))
	defer drips.Close()
	r := newRig(t, func(s *platform.Settings) { s.AuthURL, s.APIURL, s.Attempts = s.APIURL, drips.URL, 2 })
	clock = r.clock
	_, _, err := r.get(t.Context())
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "in drops") {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
	if n := r.client.Stats().Requests; n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

func TestMaxReceived(t *testing.T) {
	r := newRig(t, func(s *platform.Settings) { s.MaxReceived = 500 })
	r.fake.Lists[list] = platformtest.OpenTableRecords(2)
	var err error
	gets := 0
	for ; err == nil && gets < 100; gets++ {
		_, _, err = r.get(t.Context())
	}
	if !errors.Is(err, platform.ErrMaxReceived) || fault.KindOf(err) != fault.Usage || gets < 2 {
		t.Errorf("after %d calls: kind %v: %v", gets, fault.KindOf(err), err)
	}
	if sent := r.client.Stats().Requests; sent != int64(gets) {
		t.Errorf("%d requests for %d calls: it was tried again", sent, gets)
	}
}

// withEnv is a machine with one variable.
func withEnv(name, value string) machine.Machine {
	m := platformtest.NewClock(start).Machine()
	m.Getenv = func(n string) string {
		if n == name {
			return value
		}
		return ""
	}
	return m
}
