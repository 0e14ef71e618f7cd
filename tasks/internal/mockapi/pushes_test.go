package mockapi

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"covers/tasks/internal/mockapi/push"
	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/reservation"
)

// partner is a server that events are pushed to.
type partner struct {
	*httptest.Server
	mu     sync.Mutex
	events []gjson.Result
}

func newPartner(t *testing.T) *partner {
	p := &partner{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.events = append(p.events, gjson.ParseBytes(body))
		p.mu.Unlock()
		_, _ = io.WriteString(w, `{"data":{}}`)
	}))
	t.Cleanup(p.Close)
	return p
}

// heard returns a member of each event so far, once there are n.
func (p *partner) heard(t *testing.T, n int, member string) (all []string) {
	t.Helper()
	for range 1000 {
		p.mu.Lock()
		got := slices.Clone(p.events)
		p.mu.Unlock()
		if len(got) >= n {
			for _, e := range got {
				all = append(all, e.Get(member).Str)
			}
			return all
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%d events, want %d", len(p.events), n)
	return nil
}

// pushed serves a world that pushes to two partners, with a scenario.
func pushed(t *testing.T, w *world, text string) (ot, tf *partner) {
	ot, tf = newPartner(t), newPartner(t)
	settings := Settings{OpenTable: OpenTableSettings{Tier: "gold"}}
	var err error
	if settings.OpenTable.Push, err = push.OpenTable(ot.URL, "basic", "x", "y"); err == nil {
		settings.TheFork.Push, err = push.TheFork(tf.URL, "z")
	}
	if err == nil && text != "" {
		settings.Scenario, err = scenario.Parse("x.yaml", []byte("about: x\nnow: 2026-03-30T02:00:00Z\nrules:\n"+text))
	}
	if err != nil {
		t.Fatal(err)
	}
	w.serve(settings)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	w.server.pushing.run(ctx)
	return ot, tf
}

// What days bring while the server serves is pushed, and nothing of what was there before.
func TestDaysThatComeInArePushed(t *testing.T) {
	w := peopled(t)
	ot, tf := pushed(t, w, "")
	w.people("2026-03-29", 28, 4) // two that are known, two that are new
	for i := range lists {
		w.get(lists[i].platform, lists[i].list+"&offset=0&page=1")
	}
	ids := ot.heard(t, 4, "id")
	if slices.Sort(ids); len(slices.Compact(ids)) != 4 || !strings.HasPrefix(ids[0], "1001-") {
		t.Errorf("OpenTable: %q", ids)
	}
	kinds := tf.heard(t, 8, "eventType")
	slices.Sort(kinds)
	if want := []string{"customerCreated", "customerCreated", "customerUpdated", "customerUpdated", "reservationCreated",
		"reservationCreated", "reservationUpdated", "reservationUpdated"}; !slices.Equal(kinds, want) {
		t.Errorf("TheFork: %q, want %q", kinds, want)
	}
	for i, entity := range tf.heard(t, 8, "entityType") {
		restaurant := tf.heard(t, 8, "restaurantUuid")[i]
		if (restaurant == london) != (entity == "reservation") || tf.heard(t, 8, "groupUuid")[i] != group {
			t.Errorf("%s of %q", entity, restaurant)
		}
	}
	// Each event leads to a record.
	for i, id := range tf.heard(t, 8, "uuid") {
		path := "/manager/v1/" + tf.heard(t, 8, "entityType")[i] + "s/" + id
		if res, body := w.get(reservation.TheFork, path); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	if _, metrics := w.get("", "/metrics"); !strings.Contains(string(metrics),
		`covers_mockapi_events_total{platform="opentable",outcome="delivered"} 4`) {
		t.Errorf("%s", metrics)
	}
}

// A booking that comes to have a review is three events: three of twelve have one.
func TestReviewsArePushed(t *testing.T) {
	w := dined(t)
	zone := w.zone
	w.zone = newWorld(t).zone
	_, tf := pushed(t, w, "")
	w.server.theFork.reservations[london].zone, w.server.theFork.customers.zone = zone, zone
	months := "startDate=2026-11-01&endDate=2026-12-31"
	w.get(reservation.TheFork, "/manager/v1/reservations?"+months+"&restaurantUuid="+london)
	met := map[string]int{}
	for _, kind := range tf.heard(t, 18, "eventType") {
		met[kind]++
	}
	want := map[string]int{"reservationCreated": 12, "reviewRatingCreated": 3, "reviewCommentPublished": 3}
	if !maps.Equal(met, want) {
		t.Errorf("%v", met)
	}
}

// What a scenario changes is pushed; what it loses, doubles or holds back is told in its report.
func TestEventsOnABadDay(t *testing.T) {
	w := peopled(t)
	ot, tf := pushed(t, w, `  - {kind: moved, per_page: 6, times: 1, records: reservation}
  - {kind: push_lost, platform: opentable, every: 3, times: 1}
  - {kind: push_doubled, platform: thefork, every: 3, times: 1}
  - {kind: push_late, platform: thefork, after: 1, every: 3, times: 1}
`)
	for _, i := range []int{0, 2} {
		for page := range 3 {
			list := lists[i].list + "&offset=" + string(rune('0'+page)) + "0"
			if lists[i].platform == reservation.TheFork {
				list = lists[i].list + "&page=" + string(rune('1'+page))
			}
			w.get(lists[i].platform, list)
		}
	}
	if ids := ot.heard(t, 5, "id"); len(ids) != 5 {
		t.Errorf("OpenTable: %d events, one of six is lost", len(ids))
	}
	ids := tf.heard(t, 7, "uuid")
	if len(ids) != 7 || ids[0] != ids[1] {
		t.Errorf("TheFork: %q, the first of six is doubled", ids)
	}
	r := &reader{world: w}
	told := r.told()
	if told.Injected["push_lost"] != 1 || told.Injected["push_doubled"] != 1 || told.Injected["push_late"] != 1 {
		t.Errorf("%v", told.Injected)
	}
	// The third came before the second: events were sent in the order of their clock otherwise.
	var moved []string
	for _, c := range told.Changes {
		if c.Platform == reservation.TheFork {
			moved = append(moved, c.ID)
		}
	}
	if want := []string{moved[0], moved[0], moved[2], moved[1], moved[3], moved[4], moved[5]}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
}
