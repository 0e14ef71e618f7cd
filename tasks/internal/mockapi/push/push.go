// Package push is how the simulated platforms send events to a partner's own URL: OpenTable's reservation webhook and TheFork's
// event webhook flow. Start with Sender.
//
// The package refuses to know what changed: it is given records and sends what the documents say of them. It writes neither a
// URL nor a secret anywhere.
package push

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/machine"
)

// Target is a partner's URL, and how the platform goes about it.
type Target struct {
	URL           string        // with whatever secret it has in its path or query; empty for none
	Authorization string        // of the header; empty for none
	Tries         int           // until an event is given up
	Wait          time.Duration // before the second try; it doubles with each
	Timeout       time.Duration
	Accepted      func(status int, body []byte) bool
	Again         func(timedOut bool) bool // whether an event that was not accepted is tried again
}

// Fate is what happens to an event on its way.
type Fate string

// The fates.
const (
	Arrives Fate = ""
	Lost    Fate = "push_lost"    // it is never sent
	Doubled Fate = "push_doubled" // it is sent twice
	Late    Fate = "push_late"    // it is sent behind the next one
)

// Outcome is what became of an event, for counting.
type Outcome string

// The outcomes. Tried is counted with each try.
const (
	Tried     Outcome = "tried"
	Delivered Outcome = "delivered"
	GivenUp   Outcome = "given_up"
	Overflown Outcome = "overflown" // there were more than most
)

// most is how many events wait. What comes beyond is given up.
const most = 100_000

// Sender sends the events of one platform, one after the other.
type Sender struct {
	target   Target
	platform string
	machine  machine.Machine
	fate     func(records string) Fate
	client   *http.Client

	mu     sync.Mutex
	queue  []event
	counts map[Outcome]int64
	wake   chan struct{}
}

type event struct {
	records string
	body    []byte
}

// New makes a sender. fate is asked once for each event, in their order.
func New(platform string, t Target, m machine.Machine, fate func(records string) Fate) *Sender {
	return &Sender{
		target: t, platform: platform, machine: m, fate: fate, counts: map[Outcome]int64{}, wake: make(chan struct{}, 1),
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Send puts events in the queue. records is their kind.
func (s *Sender) Send(records string, bodies ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range bodies {
		if len(s.queue) >= most {
			s.counts[Overflown]++
			continue
		}
		s.queue = append(s.queue, event{records, b})
	}
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// Counts returns what became of the events so far.
func (s *Sender) Counts() map[Outcome]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[Outcome]int64{}
	for o, n := range s.counts {
		out[o] = n
	}
	return out
}

func (s *Sender) count(o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[o]++
}

// next returns the first event that waits.
func (s *Sender) next() (e event, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return e, false
	}
	e, s.queue = s.queue[0], s.queue[1:]
	return e, true
}

// Run sends what waits until ctx ends. What is late waits for the next event, or for the end of the queue.
func (s *Sender) Run(ctx context.Context) {
	var late []event
	for ctx.Err() == nil {
		e, ok := s.next()
		if !ok {
			for _, l := range late {
				s.deliver(ctx, l)
			}
			late = nil
			select {
			case <-ctx.Done():
			case <-s.wake:
			}
			continue
		}
		switch s.fate(e.records) {
		case Lost:
			continue
		case Late:
			late = append(late, e)
			continue
		case Doubled:
			s.deliver(ctx, e)
		}
		s.deliver(ctx, e)
		for _, l := range late {
			s.deliver(ctx, l)
		}
		late = nil
	}
}

// deliver tries until the event is accepted or given up.
func (s *Sender) deliver(ctx context.Context, e event) {
	log, wait := zerolog.Ctx(ctx), s.target.Wait
	for try := 1; ; try++ {
		s.count(Tried)
		status, accepted, err := s.try(ctx, e.body)
		if accepted {
			s.count(Delivered)
			return
		}
		if ctx.Err() != nil {
			return
		}
		log.Debug().Str("platform", s.platform).Str("records", e.records).Int("try", try).Int("status", status).
			AnErr("cause", err).Msg("event not accepted")
		if try >= s.target.Tries || !s.target.Again(status == 0) {
			s.count(GivenUp)
			log.Warn().Str("platform", s.platform).Str("records", e.records).Int("tries", try).Msg("event given up")
			return
		}
		if s.machine.Sleep(ctx, wait) != nil {
			return
		}
		wait *= 2
	}
}

// try sends an event once. status is 0 where there was no answer in time. The error does not name the URL.
func (s *Sender) try(ctx context.Context, body []byte) (status int, accepted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.target.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.target.URL, bytes.NewReader(body))
	if err != nil {
		return 0, false, errors.New("the URL is none")
	}
	req.Header.Set("Content-Type", "application/json")
	if s.target.Authorization != "" {
		req.Header.Set("Authorization", s.target.Authorization)
	}
	res, err := s.client.Do(req)
	if err != nil {
		if named := new(url.Error); errors.As(err, &named) {
			err = named.Err
		}
		return 0, false, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return 0, false, errors.New("the answer broke off")
	}
	return res.StatusCode, s.target.Accepted(res.StatusCode, answer), nil
}
