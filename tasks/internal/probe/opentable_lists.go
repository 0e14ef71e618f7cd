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

// openTablePages asks for two small pages, the second one as the first says.
func (p *prober) openTablePages(ctx context.Context) error {
	const question = "next page"
	q := p.changedSince(p.openTableQuery(2, 0), p.o.Machine.Now().AddDate(0, 0, -400))
	first, err := p.ask.get(ctx, opentable.ReservationsPath, q)
	if err != nil {
		return err
	}
	if more, _ := first.body["hasNextPage"].(bool); !more {
		p.open(question, "there are no more than 2 bookings")
		return nil
	}
	form, address := nextForm(textOf(first.body, "nextPageUrl")), ""
	if here, err := url.Parse(p.ask.address(opentable.ReservationsPath, q)); err == nil {
		if next, err := here.Parse(textOf(first.body, "nextPageUrl")); err == nil && next.Host == here.Host {
			address = next.String()
		}
	}
	if form == "null" || address == "" {
		q.Set("offset", "2")
		address = p.ask.address(opentable.ReservationsPath, q)
	}
	second, err := p.ask.with(ctx, "Bearer "+p.ask.token, address)
	if err != nil {
		return err
	}
	p.say(question, form, Certain, "nextPageUrl of a page that is not the last")
	a, b := items(first, "items"), items(second, "items")
	switch {
	case second.status != http.StatusOK || len(a) == 0 || len(b) == 0:
		p.open("next page goes on", fmt.Sprintf("the next page has status %d and %d records", second.status, len(b)))
	case textOf(a[0], "id") == textOf(b[0], "id"):
		p.say("next page goes on", "no", Likely, "the next page begins with the first page's record")
	default:
		p.say("next page goes on", "yes", Certain, "the next page has other records")
	}
	return nil
}

func nextForm(text string) string {
	switch {
	case text == "":
		return "null"
	case strings.HasPrefix(text, "http://"), strings.HasPrefix(text, "https://"):
		return "absolute"
	}
	return "relative"
}

// overLimit asks for a page larger than the documents allow.
func (p *prober) overLimit(ctx context.Context, q url.Values, path string) error {
	const question = "limit beyond the maximum"
	got, err := p.ask.get(ctx, path, q)
	if err != nil {
		return err
	}
	limit, _ := number(got.body["limit"])
	switch {
	case got.status == http.StatusBadRequest, got.status == http.StatusUnprocessableEntity:
		p.say(question, "refused", Certain, "status %d", got.status)
	case got.status != http.StatusOK:
		p.open(question, fmt.Sprintf("status %d", got.status))
	case limit == 0:
		p.open(question, "the answer does not say its limit")
	case strconv.Itoa(int(limit)) == q.Get("limit"):
		p.say(question, "taken", Certain, "the answer says the limit that was asked for")
	default:
		p.say(question, fmt.Sprintf("clamped to %d", int(limit)), Certain, "as the answer says")
	}
	return nil
}

// holds reports whether a list has a record, as far as its first page goes. sure is false where it may be on another.
func (p *prober) holds(ctx context.Context, path string, q url.Values, id string) (found, sure bool, err error) {
	got, err := p.ask.get(ctx, path, q)
	if err != nil || got.status != http.StatusOK {
		return false, false, err
	}
	for _, r := range items(got, "items") {
		if strings.EqualFold(textOf(r, "id"), id) {
			return true, true, nil
		}
	}
	more, _ := got.body["hasNextPage"].(bool)
	return false, !more, nil
}

// updatedAfter asks for what changed after the very moment at which a record did.
func (p *prober) updatedAfter(ctx context.Context, bookings []record) error {
	const question = "updated_after"
	newest, at := latest(bookings, "updated_at_utc")
	if newest == nil {
		p.open(question, "no booking has a time of change")
		return nil
	}
	ask := func(after time.Time) (found, sure bool, err error) {
		q := p.changedSince(p.openTableQuery(opentable.MaxLimit, 0), after)
		return p.holds(ctx, opentable.ReservationsPath, q, textOf(newest, "id"))
	}
	found, sure, err := ask(at)
	switch {
	case err != nil:
		return err
	case !sure:
		p.open(question, "the list is too long to tell")
		return nil
	case !found:
		p.say(question, "strict", Certain, "a record is not among what changed after its own moment")
		return nil
	}
	if found, sure, err = ask(at.Add(time.Millisecond)); err != nil {
		return err
	}
	if found || !sure {
		p.open(question,
			"a record is also among what changed a millisecond after its moment: the platform's times are finer than "+
				"what it shows")
		return nil
	}
	p.say(question, "inclusive", Certain, "a record is among what changed after its own moment, and not a millisecond later")
	return nil
}

