package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

func (p *prober) zone() *time.Location {
	if p.o.Source.Location == nil {
		return time.UTC
	}
	return p.o.Source.Location
}

// endDate asks for the day of a record's time alone: a day that the last one's end counts has it. A record is taken whose day is
// the same in UTC and in the restaurant's zone, hours from either midnight.
func (p *prober) endDate(ctx context.Context, l forkList, records []record, field string) error {
	const question = "endDate"
	for _, r := range records {
		text := textOf(r, field)
		utc, ok := dayOf(text, time.UTC)
		local, _ := dayOf(text, p.zone())
		if !ok || !utc.Equal(local) || nearMidnight(text) {
			continue
		}
		id := textOf(r, asked)
		found, sure, err := p.lists(ctx, l, utc, utc, id)
		if err != nil {
			return err
		}
		if found {
			p.say(question, "inclusive", Certain, "a record is in the list of its own day alone")
			return nil
		}
		more, moreSure, err := p.lists(ctx, l, utc, utc.AddDate(0, 0, 1), id)
		switch {
		case err != nil:
			return err
		case more:
			p.say(question, "exclusive", Certain,
				"a record is in the list of its day and the next, and not in that of its day alone")
		default:
			p.open(question, fmt.Sprintf("a record is in no list of its day (whole: %t, %t)", sure, moreSure))
		}
		return nil
	}
	p.open(question, fmt.Sprintf("no record's %s is clearly within a day, among %d", field, len(records)))
	return nil
}

// nearMidnight reports whether an instant is within four hours of UTC's midnight. A date is not.
func nearMidnight(text string) bool {
	t, ok := instant(text)
	return ok && (t.Hour() < 4 || t.Hour() >= 20)
}

// dayZone looks for a record whose day is another in the restaurant's zone than in UTC, and asks which day has it.
func (p *prober) dayZone(ctx context.Context, changed, meals forkList, records []record) error {
	const question = "day zone"
	seen := 0
	for _, way := range []struct {
		list  forkList
		field string
	}{{meals, "mealDate"}, {changed, "updatedAt"}} {
		for _, r := range records {
			utc, ok := dayOf(textOf(r, way.field), time.UTC)
			local, _ := dayOf(textOf(r, way.field), p.zone())
			if !ok {
				continue
			}
			if seen++; utc.Equal(local) {
				continue
			}
			return p.settleZone(ctx, question, way.list, utc, local, textOf(r, asked))
		}
	}
	p.open(question,
		fmt.Sprintf("none of %d times falls on another day in %s than in UTC: ask a restaurant further from UTC, or later",
			seen, p.zone()))
	return nil
}

func (p *prober) settleZone(ctx context.Context, question string, l forkList, utc, local time.Time, id string) error {
	last := func(day time.Time) time.Time {
		if p.value("endDate") == "exclusive" {
			return day.AddDate(0, 0, 1)
		}
		return day
	}
	byUTC, sure1, err := p.lists(ctx, l, utc, last(utc), id)
	if err != nil {
		return err
	}
	byLocal, sure2, err := p.lists(ctx, l, local, last(local), id)
	switch {
	case err != nil:
		return err
	case byUTC && !byLocal && sure2:
		p.say(question, "utc", Certain, "a record near midnight is listed on UTC's day, and not on the restaurant's")
	case byLocal && !byUTC && sure1:
		p.say(question, "restaurant", Certain, "a record near midnight is listed on the restaurant's day, and not on UTC's")
	default:
		p.open(question, fmt.Sprintf("a record near midnight is on UTC's day: %t, on the restaurant's: %t", byUTC, byLocal))
	}
	return nil
}

// created asks for the day on which a customer was made, where it changed on a later day.
func (p *prober) created(ctx context.Context, l forkList, records []record) error {
	const question = "customers' days"
	for _, r := range records {
		made, ok := dayOf(textOf(r, "creationDate"), time.UTC)
		changed, also := dayOf(textOf(r, "lastUpdateDate"), time.UTC)
		if !ok || !also || changed.Sub(made) < 3*24*time.Hour {
			continue
		}
		found, sure, err := p.lists(ctx, l, made.AddDate(0, 0, -1), made.AddDate(0, 0, 1), textOf(r, asked))
		switch {
		case err != nil:
			return err
		case found:
			p.say(question, "created or updated", Certain, "a customer is listed on the day it was made, though it changed later")
		case sure:
			p.say(question, "updated", Certain, "a customer is not listed on the day it was made, since it changed later")
		default:
			p.open(question, "the list is too long to tell")
		}
		return nil
	}
	p.open(question, fmt.Sprintf("no customer among %d changed days after it was made", len(records)))
	return nil
}

// bothIDs asks for a restaurant and its account at once.
func (p *prober) bothIDs(ctx context.Context, l forkList) error {
	const question = "both ids"
	if p.o.GroupUUID == "" {
		p.open(question, "the restaurant's account is not in restaurants.yaml")
		return nil
	}
	today := p.o.Machine.Now().UTC().Truncate(24 * time.Hour)
	var totals [3]float64
	for i, owner := range []url.Values{
		{"restaurantUuid": {p.o.Source.RestaurantUUID}}, {"groupUuid": {p.o.GroupUUID}},
		{"restaurantUuid": {p.o.Source.RestaurantUUID}, "groupUuid": {p.o.GroupUUID}},
	} {
		l.owner = owner
		got, err := p.ask.get(ctx, l.path, l.query(today.AddDate(0, 0, -400), today, 1, p.first))
		if err != nil {
			return err
		}
		if got.status != http.StatusOK {
			if i == 2 {
				p.say(question, "refuse", Certain, "status %d", got.status)
				return nil
			}
			p.open(question, fmt.Sprintf("one of them alone has status %d", got.status))
			return nil
		}
		totals[i], _ = number(got.body["totalCount"])
	}
	switch restaurant, group, both := totals[0], totals[1], totals[2]; {
	case restaurant == group:
		p.open(question, "restaurant and account have as many bookings as each other")
	case both == restaurant:
		p.say(question, "restaurant", Certain, "as many bookings as the restaurant's")
	case both == group:
		p.say(question, "group", Certain, "as many bookings as the account's")
	default:
		p.open(question, "as many bookings as neither has")
	}
	return nil
}

// forkErrors makes calls that are refused, and changes nothing by it.
func (p *prober) forkErrors(ctx context.Context, l forkList, foreign url.Values, unknown string) error {
	today := p.o.Machine.Now().UTC().Truncate(24 * time.Hour)
	list := p.ask.address(l.path, l.query(today, today, 1, p.first))
	odd := l.query(today, today, 1, p.first)
	odd.Set("limit", "many")
	l.owner = foreign
	token := "Bearer " + p.ask.token
	for _, e := range []struct{ question, authorization, address string }{
		{"error, no token", "", list},
		{"error, wrong token", "Bearer " + strings.Repeat("0", 32), list},
		{"error, foreign id", token, p.ask.address(l.path, l.query(today, today, 1, p.first))},
		{"error, unknown record", token, p.ask.address(unknown, nil)},
		{"error, wrong parameter", token, p.ask.address(l.path, odd)},
	} {
		got, err := p.ask.with(ctx, e.authorization, e.address)
		if err != nil {
			return err
		}
		value := fmt.Sprintf("status %d", got.status)
		if got.status != http.StatusOK {
			value += ": " + errorForm(got.body)
		}
		p.say(e.question, value, Certain, "as it was answered")
	}
	return nil
}
