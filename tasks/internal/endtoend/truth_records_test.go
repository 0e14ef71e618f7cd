package endtoend

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"covers/tasks/internal/timezone"
)

// row is a record as the warehouse is to have it: columns as text, amounts with four digits, times in UTC to the microsecond,
// empty for null. It is worked out here from the platforms' JSON and the contract alone.
type row map[string]string

// bookingColumns and guestColumns are what is compared.
var (
	bookingColumns = []string{
		"customer_id", "clock_epoch", "clock", "updated_at", "status", "platform_status", "party_size", "scheduled_at",
		"scheduled_local", "service_date", "arrived_at", "seated_at", "done_at", "currency", "spend_subtotal", "spend_tax",
		"spend_tip", "spend_total",
		"deposit_paid", "deposit_refunded", "experience_total", "offer_price", "discount_percent",
		"marketing_opted_out",
	}
	guestColumns = []string{
		"clock_epoch", "clock", "updated_at", "email_opt_in", "vip", "country", "first_visit_at", "last_visit_at", "archived",
		"hidden", "marketing_opted_out", "forgotten",
	}
)

var london = func() *time.Location {
	zone, err := timezone.Load("Europe/London")
	if err != nil {
		panic(err)
	}
	return zone
}()

const stamp = "2006-01-02T15:04:05.000000"

// reader reads one record and keeps why it would be refused. What is wrong with a field that no row needs is passed over: its
// column is null.
type reader struct {
	r     gjson.Result
	why   string
	twice map[string]bool // fields, with their paths
	parts int64           // of a major unit, that TheFork's amounts count
}

func (d *reader) refuse(format string, args ...any) {
	if d.why == "" {
		d.why = fmt.Sprintf(format, args...)
	}
}

// optional reads what no row needs: it is empty where it cannot be read.
func (d *reader) optional(read func() string) string {
	before := d.why
	d.why = ""
	out := read()
	if d.why != "" {
		out = ""
	}
	d.why = before
	return out
}

func (d *reader) get(name string) gjson.Result {
	if d.twice[name] {
		d.refuse("%s is given twice", name)
	}
	return d.r.Get(name)
}

func (d *reader) text(name string) string {
	v := d.get(name)
	if v.Type != gjson.String && v.Type != gjson.Null || !utf8.ValidString(v.Raw) {
		d.refuse("%s is %s", name, v.Raw)
	}
	return v.Str
}

func (d *reader) required(name string) string {
	s := d.text(name)
	if s == "" {
		d.refuse("%s is missing", name)
	}
	return s
}

func (d *reader) number(name string, least, most int64) string {
	v := d.get(name)
	n, err := strconv.ParseInt(v.Raw, 10, 64)
	if v.Type != gjson.Number || err != nil || n < least || n > most {
		d.refuse("%s is %s", name, v.Raw)
	}
	return strconv.FormatInt(n, 10)
}

func (d *reader) flag(name string) string {
	return d.optional(func() string {
		switch v := d.get(name); {
		case v.IsBool():
			return v.Raw
		case v.Type != gjson.Null:
			d.refuse("%s is %s", name, v.Raw)
		}
		return ""
	})
}

// moment reads a time with a zone.
func (d *reader) moment(name string) (at time.Time, out string) {
	s := d.text(name)
	if s == "" && d.r.Get(name).Type != gjson.String {
		return at, ""
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d.refuse("%s is %q", name, s)
		return at, ""
	}
	return at, at.UTC().Format(stamp)
}

// instant reads a time, or a date, that no row needs.
func (d *reader) instant(name string) (at time.Time, out string) {
	out = d.optional(func() string {
		var text string
		if at, text = d.moment(name); text == "" && d.why != "" {
			if date, err := time.Parse(time.DateOnly, d.r.Get(name).Str); err == nil {
				at, text, d.why = date, date.Format(stamp), ""
			}
		}
		return text
	})
	if out == "" {
		return time.Time{}, ""
	}
	return at, out
}

// twins reads a local time beside the same in UTC. One is enough; where both are there and do not agree, that in UTC counts, but
// for a time that must be there.
func (d *reader) twins(name string, must bool) (at time.Time, out string) {
	out = d.optional(func() (text string) {
		at, text = d.moment(name + "_utc")
		return text
	})
	var wall time.Time
	local := d.optional(func() (text string) {
		text = d.text(name)
		var err error
		if wall, err = time.ParseInLocation("2006-01-02T15:04:05", text, london); err != nil && text != "" {
			d.refuse("%s is %q", name, text)
		}
		return text
	})
	switch {
	case out == "" && local == "" && must:
		d.refuse("%s cannot be read", name)
	case out == "" && local != "":
		return wall, wall.UTC().Format(stamp)
	case out != "" && local != "" && must && at.In(london).Format(stamp) != wall.Format(stamp):
		d.refuse("%s is %q in London, %q in UTC", name, local, out)
	}
	return at, out
}