// latest returns the record with the highest time in a field.
func latest(records []record, field string) (newest record, at time.Time) {
	for _, r := range records {
		if t, ok := instant(textOf(r, field)); ok && (newest == nil || t.After(at)) {
			newest, at = r, t
		}
	}
	return newest, at
}

// scheduledEdges asks for spans that begin and end at the moment of a booking's meal.
func (p *prober) scheduledEdges(ctx context.Context, bookings []record) error {
	booking, at := record(nil), time.Time{}
	for _, r := range bookings {
		if t, err := time.Parse(opentable.LocalTime, textOf(r, "scheduled_time")); err == nil {
			booking, at = r, t
			break
		}
	}
	for _, edge := range []struct {
		question string
		from, to time.Time
	}{{"scheduled_time_from", at, at.Add(time.Hour)}, {"scheduled_time_to", at.Add(-time.Hour), at}} {
		if booking == nil {
			p.open(edge.question, "no booking has a time of its meal")
			continue
		}
		q := p.openTableQuery(opentable.MaxLimit, 0)
		q.Set("scheduled_time_from", edge.from.Format(opentable.LocalTime))
		q.Set("scheduled_time_to", edge.to.Format(opentable.LocalTime))
		found, sure, err := p.holds(ctx, opentable.ReservationsPath, q, textOf(booking, "id"))
		switch {
		case err != nil:
			return err
		case !sure:
			p.open(edge.question, "the list is too long to tell, or was refused")
		case found:
			p.say(edge.question, "inclusive", Certain, "a booking at the very moment is in the span")
		default:
			p.say(edge.question, "exclusive", Certain, "a booking at the very moment is not in the span")
		}
	}
	return nil
}

// openTableMerges looks for archived guests in the whole guest book and among all that changed, as far as the calls reach.
func (p *prober) openTableMerges(ctx context.Context) error {
	const question = "archived guests come with changes"
	forms := map[string]int{}
	var books [2]book
	for i := range books {
		query := func(offset int) url.Values { return p.openTableQuery(opentable.MaxLimit, offset) }
		if i == 1 {
			since := p.o.Machine.Now().AddDate(-5, 0, 0)
			query = func(offset int) url.Values {
				return p.changedSince(p.openTableQuery(opentable.MaxLimit, offset), since)
			}
		}
		var err error
		if books[i], err = p.guestBook(ctx, query, forms); err != nil {
			return err
		}
	}
	switch all, changed := books[0], books[1]; {
	case changed.archived > 0:
		p.say(question, "yes", Certain, "%d among %d guests that changed", changed.archived, changed.guests)
	case all.archived > 0 && changed.whole && changed.guests > 0:
		p.say(question, "no", Certain, "%d among %d of the guest book, none among the %d that changed in five years",
			all.archived,
			all.guests, changed.guests)
	default:
		p.open(question, fmt.Sprintf("no archived guest among %d that changed, %d among %d of the guest book", changed.guests,
			all.archived, all.guests))
	}
	p.tally("primary_guest", forms, fmt.Sprintf("no merged guest among %d", max(books[0].guests, books[1].guests)))
	return nil
}

// book is what was seen of a list of guests.
type book struct {
	guests, archived int
	whole            bool // the list was read to its end
}

// guestBook reads some pages of a list of guests.
func (p *prober) guestBook(ctx context.Context, query func(offset int) url.Values, forms map[string]int) (b book, err error) {
	for page := 0; page < 4 && !b.whole; page++ {
		got, err := p.ask.get(ctx, opentable.GuestsPath, query(b.guests))
		if err != nil {
			return b, err
		}
		found := items(got, "items")
		for _, r := range archived(found) {
			b.archived++
			primaryForm(forms, r)
		}
		b.guests += len(found)
		more, said := got.body["hasNextPage"].(bool)
		if len(found) == 0 {
			return b, nil
		}
		b.whole = said && !more
	}
	return b, nil
}

