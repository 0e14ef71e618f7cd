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

// planTheFork plans a TheFork restaurant or account: one list of ids, and a call for each record.
func planTheFork(o Options, by string, day time.Time) (*plan, error) {
	client, err := thefork.NewClient(thefork.Config{
		ID: o.ClientID, Secret: o.Secret, PageSize: o.Source.Access.PageSize, Platform: o.settings(),
	})
	if err != nil {
		return nil, err
	}
	p := &plan{by: by, client: client, token: Request{Method: "POST", URL: strings.TrimRight(o.Source.Access.AuthURL, "/") + thefork.TokenPath}}
	overlap := int(math.Ceil(o.Source.Access.Overlap.Hours() / 24))
	for _, kind := range o.Source.Kinds {
		l := thefork.List{
			Kind: kind, RestaurantUUID: o.Source.RestaurantUUID, GroupUUID: o.Source.GroupUUID, FilterBy: thefork.ByUpdatedDate,
			Start: day.AddDate(0, 0, -overlap).Format(time.DateOnly), End: day.AddDate(0, 0, overlap).Format(time.DateOnly),
		}
		if by == lake.ByServiceDate && kind == reservation.KindReservation {
			l.FilterBy = thefork.ByMealDate
		}
		each := get(client.One(kind, "ID"))
		each.For = "each id listed"
		p.lists = append(p.lists, list{kind: kind, window: Window{l.Start, l.End}, requests: []Request{get(client.First(l)), each},
			sweep: func(ctx context.Context, s *sink) error { return sweepTheFork(ctx, client, l, o.InFlight, s) }})
	}
	return p, nil
}

func sweepTheFork(ctx context.Context, client *thefork.Client, l thefork.List, inFlight int, s *sink) error {
	// Each call has a buffer of its own, used again by the next.
	buffers := make(chan *platform.Buffer, inFlight)
	for range inFlight {
		buffers <- new(platform.Buffer)
	}
	return client.Pages(ctx, l, func(page thefork.Batch) error {
		s.total = max(s.total, page.Total)
		calls, callCtx := errgroup.WithContext(ctx)
		calls.SetLimit(inFlight)
		for _, entry := range s.ids(page.IDs) {
			if callCtx.Err() != nil {
				break // one failed: what comes after it would fail too
			}
			calls.Go(func() error {
				buf := <-buffers
				defer func() { buffers <- buf }()
				answer, gone, err := client.Record(callCtx, l.Kind, entry.id, buf)
				if err != nil {
					return err
				}
				return s.fetched(callCtx, entry, answer, gone)
			})
		}
		if err := calls.Wait(); err != nil {
			return err
		}
		s.page()
		return ctx.Err()
	})
}

// entry is an id to ask for.
type entry struct {
	id    string
	times int64 // on its page
}

// ids counts a page of ids and gives those that are not there yet.
func (s *sink) ids(page []string) []*entry {
	var ask []*entry
	waiting := map[string]*entry{}
	for _, id := range page {
		if s.tally.list(keyOf([]byte(id))) {
			waiting[id] = &entry{id: id, times: 1}
			ask = append(ask, waiting[id])
		} else if e := waiting[id]; e != nil {
			e.times++
		}
	}
	return ask
}

// fetched takes the answer to one id.
func (s *sink) fetched(ctx context.Context, e *entry, answer platform.Answer, gone bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gone {
		s.tally.gone(keyOf([]byte(e.id)), e.times)
		return nil
	}
	return s.write(ctx, answer, answer.Body)
}
