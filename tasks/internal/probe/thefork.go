package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/currency"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// How many records are read one by one: of those that changed, and of past meals, where bills are.
const (
	mostChanged = 14
	mostMeals   = 12
)

// forkList is one of TheFork's lists, as the source may ask for it.
type forkList struct {
	path  string
	owner url.Values // whose
	by    string     // filterBy, "" of customers
}

func (l forkList) query(start, end time.Time, limit, page int) url.Values {
	q := url.Values{"startDate": {start.Format(time.DateOnly)}, "endDate": {end.Format(time.DateOnly)},
		"limit": {strconv.Itoa(limit)}, "page": {strconv.Itoa(page)}}
	for name, values := range l.owner {
		q[name] = values
	}
	if l.by != "" {
		q.Set("filterBy", l.by)
	}
	return q
}

// theFork asks TheFork's questions: of a restaurant's bookings, or of an account's customers.
func (p *prober) theFork(ctx context.Context) error {
	reply, err := p.ask.authorise(ctx)
	if err != nil {
		return err
	}
	p.tokenReply(reply)
	customers := !slices.Contains(p.o.Source.Kinds, reservation.KindReservation)
	l := forkList{path: thefork.ReservationsPath, owner: url.Values{"restaurantUuid": {p.o.Source.RestaurantUUID}},
		by: thefork.ByUpdatedDate}
	if customers {
		l = forkList{path: thefork.CustomersPath, owner: url.Values{"groupUuid": {p.o.Source.GroupUUID}}}
	}
	ids, from, err := p.forkIDs(ctx, l)
	if err != nil {
		return err
	}
	today := p.o.Machine.Now().UTC().Truncate(24 * time.Hour)
	if err := p.forkPages(ctx, l, from, today, ids); err != nil {
		return err
	}
	if err := p.overLimit(ctx, l.query(from, today, thefork.MaxLimit+1, p.first), l.path); err != nil {
		return err
	}
	// Both ends of the list and its middle: where it is in the order of changes, its ends are near the edges of days.
	records, err := p.forkRecords(ctx, l.path, spread(ids, mostChanged))
	if err != nil {
		return err
	}
	if customers {
		return p.theForkCustomers(ctx, l, ids, records)
	}
	return p.theForkBookings(ctx, l, ids, records)
}

func (p *prober) theForkBookings(ctx context.Context, l forkList, ids []string, records []record) error {
	meals := l
	meals.by = thefork.ByMealDate
	today := p.o.Machine.Now().UTC().Truncate(24 * time.Hour)
	got, err := p.ask.get(ctx, meals.path, meals.query(today.AddDate(0, 0, -14), today.AddDate(0, 0, -1), 1000, p.first))
	if err != nil {
		return err
	}
	past, err := p.forkRecords(ctx, meals.path, spread(idsOf(got), mostMeals))
	if err != nil {
		return err
	}
	all := slices.Concat(records, past)
	p.forkForms(all)
	p.forkOrder(ids, records, "updatedAt", "createdAt")
	p.money(all)
	for _, question := range []func() error{
		func() error { return p.endDate(ctx, meals, past, "mealDate") },
		func() error { return p.dayZone(ctx, l, meals, all) },
		func() error { return p.bothIDs(ctx, l) },
		func() error {
			return p.forkErrors(ctx, l, url.Values{"restaurantUuid": {nobody}}, thefork.ReservationsPath+"/"+nobody)
		},
	} {
		if err := question(); err != nil {
			return err
		}
	}
	p.theForkSettings()
	return nil
}

// nobody is an id that nobody has.
const nobody = "00000000-0000-4000-8000-000000000000"

func (p *prober) theForkCustomers(ctx context.Context, l forkList, ids []string, records []record) error {
	dates, uuids, lists, origins := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range records {
		for _, key := range []string{"creationDate", "lastUpdateDate"} {
			count(dates, textForm(r[key]))
		}
		switch v, there := r["customerUuid"]; {
		case !there:
			count(uuids, "absent")
		case v == nil:
			count(uuids, "null")
		default:
			count(uuids, "present")
		}
		for _, key := range []string{"allergiesAndIntolerances", "dietaryRestrictions", "spendingBehaviour", "otherTags",
			"customFields",
			"riskLevel", "customerRelationship"} {
			emptyList(lists, r[key])
		}
		if name := textOf(r, "originRestaurantName"); name != "" {
			if idForm(name) == "uuid" {
				count(origins, "uuid")
			} else {
				count(origins, "name")
			}
		}
	}
	const none = "no customer was read"
	p.tally("customers' dates", dates, none)
	p.tally("customerUuid", uuids, none)
	p.tally("lists without members", lists, "no customer has one")
	p.tally("originRestaurantName", origins, "no customer has one")
	p.forkOrder(ids, records, "lastUpdateDate", "creationDate")
	if err := p.endDate(ctx, l, records, "lastUpdateDate"); err != nil {
		return err
	}
	if err := p.created(ctx, l, records); err != nil {
		return err
	}
	if err := p.forkErrors(ctx, l, url.Values{"groupUuid": {nobody}}, thefork.CustomersPath+"/"+nobody); err != nil {
		return err
	}
	p.theForkSettings()
	return nil
}