func archived(guests []record) (found []record) {
	for _, r := range guests {
		if flag, _ := r["archived"].(bool); flag || r["primary_guest"] != nil {
			found = append(found, r)
		}
	}
	return found
}

func primaryForm(forms map[string]int, r record) {
	switch text := textOf(r, "primary_guest"); {
	case text == "":
	case strings.Contains(text, "://"):
		count(forms, "url")
	default:
		count(forms, "id")
	}
}

// openTableSingles asks for one booking and one guest by their ids.
func (p *prober) openTableSingles(ctx context.Context, bookings, guests []record) error {
	for _, one := range []struct {
		question, path string
		among          []record
	}{{"one reservation", opentable.ReservationsPath, bookings}, {"one guest", opentable.GuestsPath, guests}} {
		if len(one.among) == 0 {
			p.open(one.question, "there is none to ask for")
			continue
		}
		if err := p.single(ctx, one.question, one.path, textOf(one.among[0], "id"), "id"); err != nil {
			return err
		}
	}
	return nil
}

// single asks for one record, and tells whether it comes bare.
func (p *prober) single(ctx context.Context, question, path, id, key string) error {
	got, err := p.ask.get(ctx, path+"/"+url.PathEscape(id), nil)
	switch {
	case err != nil:
		return err
	case got.status != http.StatusOK:
		p.say(question, fmt.Sprintf("status %d", got.status), Certain, "of a record that a list has")
	case has(got.body, key):
		p.say(question, "bare", Certain, "the answer is the record")
	default:
		for name, v := range got.body {
			if inner, ok := v.(record); ok && has(inner, key) {
				p.say(question, "enveloped in "+name, Certain, "the record is a member of the answer")
				return nil
			}
		}
		p.open(question, "the answer has no id at its top, nor one level below")
	}
	return nil
}

// posDataPath is Platinum's list of orders, which is asked for nowhere else.
const posDataPath = "/sync/v2/pos-data"

// openTableErrors makes calls that are refused, and changes nothing by it.
func (p *prober) openTableErrors(ctx context.Context, bookings []record) error {
	list := p.ask.address(opentable.ReservationsPath, p.openTableQuery(1, 0))
	foreign, odd := p.openTableQuery(1, 0), p.openTableQuery(1, 0)
	foreign.Set("rid", "999999999999") // nobody's: what is another's is not asked for
	odd.Set("limit", "many")
	pos := p.openTableQuery(1, 0)
	pos.Set("scheduled_time_from", p.o.Machine.Now().AddDate(0, 0, -1).Format(opentable.LocalTime))
	pos.Set("scheduled_time_to", p.o.Machine.Now().Format(opentable.LocalTime))
	forms := map[string]int{}
	for _, e := range []struct {
		question, authorization, address string
	}{
		{"error, no token", "", list},
		{"error, wrong token", "Bearer v2-00000000-0000-0000-0000-000000000000", list},
		{"error, foreign restaurant", "Bearer " + p.ask.token, p.ask.address(opentable.ReservationsPath, foreign)},
		{"error, unknown record", "Bearer " + p.ask.token, p.ask.address(opentable.ReservationsPath+"/"+
			strconv.FormatInt(p.o.Source.RID, 10)+"-00000000-0000-4000-8000-000000000000", nil)},
		{"error, wrong parameter", "Bearer " + p.ask.token, p.ask.address(opentable.ReservationsPath, odd)},
		{"pos-data", "Bearer " + p.ask.token, p.ask.address(posDataPath, pos)},
	} {
		got, err := p.ask.with(ctx, e.authorization, e.address)
		if err != nil {
			return err
		}
		p.say(e.question, fmt.Sprintf("status %d", got.status), Certain, "body: %s", errorForm(got.body))
		if got.status != http.StatusOK {
			count(forms, errorForm(got.body))
		}
	}
	p.tally("errors", forms, "nothing was refused")
	return nil
}

// errorForm names the members of an error's body, and the type of its time.
func errorForm(body record) string {
	if body == nil {
		return "no JSON object"
	}
	var members []string
	for _, name := range []string{"timestamp", "path", "status", "statusCode", "error", "message", "requestId", "errors",
		"requestid",
		"data"} {
		if v, there := body[name]; there {
			if name == "timestamp" {
				name += " (" + typeOf(v) + ")"
			}
			members = append(members, name)
		}
	}
	return strings.Join(members, ", ")
}
