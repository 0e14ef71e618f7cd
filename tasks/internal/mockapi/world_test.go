package mockapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

const (
	restaurants = "../../../restaurants.yaml"
	group       = "7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001"
	london      = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101"
	paris       = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0102"
	newYork     = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0103"
)

// world is a server over a zone in memory, and a clock that stands still until it is set.
type world struct {
	t      rapid.TB
	zone   *lake.Zone
	server *Server
	http   *httptest.Server
	now    time.Time
	token  map[string]string // by platform
}

// newWorld begins a zone. serve starts the server, with what is in the zone by then.
func newWorld(t rapid.TB) *world {
	zone, err := lake.Open(context.Background(), machine.This(), "mem://"+uuid.NewString())
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, zone: zone, now: time.Date(2026, 3, 28, 6, 0, 0, 0, time.UTC), token: map[string]string{}}
}

func (w *world) serve(s Settings) *world {
	w.start(s)
	w.authorise()
	return w
}

// start starts the server, and nobody has a token yet.
func (w *world) start(s Settings) {
	s.OpenTable.Credential, s.TheFork.Credential = Credential{"ot", "ot-secret"}, Credential{"tf", "tf-secret"}
	s.OpenTable.TokenLife, s.TheFork.TokenLife = 7*24*time.Hour, thefork.TokenLife*time.Second
	m := machine.This()
	m.Now = func() time.Time { return w.now }
	var err error
	w.server, err = NewServer(context.Background(), Options{Data: w.zone, Registry: registry(w.t), Settings: s, Machine: m})
	if err != nil {
		w.t.Fatal(err)
	}
	w.http = httptest.NewServer(w.server)
}

func registry(t rapid.TB) *source.Registry {
	r, err := source.Load(restaurants)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) close() {
	w.http.Close()
	w.server.Close()
}

// authorise fetches a token of each platform.
func (w *world) authorise() {
	for platform, ask := range map[string]func() (*http.Request, error){
		reservation.OpenTable: func() (*http.Request, error) {
			r, err := http.NewRequest(http.MethodGet, w.http.URL+"/api/v2/oauth/token?grant_type=client_credentials", nil)
			r.SetBasicAuth("ot", "ot-secret")
			return r, err
		},
		reservation.TheFork: func() (*http.Request, error) {
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"tf"}, "client_secret": {"tf-secret"},
				"audience": {thefork.Audience}}
			r, err := http.NewRequest(http.MethodPost, w.http.URL+"/oauth/token", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r, err
		},
	} {
		r, err := ask()
		if err != nil {
			w.t.Fatal(err)
		}
		res, body := w.do(r)
		var reply struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(body, &reply); err != nil || res.StatusCode != http.StatusOK {
			w.t.Fatalf("token of %s: %d %s", platform, res.StatusCode, body)
		}
		w.token[platform] = reply.AccessToken
	}
}

func (w *world) do(r *http.Request) (*http.Response, []byte) {
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, body
}

// get asks a platform. path may be a URL.
func (w *world) get(platform, path string) (*http.Response, []byte) {
	if strings.HasPrefix(path, "/") {
		path = w.http.URL + path
	}
	r, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if token := w.token[platform]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.do(r)
}

// must asks for something that is there, and decodes it.
func (w *world) must(platform, path string, into any) {
	res, body := w.get(platform, path)
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, res.StatusCode, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("%s: %v in %s", path, err, body)
	}
}

// publish writes a day of a restaurant.
func (w *world) publish(platform string, restaurant int64, day string, lines map[string][]simulator.Line) {
	sheet := simulator.NewWriter(w.zone, simulator.ID{Platform: platform, Restaurant: restaurant, Day: day})
	defer sheet.Close()
	for _, kind := range simulator.Kinds {
		file, err := sheet.Kind(kind)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range lines[kind] {
			if err := file.Line(l); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	if won, err := sheet.Publish(context.Background(), simulator.Settings{}, 0); err != nil || !won {
		w.t.Fatalf("publish: %v, %v", won, err)
	}
}

var states = []string{"NotConfirmed", "Confirmed", "Done", "Cancelled"}

// start is the first moment of the days that are drawn here, in milliseconds.
var start = time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC).UnixMilli()

const dayMillis = 24 * 3600 * 1000

// drawDays draws days of one restaurant, with records that change from day to day, and publishes them. It returns the latest
// version of each record. Where rising is false, the sequence has nothing to do with the clock.
func (w *world) drawDays(t *rapid.T, platform, kind string, restaurant int64, prefix string, rising bool,
	ids []uuid.UUID) map[string]simulator.Line {
	latest := map[string]simulator.Line{}
	version := 0
	for n := range rapid.IntRange(0, 3).Draw(t, "days") {
		var lines []simulator.Line
		for i, id := range ids {
			if rapid.IntRange(0, 2).Draw(t, "unchanged") == 0 {
				continue
			}
			version++
			l := simulator.Line{
				ID: prefix + id.String(), UpdatedAt: start + int64(n)*dayMillis + rapid.Int64Range(0, 47).
					Draw(t, "half an hour")*1800_000,
				Record: fmt.Appendf(nil, `{"id":%q,"version":%d}`, prefix+id.String(), version),
			}
			if kind == reservation.KindReservation {
				l.ScheduledAt = start + rapid.Int64Range(-4, 80).Draw(t, "hour")*3600_000
				l.ScheduledLocal = time.UnixMilli(l.ScheduledAt).UTC().Add(time.Hour).Format("2006-01-02T15:04:05")
				l.State = rapid.SampledFrom(states).Draw(t, "state")
				l.ConfirmationID = int64(i + 1)
				l.GuestID = prefix + ids[i/2].String()
			}
			lines = append(lines, l)
		}
		if platform == reservation.OpenTable {
			for i := range lines {
				lines[i].SequenceID = int64(n*1000 + rapid.IntRange(0, 999).Draw(t, "sequence"))
				if rising {
					lines[i].SequenceID = lines[i].UpdatedAt
				}
			}
		}
		for _, l := range lines {
			latest[l.ID] = l
		}
		w.publish(platform, restaurant, time.UnixMilli(start+int64(n)*dayMillis).UTC().Format(time.DateOnly),
			map[string][]simulator.Line{kind: lines})
	}
	return latest
}

func someIDs(t *rapid.T) []uuid.UUID {
	ids := make([]uuid.UUID, rapid.IntRange(1, 30).Draw(t, "ids"))
	for i := range ids {
		ids[i] = uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%d", i))
	}
	return ids
}

func testWorld(t *testing.T) *world {
	w := newWorld(t)
	t.Cleanup(func() {
		if w.server != nil {
			w.close()
		}
	})
	return w
}