// emptyList counts how a list without members is written.
func emptyList(forms map[string]int, v any) {
	switch v := v.(type) {
	case nil:
		count(forms, "null")
	case []any:
		if len(v) == 0 {
			count(forms, "empty")
		}
	}
}

func textForm(v any) string {
	text, ok := v.(string)
	if !ok {
		return typeOf(v)
	}
	return timeForm(text)
}

// forkForms tells the forms of bookings.
func (p *prober) forkForms(records []record) {
	times, meals, lists := map[string]int{}, map[string]int{}, map[string]int{}
	changed := map[string]int{}
	for _, r := range records {
		count(times, textForm(r["createdAt"]))
		count(meals, textForm(r["mealDate"]))
		if v := r["updatedAt"]; v != nil {
			count(times, textForm(v))
		}
		count(changed, presenceOfValue(r, "updatedAt"))
		for _, key := range []string{"customFields", "utmTrackingInformation"} {
			emptyList(lists, r[key])
		}
	}
	const none = "no booking was read"
	p.tally("createdAt and updatedAt", times, none)
	p.tally("mealDate", meals, none)
	p.tally("updatedAt of bookings", changed, none)
	p.tally("lists without members", lists, "no booking has one")
}

func presenceOfValue(r record, key string) string {
	if r[key] == nil {
		return "null or absent"
	}
	return "present"
}

// lastChange is the member, made here, by which a list may be ordered: a record that never changed has the time it was made.
const lastChange = "last change"

// forkOrder tells by what a list of ids is ordered: by themselves, or by the last change of those that were read.
func (p *prober) forkOrder(ids []string, records []record, changed, made string) {
	listed := make([]record, len(ids))
	for i, id := range ids {
		listed[i] = record{"id": id}
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = strings.ToLower(id)
	}
	if way := direction(keys); way != "" && way != equal {
		p.order("list order", listed, "id")
		return
	}
	for _, r := range records {
		text := cmp.Or(textOf(r, changed), textOf(r, made))
		if t, ok := instant(text); ok {
			text = t.Format(time.RFC3339Nano)
		}
		r[lastChange] = text
	}
	p.order("list order", records, lastChange)
}

// money judges the unit of bills.
func (p *prober) money(records []record) {
	var bills []spend
	for _, r := range records {
		bill := objectOf(r, "billAmount")
		total, ok := bill["totalPrice"].(json.Number)
		covers, sized := number(r["partySize"])
		if ok && sized {
			bills = append(bills, spend{total, covers, textOf(bill, "currency")})
		}
	}
	value, sure, why := moneyUnit(bills, func(code string) int {
		if digits, known := currency.Digits(code); known {
			return digits
		}
		return 2
	})
	if value == "" {
		p.open("money_unit", why)
		return
	}
	p.say("money_unit", value, sure, "%s", why)
}

// theForkSettings says what restaurants.yaml is to have.
func (p *prober) theForkSettings() {
	if unit := p.value("money_unit"); unit != "" {
		p.setting("platforms.thefork.money_unit", unit, "%s", p.why("money_unit"))
	}
	p.setting("platforms.thefork.page_size", strconv.Itoa(min(1000, p.largest(thefork.MaxLimit))), "%s",
		"the platform takes it; a larger page saves little, since records come one by one")
	overlap, why := "24h", "a day on each side"
	switch zone, end := p.value("day zone"), p.value("endDate"); {
	case end == "exclusive":
		overlap, why = "48h", "the last day of a window is not read: a day on each side would leave out the day's last hours"
	case zone == "":
		why += ": which zone cuts days is not settled"
	case zone == "restaurant":
		why += ": days are the restaurant's, and readings are of UTC's days"
	default:
		why += " is more than is needed where days are UTC's and the last one is read; it makes up for clocks and late changes"
	}
	p.setting("platforms.thefork.overlap", overlap, "%s", why)
}

func (p *prober) why(question string) string {
	for _, f := range p.found {
		if f.Question == question {
			return string(f.Sure) + ": " + f.Why
		}
	}
	return ""
}