// amount reads a number of parts of a major unit. What four decimals cannot hold is rounded to so many.
func (d *reader) amount(name string, parts int64, decimals int) string {
	return d.optional(func() string {
		v := d.get(name)
		if v.Type == gjson.Null {
			return ""
		}
		n, ok := new(big.Rat).SetString(v.Raw)
		if ok && n.Sign() == 0 { // of whatever parts
			parts = 1
		}
		if v.Type != gjson.Number || !ok || parts == 0 {
			d.refuse("%s is %s of %d", name, v.Raw, parts)
			return ""
		}
		n.Quo(n, big.NewRat(parts, 1))
		out := n.FloatString(4)
		if back, _ := new(big.Rat).SetString(out); back.Cmp(n) != 0 {
			back, _ = new(big.Rat).SetString(n.FloatString(decimals))
			out = back.FloatString(4)
		}
		if n.Cmp(big.NewRat(1e14, 1)) >= 0 {
			d.refuse("%s is %s of %d", name, v.Raw, parts)
		}
		return out
	})
}

// pounds reports whether amounts are in the restaurants' currency.
func (d *reader) pounds(name string) bool {
	code := d.optional(func() string { return d.text(name) })
	return code == "" || code == "GBP"
}

func (d *reader) oneOf(name, words string) string {
	s := d.text(name)
	if s != "" && !strings.Contains(" "+words+" ", " "+s+" ") {
		d.refuse("%s is %q", name, s)
	}
	return s
}

// unique finds the fields that are given twice.
func (d *reader) unique() {
	d.twice = map[string]bool{}
	seen := map[string]bool{}
	d.r.ForEach(func(name, _ gjson.Result) bool {
		d.twice[name.Str] = seen[name.Str]
		seen[name.Str] = true
		return true
	})
}

var otStatus = map[string]string{
	"booked": "NotConfirmed LeftMessage WrongNumber NoAnswer Late Confirmed", "arrived": "PartiallyArrived AllArrived",
	"seated":    "PartiallySeated Seated Appetizer Entree Dessert Cleared CheckDropped Paid BusTable AssumedSeated",
	"completed": "Done AssumedDone", "cancelled": "Cancelled", "no_show": "NoShow",
}

var tfStatus = map[string]string{
	"requested": "REQUESTED", "booked": "RECORDED", "declined": "REFUSED", "cancelled": "CANCELED", "no_show": "NO_SHOW",
	"arrived": "RECORDED/PARTIALLY_ARRIVED RECORDED/ARRIVED", "seated": "RECORDED/SEATED RECORDED/BILL",
	"completed": "RECORDED/LEFT",
}

func (d *reader) status(words map[string]string, word string) string {
	for status, of := range words {
		if strings.Contains(" "+of+" ", " "+word+" ") && word != "" {
			return status
		}
	}
	d.refuse("status %q", word)
	return ""
}

// terms are what a record's row follows from beside the record.
type terms struct {
	restarts []time.Time // when OpenTable's sequence began again
	minor    bool        // TheFork's amounts are hundredths
}

// expected returns a record's row; why says why it has none.
func expected(k key, record []byte, of terms) (out row, why string) {
	restarts := of.restarts
	d := &reader{r: gjson.ParseBytes(record), parts: 1}
	if of.minor {
		d.parts = 100
	}
	d.unique()
	switch (key{k.platform, k.kind, ""}) {
	case key{"opentable", "reservation", ""}:
		out = d.otBooking(restarts)
	case key{"opentable", "customer", ""}:
		out = d.otGuest(restarts)
	case key{"thefork", "reservation", ""}:
		out = d.tfBooking()
	default:
		out = d.tfGuest()
	}
	return out, d.why
}

func epoch(at time.Time, restarts []time.Time) string {
	n := 1
	for _, r := range restarts {
		if !at.Before(r) {
			n++
		}
	}
	return strconv.Itoa(n)
}

const most = 1<<63 - 1

