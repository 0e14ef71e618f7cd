package opentable

import (
	"math"

	"github.com/valyala/fastjson"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

var (
	guestLayout = record.NewLayout("",
		"id", "rid", "sequence_id", "gpid", "created_date", "created_date_utc", "updated_at", "updated_at_utc",
		"forgotten", "archived", "first_name", "last_name", "email", "email_optin", "phone", "phone_numbers",
		"date_first_visit", "date_first_visit_utc", "date_last_visit", "date_last_visit_utc",
		"is_hidden", "marketing_opted_out")
)

// Customer maps one record of GET /sync/v2/guests. Forgotten and CustomerID are set wherever they can be read, even if the
// record has problems: a request to be forgotten counts whether or not the rest is in order.
func (m *Mapper) Customer(rec *fastjson.Value, out *reservation.Customer) {
	o := m.in.Object(rec, guestLayout)
	*out = reservation.Customer{
		Origin:       out.Origin,
		Platform:     reservation.OpenTable,
		RestaurantID: m.in.Arena.Int(m.src.RestaurantID),
		CustomerID:   o.RequiredID("id"),
		Clock:        o.RequiredInt("sequence_id", 0, math.MaxInt64),
	}
	m.restaurant(o)
	out.CreatedAt, _ = o.RequiredTwin("created_date", m.src.Location)
	out.UpdatedAt, _ = o.RequiredTwin("updated_at", m.src.Location)
	out.ClockEpoch = m.epoch(out.UpdatedAt)
	archived, hidden, optedOut := o.Bool("archived"), o.Bool("is_hidden"), o.Bool("marketing_opted_out")
	optIn := o.Bool("email_optin")
	first, _ := o.Twin("date_first_visit", m.src.Location)
	last, _ := o.Twin("date_last_visit", m.src.Location)
	if o.Refused("id") { // whom it would concern is not clear: nobody is erased by mistake
		out.CustomerID = ""
	}
	if !o.Missing("forgotten") {
		o.Bool("forgotten")
		out.Forgotten = anyTrue(rec, "forgotten")
	}
	if out.Forgotten { // whatever else the record still carries goes no further
		return
	}
	out.Archived, out.Hidden, out.MarketingOptedOut = archived, hidden, optedOut
	out.EmailOptIn, out.FirstVisitAt, out.LastVisitAt = optIn, first, last

	out.PersonToken = m.token(m.key.Person(reservation.OpenTable, string(o.Scalar("gpid"))))
	email, _ := o.Text("email")
	out.EmailToken = m.token(m.key.Email(string(email)))
	out.PhoneToken = m.token(m.phone(o, rec))
	firstName, _ := o.Text("first_name")
	lastName, _ := o.Text("last_name")
	out.NameToken = m.token(m.key.Name(string(firstName), string(lastName)))
}

// anyTrue reports whether a field is true, even if it is given again and false: where the record contradicts itself, the request
// to be forgotten counts.
func anyTrue(rec *fastjson.Value, field string) (found bool) {
	rec.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		found = found || string(key) == field && v.Type() == fastjson.TypeTrue
	})
	return found
}

// phone returns the token of the guest's number: of phone, or else of the primary of phone_numbers. Both are national; the primary
// has the country's calling code beside it.
func (m *Mapper) phone(o *record.Object, rec *fastjson.Value) string {
	number, code := "", ""
	if b, ok := o.Text("phone"); ok {
		number = string(b)
	}
	for _, n := range rec.GetArray("phone_numbers") {
		if n.GetBool("primary") {
			code = string(n.GetStringBytes("country_code"))
			if number == "" {
				number = string(n.GetStringBytes("number"))
			}
			break
		}
	}
	return m.key.Phone(number, code, "")
}

func (m *Mapper) token(t string) *string {
	if t == "" {
		return nil
	}
	return m.in.Arena.Keep(t)
}