// idsOf returns the ids of a page.
func idsOf(a answer) (ids []string) {
	list, _ := a.body["data"].([]any)
	for _, v := range list {
		if id, ok := v.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// forkIDs lists what changed last, from further back while there is little.
func (p *prober) forkIDs(ctx context.Context, l forkList) (ids []string, from time.Time, err error) {
	today := p.o.Machine.Now().UTC().Truncate(24 * time.Hour)
	for _, days := range []int{30, 400} {
		from = today.AddDate(0, 0, -days)
		got, err := p.ask.get(ctx, l.path, l.query(from, today, 1000, p.first))
		if err != nil {
			return nil, from, err
		}
		if got.status != http.StatusOK {
			p.open("list "+l.path, fmt.Sprintf("status %d: nothing can be told of its records", got.status))
			return nil, from, nil
		}
		if v, there := got.body["data"]; there && v == nil {
			p.say("empty list", "null", Certain, "data of a list without entries")
		}
		total, _ := number(got.body["totalCount"])
		if ids = idsOf(got); len(ids) == 0 && total > 0 && p.first == 1 { // perhaps the first page is another
			before, err := p.ask.get(ctx, l.path, l.query(from, today, 1000, 0))
			if err != nil {
				return nil, from, err
			}
			if ids = idsOf(before); len(ids) > 0 {
				p.first = 0
			}
		}
		if len(ids) >= 30 {
			break
		}
	}
	return ids, from, nil
}

// forkPages asks for small pages: page 1 is the first, or page 0 is.
func (p *prober) forkPages(ctx context.Context, l forkList, from, to time.Time, ids []string) error {
	const question = "first page"
	if len(ids) < 3 {
		p.open(question, fmt.Sprintf("%d ids are too few to tell", len(ids)))
		return nil
	}
	var pages [3][]string
	var status [3]int
	for n := range pages {
		got, err := p.ask.get(ctx, l.path, l.query(from, to, 2, n))
		if err != nil {
			return err
		}
		pages[n], status[n] = idsOf(got), got.status
	}
	switch {
	case len(pages[1]) == 0:
		p.open(question, fmt.Sprintf("page 1 has status %d and no id", status[1]))
	case slices.Equal(pages[1], pages[2]):
		p.open(question, "pages 1 and 2 are one: the platform takes no heed of page")
	case status[0] != http.StatusOK:
		p.say(question, "1", Certain, "page 0 has status %d, page 1 has ids", status[0])
	case slices.Equal(pages[0], pages[1]):
		p.say(question, "1", Certain, "page 0 is page 1")
	case slices.Equal(pages[1], ids[:2]):
		p.say(question, "1", Certain, "page 1 begins the list")
	case slices.Equal(pages[0], ids[:2]):
		p.say(question, "0", Certain,
			"page 0 begins the list, and page 1 goes on: extract asks from page 1, and has to be changed first")
	default:
		p.open(question, "neither page 0 nor page 1 begins the list")
	}
	return nil
}

// spread returns up to n of some ids: two in three from both ends, the rest from between.
func spread(ids []string, n int) []string {
	if len(ids) <= n {
		return ids
	}
	end := n / 3
	out := slices.Clone(ids[:end])
	between := n - 2*end
	for i := range between {
		out = append(out, ids[end+(len(ids)-2*end)*i/between])
	}
	return append(out, ids[len(ids)-end:]...)
}

// forkRecords reads records one by one, and tells once whether they come bare.
func (p *prober) forkRecords(ctx context.Context, path string, ids []string) (records []record, err error) {
	for _, id := range ids {
		got, err := p.ask.get(ctx, path+"/"+url.PathEscape(id), nil)
		if err != nil {
			return records, err
		}
		r := got.body
		envelope := ""
		for name, v := range got.body {
			if inner, ok := v.(record); ok && len(got.body) <= 2 && (has(inner, "reservationUuid") || has(inner, "email")) {
				r, envelope = inner, name
			}
		}
		if p.value("one record") == "" && got.status == http.StatusOK {
			value := "bare"
			if envelope != "" {
				value = "enveloped in " + envelope
			}
			p.say("one record", value, Certain, "as the first one came")
		}
		if got.status == http.StatusOK && r != nil {
			r[asked] = id
			records = append(records, r)
		}
	}
	return records, nil
}

// asked holds a record's id as the list had it; no member of a record is called so.
const asked = "\x00asked"

// dayOf returns the day of a time in a zone; of a date that day.
func dayOf(text string, zone *time.Location) (time.Time, bool) {
	if d, err := time.Parse(time.DateOnly, text); err == nil {
		return d, true
	}
	t, ok := instant(text)
	if !ok {
		return t, false
	}
	local := t.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC), true
}

// lists reports whether a list of days has an id. sure is false where it may be on another page, or was refused.
func (p *prober) lists(ctx context.Context, l forkList, start, end time.Time, id string) (found, sure bool, err error) {
	got, err := p.ask.get(ctx, l.path, l.query(start, end, thefork.MaxLimit, p.first))
	if err != nil || got.status != http.StatusOK {
		return false, false, err
	}
	ids := idsOf(got)
	total, _ := number(got.body["totalCount"])
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(other, id) }), len(ids) >= int(total), nil
}