func (d *reader) otBooking(restarts []time.Time) row {
	d.required("id")
	state := strings.ReplaceAll(d.required("state"), " ", "") // two pages write those of two words with a blank
	d.number("rid", 1001, 1001)
	updated, updatedAt := d.twins("updated_at", len(restarts) > 0)
	scheduled, scheduledAt := d.twins("scheduled_time", true)
	_, arrived := d.twins("arrived_time", false)
	_, seated := d.twins("seated_time", false)
	_, done := d.twins("done_time", false)
	parts, deposit := d.r.Get("currency_denominator").Int(), d.r.Get("deposit.currency_denominator").Int()
	out := row{
		"customer_id": d.optional(func() string { return d.text("guest_id") }), "clock_epoch": epoch(updated, restarts),
		"clock": d.number("sequence_id", 0, most), "updated_at": updatedAt,
		"status": d.status(otStatus, state), "platform_status": state,
		"party_size":   d.number("party_size", 1, 1000),
		"scheduled_at": scheduledAt, "scheduled_local": scheduled.In(london).Format(stamp),
		"service_date": scheduled.In(london).Format(time.DateOnly),
		"arrived_at":   arrived, "seated_at": seated, "done_at": done, "currency": "GBP",
		"spend_subtotal": "", "spend_tax": "", "spend_tip": "", "spend_total": "",
		"deposit_paid": "", "deposit_refunded": "", "experience_total": "", "offer_price": "", "discount_percent": "",
		"marketing_opted_out": d.flag("marketing_opted_out"),
	}
	if d.pounds("currency_code") {
		for column, field := range map[string]string{
			"spend_subtotal": "pos_data.pos_sub_total", "spend_tax": "pos_data.pos_tax", "spend_tip": "pos_data.pos_tip",
			"spend_total": "pos_data.pos_total_spend", "experience_total": "experience_details.total_amount",
		} {
			out[column] = d.amount(field, parts, 2)
		}
	}
	if d.pounds("deposit.currency") {
		out["deposit_paid"] = d.amount("deposit.total_paid", deposit, 2)
		out["deposit_refunded"] = d.amount("deposit.total_refunded", deposit, 2)
	}
	return out
}

func (d *reader) otGuest(restarts []time.Time) row {
	d.required("id")
	d.number("rid", 1001, 1001)
	updated, updatedAt := d.twins("updated_at", len(restarts) > 0)
	_, first := d.twins("date_first_visit", false)
	_, last := d.twins("date_last_visit", false)
	out := row{
		"clock_epoch": epoch(updated, restarts), "clock": d.number("sequence_id", 0, most), "updated_at": updatedAt,
		"email_opt_in": d.flag("email_optin"), "vip": "", "country": "", "first_visit_at": first, "last_visit_at": last,
		"archived": d.flag("archived"), "hidden": d.flag("is_hidden"), "marketing_opted_out": d.flag("marketing_opted_out"),
		"forgotten": d.flag("forgotten"),
	}
	if out["forgotten"] == "" {
		out["forgotten"] = "false"
	}
	return out
}

// changed returns when TheFork's record changed, its clock: when it was made, where that is not known, else the beginning of
// time.
func (d *reader) changed(createdField, updatedField string) (clock, updatedAt string) {
	created, createdAt := d.instant(createdField)
	updated, updatedAt := d.instant(updatedField)
	switch {
	case updatedAt == "" && createdAt == "":
		updated = time.Unix(0, 0)
	case updatedAt == "":
		updated = created
	}
	return strconv.FormatInt(updated.UnixMicro(), 10), updatedAt
}

func (d *reader) tfBooking() row {
	d.required("reservationUuid")
	d.oneOf("restaurantUuid", "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101")
	clock, updatedAt := d.changed("createdAt", "updatedAt")
	scheduled, scheduledAt := d.moment("mealDate")
	word := d.required("status")
	if word == "RECORDED" {
		if meal := d.oneOf("mealStatus", "PARTIALLY_ARRIVED ARRIVED SEATED BILL LEFT"); meal != "" {
			word += "/" + meal
		}
	}
	out := row{
		"customer_id": d.optional(func() string { return d.text("customerUuid") }), "clock_epoch": "1", "clock": clock,
		"updated_at": updatedAt,
		"status":     d.status(tfStatus, word), "platform_status": word, "party_size": d.number("partySize", 1, 1000),
		"scheduled_at": scheduledAt, "scheduled_local": "", "service_date": "", "arrived_at": "", "seated_at": "", "done_at": "",
		"currency":       "GBP",
		"spend_subtotal": "", "spend_tax": "", "spend_tip": "", "spend_total": "",
		"deposit_paid": "", "deposit_refunded": "", "experience_total": "",
		"offer_price": "", "discount_percent": d.amount("offerDetails.discountPercentage", 1, 4),
		"marketing_opted_out": "",
	}
	if d.pounds("billAmount.currency") {
		out["spend_total"] = d.amount("billAmount.totalPrice", d.parts, 2)
	}
	if d.pounds("offerDetails.currency") {
		out["offer_price"] = d.amount("offerDetails.price", d.parts, 2)
	}
	if scheduledAt != "" {
		out["scheduled_local"] = scheduled.In(london).Format(stamp)
		out["service_date"] = scheduled.In(london).Format(time.DateOnly)
	}
	return out
}

func (d *reader) tfGuest() row {
	d.text("customerUuid") // who has none has the one that was asked for
	clock, updatedAt := d.changed("creationDate", "lastUpdateDate")
	return row{
		"clock_epoch": "1", "clock": clock, "updated_at": updatedAt,
		"email_opt_in": d.flag("optins.restaurantNewsletter"), "vip": d.flag("isVip"),
		"country":        d.optional(func() string { return d.text("country") }),
		"first_visit_at": "", "last_visit_at": "", "archived": "", "hidden": "", "marketing_opted_out": "",
		"forgotten": "false",
	}
}
