package reading

import (
	"context"
	"math"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// theFork asks for a TheFork restaurant's or account's list of ids, and makes a call for each record.
type theFork struct {
	*thefork.Client
	o Options
}

func openTheFork(o Options, settings platform.Settings) (api, error) {
	client, err := thefork.NewClient(settings, o.ClientID, o.Secret)
	if err != nil {
		return nil, err
	}
	return theFork{client, o}, nil
}

func (p theFork) token() Request {
	return Request{Method: "POST", URL: strings.TrimRight(p.o.Source.Access.AuthURL, "/") + thefork.TokenPath}
}

func (p theFork) list(kind, by string, from, to time.Time) List {
	overlap := int(math.Ceil(p.o.Source.Access.Overlap.Hours() / 24))
	l := thefork.List{
		Kind: kind, RestaurantUUID: p.o.Source.RestaurantUUID, GroupUUID: p.o.Source.GroupUUID, FilterBy: thefork.ByUpdatedDate,
		Start: from.AddDate(0, 0, -overlap).Format(time.DateOnly), End: to.AddDate(0, 0, overlap).Format(time.DateOnly),
	}
	if by == lake.ByServiceDate && kind == reservation.KindReservation {
		l.FilterBy = thefork.ByMealDate
	}
	each := p.one(kind, "ID")
	each.For = "each id listed"
	return List{Kind: kind, Window: Window{l.Start, l.End}, Requests: []Request{get(p.First(l)), each},
		sweep: func(ctx context.Context, s *sink) error { return p.sweep(ctx, l, s) }}
}

func (p theFork) notFound(kind string, answer platform.Answer) bool {
	return thefork.NotFound(kind, answer.Code)
}

func (p theFork) one(kind, id string) Request { return get(p.One(kind, id)) }

func (p theFork) sweep(ctx context.Context, l thefork.List, s *sink) error {
	buffers := newBuffers(p.o.InFlight)
	return p.Pages(ctx, l, func(page thefork.Batch) error {
		s.total = max(s.total, page.Total)
		calls, callCtx := errgroup.WithContext(ctx)
		calls.SetLimit(p.o.InFlight)
		for _, listed := range s.ids(page.IDs) {
			calls.Go(func() error {
				if callCtx.Err() != nil {
					return nil // one failed: what comes after it would fail too
				}
				buf := <-buffers
				defer func() { buffers <- buf }()
				answer, gone, err := p.Record(callCtx, l.Kind, listed.id, buf)
				if err != nil {
					return err
				}
				return s.fetched(callCtx, listed, answer, gone)
			})
		}
		if err := calls.Wait(); err != nil {
			return err
		}
		s.page()
		return ctx.Err()
	})
}

// newBuffers returns a buffer for each call that is made at once. The next call uses it again.
func newBuffers(n int) chan *platform.Buffer {
	buffers := make(chan *platform.Buffer, n)
	for range n {
		buffers <- new(platform.Buffer)
	}
	return buffers
}

// listedID is an id to ask for.
type listedID struct {
	id    string
	times int64 // on its page
}

// ids counts a page of ids and returns those that are not there yet.
func (s *sink) ids(page []string) []*listedID {
	var ask []*listedID
	waiting := map[string]*listedID{}
	for _, id := range page {
		if s.listing.list(keyOf([]byte(id))) {
			waiting[id] = &listedID{id: id, times: 1}
			ask = append(ask, waiting[id])
		} else if e := waiting[id]; e != nil {
			e.times++
		}
	}
	return ask
}

// fetched takes the answer to one id.
func (s *sink) fetched(ctx context.Context, e *listedID, answer platform.Answer, gone bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gone {
		s.listing.gone(keyOf([]byte(e.id)), e.times)
		return nil
	}
	return s.take(ctx, answer, answer.Body)
}
