package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/opentable"
)

// openTable asks OpenTable's questions.
func (p *prober) openTable(ctx context.Context) error {
	reply, err := p.ask.authorise(ctx)
	if err != nil {
		return err
	}
	p.tokenReply(reply)
	bookings, err := p.openTableSample(ctx, opentable.ReservationsPath, 50)
	if err != nil {
		return err
	}
	guests, err := p.openTableSample(ctx, opentable.GuestsPath, 50)
	if err != nil {
		return err
	}
	p.openTableRecords(bookings)
	p.openTableGuests(guests)
	for _, question := range []func() error{
		func() error { return p.openTablePages(ctx) },
		func() error {
			return p.overLimit(ctx, p.openTableQuery(opentable.MaxLimit+1, 0), opentable.ReservationsPath)
		},
		func() error { return p.updatedAfter(ctx, bookings) },
		func() error { return p.scheduledEdges(ctx, bookings) },
		func() error { return p.openTableMerges(ctx) },
		func() error { return p.openTableSingles(ctx, bookings, guests) },
		func() error { return p.openTableErrors(ctx, bookings) },
	} {
		if err := question(); err != nil {
			return err
		}
	}
	p.openTableSettings()
	return nil
}

// tokenReply tells the form of the reply that held the token.
func (p *prober) tokenReply(reply answer) {
	p.say("token, type", textOf(reply.body, "token_type"), Certain, "as the reply says it")
	value := "absent"
	if v, there := reply.body["expires_in"]; there {
		value = typeOf(v)
	}
	p.say("token, expires_in", value, Certain, "as the reply has it")
}

func (p *prober) openTableQuery(limit, offset int) url.Values {
	return url.Values{"rid": {strconv.FormatInt(p.o.Source.RID, 10)}, "limit": {strconv.Itoa(limit)},
		"offset": {strconv.Itoa(offset)}}
}

func (p *prober) changedSince(q url.Values, t time.Time) url.Values {
	q.Set("updated_after", t.UTC().Format(opentable.UpdatedAfter))
	return q
}

// items returns a list's entries.
func items(a answer, key string) (records []record) {
	list, _ := a.body[key].([]any)
	for _, v := range list {
		if r, ok := v.(record); ok {
			records = append(records, r)
		}
	}
	return records
}

// openTableSample reads a page of what changed last, from further back while there are few.
func (p *prober) openTableSample(ctx context.Context, path string, enough int) ([]record, error) {
	var found []record
	for _, days := range []int{2, 21, 400} {
		q := p.changedSince(p.openTableQuery(500, 0), p.o.Machine.Now().AddDate(0, 0, -days))
		got, err := p.ask.get(ctx, path, q)
		if err != nil {
			return nil, err
		}
		if got.status != http.StatusOK {
			p.open("list "+path, fmt.Sprintf("status %d: nothing can be told of its records", got.status))
			return nil, nil
		}
		if found = items(got, "items"); len(found) >= enough {
			break
		}
	}
	return found, nil
}

// openTableRecords tells the forms of bookings.
func (p *prober) openTableRecords(bookings []record) {
	const none = "no booking changed in 400 days"
	tiers, ids, created, states, referrers, times := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{},
		map[string]int{}, map[string]int{}
	for _, r := range bookings {
		switch {
		case has(r, "online_source") || has(r, "sms_opt_in") || has(r, "credit_card_status"):
			count(tiers, "platinum")
		case has(r, "marketing_opted_out") || has(r, "referrer"):
			count(tiers, "gold")
		default:
			count(tiers, "copper")
		}
		count(ids, idForm(textOf(r, "id")))
		count(created, presence(r, "created_date_utc"))
		if form := stateForm(textOf(r, "state")); form != "" {
			count(states, form)
		}
		if v := r["referrer"]; v != nil {
			count(referrers, typeOf(v))
		}
		if text := textOf(r, "updated_at_utc"); text != "" {
			count(times, timeForm(text))
		}
	}
	p.tally("tier", tiers, none)
	p.tally("reservation ids", ids, none)
	p.tally("created_date_utc", created, none)
	p.tally("states of two words", states, "no booking is in a state of two words")
	p.tally("times", times, none)
	if p.value("tier") != "copper" {
		p.tally("referrer", referrers, "no booking has a referrer")
	}
	if p.value("tier") == "gold" {
		pos := map[string]int{}
		for _, r := range bookings {
			count(pos, presence(r, "pos_data"))
		}
		p.tally("pos_data in gold", pos, none)
	}
	p.order("list order", bookings, "updated_at_utc", "sequence_id", "id")
}

