package mockapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
)

// posDataPath is Platinum's list of what guests ordered.
const posDataPath = "/sync/v2/pos-data"

// posOrders is an item of it, its members in the example's order. The ids are in capitals there.
type posOrders struct {
	ID             string          `json:"id"`
	RID            int64           `json:"rid"`
	GuestID        *string         `json:"guest_id"`
	ConfirmationID int64           `json:"confirmation_id"`
	CurrencyCode   json.RawMessage `json:"currency_code"`
	Denominator    json.RawMessage `json:"currency_denominator"`
	CheckIDs       json.RawMessage `json:"check_ids"`
	SubTotal       json.RawMessage `json:"pos_sub_total"`
	Tax            json.RawMessage `json:"pos_tax"`
	Tip            json.RawMessage `json:"pos_tip"`
	TotalSpend     json.RawMessage `json:"pos_total_spend"`
	Items          []posItem       `json:"pos_order_items"`
}

type posItem struct {
	Name         string  `json:"name"`
	Quantity     int64   `json:"quantity"`
	Comment      *string `json:"comment"`
	PricePerUnit int64   `json:"price_per_unit"`
	Modifiers    *string `json:"ticket_item_modifiers"`
}

// posFilters reads the filters of pos-data: both ends of the meal's time are required.
func posFilters(q *openTableQuery) {
	q.from, q.to = q.local("scheduled_time_from"), q.local("scheduled_time_to")
	q.confirmation = q.number("confirmation_id", 0, 1, 1<<62)
	if q.from == nil || q.to == nil {
		q.bad("scheduled_time_from and scheduled_time_to are required")
	}
}

// posData answers with a page of what guests ordered. Below Platinum nobody is let in.
func (o *openTable) posData(r *http.Request, id string) answer {
	q, sh, refused := o.query(r, id, o.reservations, posFilters)
	if refused != nil {
		return *refused
	}
	if o.tier(q.rid) != "platinum" {
		return o.refuse(r, id, status(o.settings.POSDataRefusal, http.StatusUnauthorized), "")
	}
	v, items, skip, more := sh.view.Load(), [][]byte{}, q.offset, false
	matches := q.matches(v)
	for i := range v.entries {
		e := &v.entries[i]
		if !matches(e) {
			continue
		}
		item := ordered(sh, e)
		if item == nil {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if more = int64(len(items)) == q.limit; more {
			break
		}
		items = append(items, item)
	}
	a := answer{status: http.StatusOK, header: [][2]string{requestHeader(id)}, before: q.appendEnvelope(nil, r, more)}
	for i, item := range items {
		if i > 0 {
			a.before = append(a.before, ',')
		}
		a.before = append(a.before, item...)
	}
	a.after = []byte("]}")
	return a
}

// ordered returns the item of a reservation; nil where there was no check.
func ordered(sh *shelf, e *entry) []byte {
	record, err := sh.spool.bytes(e.at())
	if err != nil || !gjson.ValidBytes(record) {
		return nil
	}
	pos := gjson.GetBytes(record, "pos_data")
	total, sub := pos.Get("pos_total_spend"), pos.Get("pos_sub_total").Int()
	if total.Type != gjson.Number || sub <= 0 {
		return nil
	}
	raw := func(v gjson.Result) json.RawMessage {
		if v.Raw == "" {
			return json.RawMessage("null")
		}
		return json.RawMessage(v.Raw)
	}
	get := func(key string) gjson.Result { return gjson.GetBytes(record, key) }
	out := posOrders{
		ID: strings.ToUpper(get("id").String()), RID: get("rid").Int(), ConfirmationID: e.confirmation,
		CurrencyCode: raw(get("currency_code")), Denominator: raw(get("currency_denominator")),
		CheckIDs: raw(pos.Get("check_ids")), SubTotal: raw(pos.Get("pos_sub_total")), Tax: raw(pos.Get("pos_tax")),
		Tip: raw(pos.Get("pos_tip")), TotalSpend: raw(total),
	}
	if guest := get("guest_id"); guest.Type == gjson.String {
		out.GuestID = new(strings.ToUpper(guest.Str))
	}
	// Two roasts and a bottle, whose prices add up to what was sold.
	roast := sub * 3 / 8
	out.Items = []posItem{
		{Name: "Roast", Quantity: 2, PricePerUnit: roast}, {Name: "House red", Quantity: 1, PricePerUnit: sub - 2*roast},
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil // a spoilt bill
	}
	return text
}
