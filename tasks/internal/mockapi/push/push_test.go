package push

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/tidwall/gjson"

	"covers/tasks/internal/machine"
)

// receiver is a partner's server, which keeps what it is sent and answers as it is told to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	seen   []*http.Request
}

func receive(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.bodies, r.seen = append(r.bodies, string(body)), append(r.seen, req)
		n := len(r.bodies)
		r.mu.Unlock()
		answer(n, w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

func accept(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data": {}}`) }

// sending runs a sender, whose waits are noted and not waited for, until the test ends. log is all that it writes.
func sending(t *testing.T, target Target, fates ...Fate) (s *Sender, waits func() []time.Duration, log func() string) {
	var mu sync.Mutex
	var waited []time.Duration
	var text strings.Builder
	m := machine.This()
	m.Sleep = func(_ context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		waited = append(waited, d)
		return nil
	}
	s = New("opentable", target, m, func(string) (fate Fate) {
		if len(fates) > 0 {
			fate, fates = fates[0], fates[1:]
		}
		return fate
	})
	ctx, cancel := context.WithCancel(zerolog.New(&locked{&mu, &text}).WithContext(context.Background()))
	done := make(chan struct{})
	go func() {
		s.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s, func() []time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(waited)
		}, func() string {
			mu.Lock()
			defer mu.Unlock()
			return text.String()
		}
}

type locked struct {
	mu *sync.Mutex
	to io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// settled waits until so many events are delivered or given up.
func settled(t *testing.T, s *Sender, n int64) map[Outcome]int64 {
	t.Helper()
	for range 1000 {
		if c := s.Counts(); c[Delivered]+c[GivenUp] == n {
			return c
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("not settled: %v", s.Counts())
	return nil
}

func openTable(t *testing.T, url, auth string) Target {
	t.Helper()
	target, err := OpenTable(url, auth, "partner", "planted-secret")
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestThreeFailuresThenGivenUp(t *testing.T) {
	r := receive(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= 3 || n == 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s, waits, log := sending(t, openTable(t, r.URL+"/planted-code", "basic"))
	s.Send("reservation", []byte(`{"n":1}`), []byte(`{"n":2}`))
	counts := settled(t, s, 2)
	if counts[GivenUp] != 1 || counts[Delivered] != 1 || counts[Tried] != 5 {
		t.Errorf("%v", counts)
	}
	if want := []string{`{"n":1}`, `{"n":1}`, `{"n":1}`, `{"n":2}`, `{"n":2}`}; !slices.Equal(r.got(), want) {
		t.Errorf("got %q, want %q", r.got(), want)
	}
	if want := []time.Duration{time.Second, 2 * time.Second, time.Second}; !slices.Equal(waits(), want) {
		t.Errorf("waited %v, want %v", waits(), want)
	}
	if user, password, ok := r.seen[0].BasicAuth(); !ok || user != "partner" || password != "planted-secret" ||
		r.seen[0].Method != http.MethodPost || r.seen[0].Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", r.seen[0].Header)
	}
	r.Close() // what nobody hears at all is written down without its URL
	s.Send("reservation", []byte(`{}`))
	settled(t, s, 3)
	if text := log(); strings.Contains(text, "planted") || !strings.Contains(text, "event given up") ||
		!strings.Contains(text, "refused") {
		t.Errorf("the log is %s", text)
	}
}

func TestBearer(t *testing.T) {
	r := receive(t, accept)
	s, _, _ := sending(t, openTable(t, r.URL, "bearer"))
	s.Send("reservation", []byte("{}"))
	settled(t, s, 1)
	if got := r.seen[0].Header.Get("Authorization"); got != "Bearer planted-secret" {
		t.Errorf("got %s", got)
	}
}

// TheFork's token is in the query. What is not answered in time is sent again; another answer is none, and is not.
func TestTheForkRepeatsOnATimeout(t *testing.T) {
	hang := make(chan struct{})
	r := receive(t, func(n int, w http.ResponseWriter, req *http.Request) {
		switch n {
		case 1:
			<-hang
		case 3:
			_, _ = io.WriteString(w, "ok")
		default:
			accept(n, w, req)
		}
	})
	target, err := TheFork(r.URL+"/events?from=thefork", "planted-token")
	if err != nil {
		t.Fatal(err)
	}
	target.Timeout = 100 * time.Millisecond
	s, _, log := sending(t, target)
	s.Send("customer", []byte(`{"n":1}`), []byte(`{"n":2}`), []byte(`{"n":3}`))
	counts := settled(t, s, 3)
	close(hang)
	if counts[Delivered] != 2 || counts[GivenUp] != 1 || counts[Tried] != 4 {
		t.Errorf("%v", counts)
	}
	if want := []string{`{"n":1}`, `{"n":1}`, `{"n":2}`, `{"n":3}`}; !slices.Equal(r.got(), want) {
		t.Errorf("got %q, want %q", r.got(), want)
	}
	if q := r.seen[0].URL.Query(); q.Get("token") != "planted-token" || q.Get("from") != "thefork" {
		t.Errorf("the query is %v", q)
	}
	if strings.Contains(log(), "planted") {
		t.Errorf("the log is %s", log())
	}
}

func TestFates(t *testing.T) {
	r := receive(t, accept)
	s, _, _ := sending(t, openTable(t, r.URL, "basic"), Arrives, Lost, Doubled, Late, Arrives, Late)
	s.Send("reservation", []byte("1"), []byte("2"), []byte("3"), []byte("4"), []byte("5"), []byte("6"))
	settled(t, s, 6)
	if got := strings.Join(r.got(), ""); got != "133546" {
		t.Errorf("got %s", got)
	}
}

func TestAURLThatIsNone(t *testing.T) {
	for _, to := range []string{"planted", "ftp://planted/", "https://planted:secret@host/", "https:///planted",
		"http://h/#planted", "http://h:planted/"} {
		_, err := OpenTable(to, "basic", "x", "y")
		if err == nil || strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), "--opentable-push-to") {
			t.Errorf("%s: %v", to, err)
		}
		if _, err := TheFork(to, "x"); err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// documented returns a body that is made after the platform's documentation, without white space.
func documented(t *testing.T, platform, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../" + platform + "/testdata/documents/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(gjson.ParseBytes(text).Get("@ugly").Raw)
}

// The event of a reservation has the documents' members in their order, with the record's own values.
func TestOpenTablesBodyIsTheDocuments(t *testing.T) {
	for _, tier := range []string{"copper", "gold", "platinum"} {
		record := documented(t, "opentable", "reservation-"+tier)
		body := gjson.ParseBytes(Booking(record, tier))
		want := gjson.ParseBytes(documented(t, "opentable", "webhook-v3-"+tier))
		var got, keys []string
		body.ForEach(func(key, value gjson.Result) bool {
			got = append(got, key.Str)
			if shown := want.Get(key.Str); shown.Type != gjson.Null && value.Type != gjson.Null && shown.Type != value.Type {
				t.Errorf("%s: %s is %s, want as %s", tier, key.Str, value.Raw, shown.Raw)
			}
			return true
		})
		want.ForEach(func(key, _ gjson.Result) bool {
			keys = append(keys, key.Str)
			return true
		})
		if !slices.Equal(got, keys) {
			t.Errorf("%s: %q, want %q", tier, got, keys)
		}
		for _, key := range []string{"id", "sequence_id", "party_size", "updated_at_utc", "guest_request"} {
			if value := gjson.GetBytes(record, key); body.Get(key).Raw != value.Raw {
				t.Errorf("%s: %s is %s, want %s", tier, key, body.Get(key).Raw, value.Raw)
			}
		}
		if utc := body.Get("scheduled_time_utc").Str + "Z"; utc != gjson.GetBytes(record, "scheduled_time_utc").Str {
			t.Errorf("%s: scheduled_time_utc is %s", tier, utc)
		}
		var members []string
		body.Get("deposit_details").ForEach(func(key, _ gjson.Result) bool {
			members = append(members, key.Str)
			return true
		})
		if !slices.Equal(members, []string{"totalPaid", "totalRefunded", "currency", "currencyDenominator", "status"}) {
			t.Errorf("%s: deposit_details has %q", tier, members)
		}
	}
	if status := gjson.GetBytes(Booking(documented(t, "opentable", "reservation-copper"), "copper"),
		"deposit_details.status").Str; status != "Paid" {
		t.Errorf("the deposit's status is %s", status)
	}
	if body := Booking([]byte(`{"id":`), "copper"); body != nil {
		t.Errorf("%s of a record that is not JSON", body)
	}
}

func TestTheForksBodiesAreTheDocuments(t *testing.T) {
	const id, group = "6e3c9b0a-d748-4f15-a2c6-905be7d1f834", "1e6b0d94-73fa-4c25-8b17-d9a5f2c0e638"
	const booking, restaurant = "4b2d7f80-91c3-4e5a-8d06-a7f3c1e9b052", "9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264"
	const review = "3ab91e57-6d20-11f1-9c4e-0e8af7bd4d53"
	for name, e := range map[string]Entity{
		"customer-created":    {"customer", "customerCreated", id, group, "", ""},
		"customer-updated":    {"customer", "customerUpdated", id, group, "", ""},
		"reservation-created": {"reservation", "reservationCreated", booking, group, restaurant, ""},
		"reservation-updated": {"reservation", "reservationUpdated", booking, group, restaurant, ""},

		"review-rating-created":      {"review", "reviewRatingCreated", review, group, restaurant, booking},
		"review-comment-published":   {"review", "reviewCommentPublished", review, group, restaurant, booking},
		"review-comment-unpublished": {"review", "reviewCommentUnpublished", review, group, restaurant, booking},
		"review-validity-changed":    {"review", "reviewValidityChanged", review, group, restaurant, booking},
	} {
		if want := documented(t, "thefork", "webhook-"+name); string(e.Body()) != string(want) {
			t.Errorf("%s: %s, want %s", name, e.Body(), want)
		}
	}
	target, err := TheFork("https://h/", "x")
	if err != nil {
		t.Fatal(err)
	}
	if answer := documented(t, "thefork", "webhook-answer"); !target.Accepted(200, answer) || target.Accepted(201, answer) ||
		target.Accepted(200, []byte("{}")) || !json.Valid(answer) {
		t.Error("another answer is taken for the documents'")
	}
}
