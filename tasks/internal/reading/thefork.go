package reading

import (
	"context"
	"math"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
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
	src := p.o.Source.On(to.Format(time.DateOnly))
	l := thefork.List{
		Kind: kind, RestaurantUUID: src.RestaurantUUID, GroupUUID: src.GroupUUID, FilterBy: thefork.ByUpdatedDate,
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
	err := p.Pages(ctx, l, func(page thefork.Batch) error {
		s.total = max(s.total, page.Total)
		listed, err := s.ids(page.IDs)
		if err != nil {
			return err
		}
		calls, callCtx := errgroup.WithContext(ctx)
		calls.SetLimit(p.o.InFlight)
		for _, e := range listed {
			calls.Go(func() error {
				if callCtx.Err() != nil {
					return nil // one failed: what comes after it would fail too
				}
				buf := <-buffers
				defer func() { buffers <- buf }()
				return p.fetch(callCtx, l.Kind, e, s, buf)
			})
		}
		if err := calls.Wait(); err != nil {
			return err
		}
		if err := s.notIDs(ctx, page); err != nil {
			return err
		}
		if err := s.page(); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return s.again(ctx, func(m missed, few int) (platform.Answer, error) {
		buf := <-buffers
		defer func() { buffers <- buf }()
		answer, err := p.ask(ctx, l.Kind, m.id, few, buf)
		if err != nil {
			return answer, err
		}
		return answer, s.fetched(ctx, &listedID{m.id, m.times}, answer)
	})
}

// fetch asks for a listed record. What cannot be had is put aside, unless the platform fails.
func (p theFork) fetch(ctx context.Context, kind string, e *listedID, s *sink, buf *platform.Buffer) error {
	answer, err := p.ask(ctx, kind, e.id, fewTries, buf)
	if why, one := ofOne(answer, err); one {
		if s.putAside(ctx, missed{id: e.id, times: e.times, why: why, from: answer, err: err}) {
			return nil
		}
		answer, err = p.ask(ctx, kind, e.id, 0, buf)
	}
	if err != nil {
		return err
	}
	s.had()
	return s.fetched(ctx, e, answer)
}

// ask asks for one record. The answer has no body where the API says that there is none. A 404 that is not about the record is an
// error: something else may answer in the API's place.
func (p theFork) ask(ctx context.Context, kind, id string, few int, buf *platform.Buffer) (platform.Answer, error) {
	answer, gone, err := p.Record(ctx, kind, id, few, buf)
	if err == nil && gone && !p.notFound(kind, answer) {
		err = fault.New(fault.Unavailable, "run again; if it stays so, ask TheFork",
			"thefork: GET %s: 404 Not Found (request %s), without the code of a record that is not there",
			get(p.One(kind, "{id}")).URL, answer.RequestID)
	}
	return answer, err
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
func (s *sink) ids(page []string) ([]*listedID, error) {
	var ask []*listedID
	waiting := map[string]*listedID{}
	for _, id := range page {
		isNew, err := s.listing.list(keyOf([]byte(id)))
		if err != nil {
			return nil, err
		}
		if isNew {
			waiting[id] = &listedID{id: id, times: 1}
			ask = append(ask, waiting[id])
		} else if e := waiting[id]; e != nil {
			e.times++
		}
	}
	return ask, nil
}

// fetched takes the answer to one id.
func (s *sink) fetched(ctx context.Context, e *listedID, answer platform.Answer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer.Body == nil {
		return s.listing.gone(keyOf([]byte(e.id)), e.times)
	}
	return s.takeAsked(ctx, e.id, answer)
}

// notIDs counts what a page has in the place of ids as not read.
func (s *sink) notIDs(ctx context.Context, page thefork.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range page.Bad {
		m := missed{id: placeOf(s.kind, "item %d on page %d", n, page.Page), why: "not an id", from: page.Answer}
		if err := s.unreadAt(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
