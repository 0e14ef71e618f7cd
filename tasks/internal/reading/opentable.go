package reading

import (
	"context"
	"strings"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
)

// planOpenTable plans an OpenTable restaurant: two lists, whose items are the records.
func planOpenTable(o Options, by string, day time.Time) (*plan, error) {
	client, err := opentable.NewClient(opentable.Config{
		ID: o.ClientID, Secret: o.Secret, PageSize: o.Source.Access.PageSize, Platform: o.settings(),
	})
	if err != nil {
		return nil, err
	}
	p := &plan{by: by, client: client, token: Request{Method: "GET", URL: strings.TrimRight(o.Source.Access.AuthURL, "/") + opentable.TokenPath,
		Query: map[string]string{"grant_type": "client_credentials"}}}
	for _, kind := range o.Source.Kinds {
		l := opentable.List{Kind: kind, RID: o.Source.RID}
		var w Window
		// Guests have no service date: they are always asked for by change. updated_after has no counterpart, so
		// the window ends when it is read.
		if by == lake.ByServiceDate && kind == reservation.KindReservation {
			l.From, l.To = day.Add(-o.Source.Access.Overlap), day.AddDate(0, 0, 1).Add(o.Source.Access.Overlap)
			w = Window{l.From.Format(opentable.LocalTime), l.To.Format(opentable.LocalTime)}
		} else {
			l.UpdatedAfter = day.Add(-o.Source.Access.Overlap)
			w = Window{From: l.UpdatedAfter.Format(opentable.UpdatedAfter)}
		}
		p.lists = append(p.lists, list{kind: kind, window: w, requests: []Request{get(client.First(l))},
			sweep: func(ctx context.Context, s *sink) error { return sweepOpenTable(ctx, client, l, s) }})
	}
	return p, nil
}

func sweepOpenTable(ctx context.Context, client *opentable.Client, l opentable.List, s *sink) error {
	return client.Pages(ctx, l, func(page opentable.Batch) error {
		for _, record := range page.Records {
			if err := s.record(ctx, page.Answer, record); err != nil {
				return err
			}
		}
		s.page()
		return ctx.Err()
	})
}