func presence(r record, key string) string {
	if has(r, key) {
		return "present"
	}
	return "absent"
}

// stateForm tells how a state of two words is written, "" of one of one word.
func stateForm(state string) string {
	for _, word := range []string{"PartiallyArrived", "AllArrived", "PartiallySeated", "NotConfirmed", "LeftMessage", "NoShow",
		"AssumedSeated", "AssumedDone", "CheckDropped", "BusTable", "WrongNumber", "NoAnswer"} {
		switch state {
		case word:
			if strings.HasSuffix(word, "Arrived") || word == "PartiallySeated" {
				return "joined"
			}
			return ""
		}
		if strings.ReplaceAll(state, " ", "") == word {
			return "spaced"
		}
	}
	return ""
}

// order tells by which of some fields a list is ordered.
func (p *prober) order(question string, records []record, fields ...string) {
	ties := false
	for _, field := range fields {
		keys := make([]string, len(records))
		for i, r := range records {
			keys[i] = sortable(r[field])
		}
		way := direction(keys)
		ties = ties || way == equal
		if way != "" && way != equal {
			sure := Certain
			if len(records) < 10 {
				sure = Likely
			}
			p.say(question, field+", "+way, sure, "%d records", len(records))
			return
		}
	}
	if len(records) < 10 || ties {
		p.open(question, fmt.Sprintf("%d records are too few, or too equal, to tell", len(records)))
		return
	}
	p.say(question, "none", Certain, "%d records follow none of %s", len(records), strings.Join(fields, ", "))
}

// openTableGuests tells the forms of guests.
func (p *prober) openTableGuests(guests []record) {
	ids, birthdays, addresses, gpids := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range guests {
		count(ids, idForm(textOf(r, "id")))
		for key, forms := range map[string]map[string]int{"birth_date": birthdays, "address": addresses, "gpid": gpids} {
			if v := r[key]; v != nil {
				count(forms, typeOf(v))
			}
		}
	}
	p.tally("guest ids", ids, "no guest changed in 400 days")
	p.tally("birthdays", birthdays, "no guest has one")
	p.tally("gpid", gpids, "no guest has one")
	if p.value("tier") != "copper" {
		p.tally("address", addresses, "no guest has one")
	}
}

// openTableSettings says what restaurants.yaml is to have.
func (p *prober) openTableSettings() {
	if tier := p.value("tier"); tier != "" && !strings.Contains(tier, " ") {
		p.setting("restaurants[].opentable.tier", tier, "the records have that contract's fields")
	}
	p.setting("platforms.opentable.page_size", strconv.Itoa(min(1000, p.largest(opentable.MaxLimit))), "%s",
		"the platform takes it; a smaller page is more calls")
	why := "the edge of updated_after is not settled"
	switch p.value("updated_after") {
	case "inclusive":
		why = "updated_after counts the moment itself, so a second would do; an hour makes up for clocks, too"
	case "strict":
		why = "updated_after leaves the moment itself out, so a window must begin earlier; an hour makes up for clocks, too"
	}
	p.setting("platforms.opentable.overlap", "1h", "%s", why)
}

// largest returns the largest page that the platform gave, or the documented one.
func (p *prober) largest(documented int) int {
	if n, err := strconv.Atoi(strings.TrimPrefix(p.value("limit beyond the maximum"), "clamped to ")); err == nil && n > 0 {
		return n
	}
	return documented
}
