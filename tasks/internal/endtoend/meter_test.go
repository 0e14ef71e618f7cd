package endtoend

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"covers/tasks/internal/lake/laketest"
)

// forward returns a proxy to an S3 server. Requests pass as they are, so that their signatures hold.
func forward(t testing.TB, s *laketest.Server) *httputil.ReverseProxy {
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = target.Scheme, target.Host
		p.Out.Host = p.In.Host
	}}
}

// meter stands between one run of a step and S3, and notes each request. It answers no sooner than its delay.
type meter struct {
	url    string
	delay  time.Duration
	behind http.Handler

	mu    sync.Mutex
	calls []served
}

// served is a request that was answered.
type served struct {
	kind     string // LIST, GET, HEAD, PUT or DELETE
	from, to time.Time
}

func newMeter(t testing.TB, s *laketest.Server, delay time.Duration) (m *meter, stop func()) {
	m = &meter{delay: delay, behind: forward(t, s)}
	server := httptest.NewServer(m)
	m.url = server.URL
	return m, server.Close
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := served{kind: r.Method, from: time.Now()}
	if r.URL.Query().Get("list-type") == "2" {
		c.kind = "LIST"
	}
	time.Sleep(m.delay)
	m.behind.ServeHTTP(w, r)
	c.to = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

// pace is what a run asked of S3, and where its time went.
type pace struct {
	step  string
	runs  int
	calls map[string]int // by kind
	most  int            // of one run
	chain int            // the most requests that came one after the other, none of them beside another

	wall, start, lists, others time.Duration // start: until the first request. lists and others: while any was under way
}

// all returns the number of requests.
func (p pace) all() (n int) {
	for _, of := range p.calls {
		n += of
	}
	return n
}

// own is the time that is neither start-up nor waiting for S3.
func (p pace) own() time.Duration { return p.wall - p.start - p.lists - p.others }

// pace sums up a run that began and ended at these times.
func (m *meter) pace(step string, began, ended time.Time) pace {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := pace{step: step, runs: 1, most: len(m.calls), calls: map[string]int{}, wall: ended.Sub(began), start: ended.Sub(began)}
	if len(m.calls) == 0 {
		return p
	}
	slices.SortFunc(m.calls, func(a, b served) int { return a.to.Compare(b.to) })
	var last time.Time
	first := m.calls[0].from
	for _, c := range m.calls {
		p.calls[c.kind]++
		if c.from.Before(first) {
			first = c.from
		}
		if !c.from.Before(last) { // of what may come next the one that ends first: that gives the longest chain
			p.chain++
			last = c.to
		}
	}
	p.start = first.Sub(began)
	lists := busy(m.calls, func(c served) bool { return c.kind == "LIST" })
	p.lists, p.others = lists, busy(m.calls, func(served) bool { return true })-lists
	return p
}

// busy returns how long any of some calls was under way.
func busy(calls []served, of func(served) bool) (sum time.Duration) {
	calls = slices.Clone(calls)
	slices.SortFunc(calls, func(a, b served) int { return a.from.Compare(b.from) })
	var until time.Time
	for _, c := range calls {
		if !of(c) || !c.to.After(until) {
			continue
		}
		if c.from.After(until) {
			until = c.from
		}
		sum += c.to.Sub(until)
		until = c.to
	}
	return sum
}

// TestMeter: a chain takes what does not overlap, and time that two calls share counts once.
func TestMeter(t *testing.T) {
	began := time.Unix(0, 0)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	m := &meter{calls: []served{
		{"GET", at(2), at(6)}, {"LIST", at(1), at(3)}, {"LIST", at(2), at(4)}, {"PUT", at(7), at(9)}, {"GET", at(4), at(5)},
	}}
	p := m.pace("step", began, at(12))
	got := []string{strconv.Itoa(p.all()), strconv.Itoa(p.calls["LIST"]), strconv.Itoa(p.chain),
		p.start.String(), p.lists.String(), p.others.String(), p.own().String()}
	if want := []string{"5", "2", "3", "1s", "3s", "4s", "4s"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
