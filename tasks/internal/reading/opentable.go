package reading

import (
	"context"
	"strings"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
)

// openTable asks for an OpenTable restaurant's lists, whose items are the records.
type openTable struct {
	*opentable.Client
	o Options
}

func openOpenTable(o Options, settings platform.Settings) (api, error) {
	client, err := opentable.NewClient(settings, o.ClientID, o.Secret)
	if err != nil {
		return nil, err
	}
	return openTable{client, o}, nil
}

func (p openTable) token() Request {
	return Request{Method: "GET", URL: strings.TrimRight(p.o.Source.Access.AuthURL, "/") + opentable.TokenPath,
		Query: map[string]string{"grant_type": "client_credentials"}}
}

// list asks for guests by change always, since they have no service date. updated_after has no counterpart, so a window of
// changes ends when it is read.
func (p openTable) list(kind, by string, from, to time.Time) List {
	overlap := p.o.Source.Access.Overlap
	l := opentable.List{Kind: kind, RID: p.o.Source.On(to.Format(time.DateOnly)).RID}
	var w Window
	if by == lake.ByServiceDate && kind == reservation.KindReservation {
		l.From, l.To = from.Add(-overlap), to.AddDate(0, 0, 1).Add(overlap)
		w = Window{l.From.Format(opentable.LocalTime), l.To.Format(opentable.LocalTime)}
	} else {
		l.UpdatedAfter = from.Add(-overlap)
		w = Window{From: l.UpdatedAfter.Format(opentable.UpdatedAfter)}
	}
	return List{Kind: kind, Window: w, Requests: []Request{get(p.First(l))}, sweep: func(ctx context.Context, s *sink) error {
		return p.sweep(ctx, l, s)
	}}
}

func (p openTable) sweep(ctx context.Context, l opentable.List, s *sink) error {
	each := func(page opentable.Batch) error {
		if len(page.Records) > 0 {
			s.had()
		}
		for _, record := range page.Records {
			if err := s.record(ctx, page.Answer, record); err != nil {
				return err
			}
		}
		if err := s.page(); err != nil {
			return err
		}
		return ctx.Err()
	}
	err := p.Pages(ctx, l, each, func(m opentable.Missed) bool {
		id := placeOf(l.Kind, "offset %d", m.Offset)
		return s.putAside(ctx, missed{id: id, place: m.Offset, why: m.Why, from: m.Answer, err: m.Err})
	})
	if err != nil {
		return err
	}
	return s.again(ctx, func(m missed, few int) (platform.Answer, error) { return p.Place(ctx, l, m.place, few, each) })
}

// notFound reports true for each 404, since an error of OpenTable's has no code.
func (p openTable) notFound(string, platform.Answer) bool { return true }

func (p openTable) one(kind, id string) Request { return get(p.One(kind, id)) }
