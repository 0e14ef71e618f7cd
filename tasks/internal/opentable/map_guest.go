package opentable

import (
	"math"
	"slices"
	"strconv"
	"strings"

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
func (m *Mapper) Customer(rec *record.Value, out *reservation.Customer) {
	o := m.in.Object(rec, guestLayout)
	*out = reservation.Customer{
		Origin:       out.Origin,
		Platform:     reservation.OpenTable,
		RestaurantID: m.in.Arena.Int(m.src.RestaurantID),
		CustomerID:   o.RequiredID("id"),
		Clock:        o.RequiredInt("sequence_id", 0, math.MaxInt64),
	}
	m.guestsRestaurant(o, out.CustomerID)
	out.CreatedAt, _ = o.ExpectedTwin("created_date", m.zones)
	out.UpdatedAt, out.ClockEpoch = m.clock(o)
	archived, hidden, optedOut := o.Bool("archived"), o.Bool("is_hidden"), o.Bool("marketing_opted_out")
	optIn := o.Bool("email_optin")
	first, _ := o.Twin("date_first_visit", m.zones)
	last, _ := o.Twin("date_last_visit", m.zones)
	o.ExpectedBool("forgotten")
	if out.Forgotten = m.Forgotten(rec); out.Forgotten { // whatever else the record still carries goes no further
		return
	}
	out.Archived, out.Hidden, out.MarketingOptedOut = archived, hidden, optedOut
	out.EmailOptIn, out.FirstVisitAt, out.LastVisitAt = optIn, first, last

	out.PersonToken = m.token(m.key.Person(reservation.OpenTable, string(o.Scalar("gpid"))))
	out.EmailToken = m.token(m.key.Email(o.String("email")))
	out.PhoneToken = m.token(m.phone(o, rec))
	out.NameToken = m.token(m.key.Name(o.String("first_name"), o.String("last_name")))
}

// guestsRestaurant refuses a guest of another restaurant: by the record's rid, and by the one that the id begins with. A record
// that names the right restaurant beside another one's guest would otherwise say what is current of that guest.
func (m *Mapper) guestsRestaurant(o *record.Object, id string) {
	if rid, ok := o.Int("rid", math.MinInt64, math.MaxInt64); ok {
		m.restaurant(o, rid)
	}
	if own, told := m.ownID(id); told && !own && !o.Refused("rid") {
		o.Refuse(reservation.ReasonRestaurant, "id", "the restaurant that was asked for")
	}
}

// Own reports whether the guest whom Customer or Merge read last is the restaurant's own: by the id where that begins with a
// restaurant's number, else by the record's rid. A record that tells neither was in the restaurant's list.
func (m *Mapper) Own(id string) bool {
	if own, told := m.ownID(id); told {
		return own
	}
	return !slices.ContainsFunc(m.in.Problems, func(p record.Problem) bool {
		return p.Reason == reservation.ReasonRestaurant && p.Field == "rid"
	})
}

// ownID reports whether an id begins with the restaurant's own number, on whichever day; told is false where it begins with none.
func (m *Mapper) ownID(id string) (own, told bool) {
	text, _, told := parts(id)
	if !told {
		return false, false
	}
	rid, err := strconv.ParseInt(text, 10, 64)
	return err == nil && m.src.HasRID(rid), true
}

// parts returns the two parts of an id that begins with a restaurant's number: "<rid>-<uuid>".
func parts(id string) (rid, rest string, ok bool) {
	rid, rest, ok = strings.Cut(id, "-")
	if len(rid) == 8 && len(id) == 36 || rid == "" || strings.Trim(rid, "0123456789") != "" { // a UUID alone, or another form
		return "", id, false
	}
	return rid, rest, ok
}

// Forgotten reports whether a guest asks to be forgotten, whatever else the record says, also where it contradicts itself.
func (m *Mapper) Forgotten(rec *record.Value) bool {
	for v := range rec.All("forgotten") {
		if v.Type() == record.TypeTrue {
			return true
		}
	}
	return false
}

// phone returns the token of the guest's number: of the primary of phone_numbers, which has the country's calling code beside it,
// or else of phone, which is national and has not.
func (m *Mapper) phone(o *record.Object, rec *record.Value) string {
	number, code := m.primary(rec)
	if t := m.key.Phone(number, code, m.region()); t != "" {
		return t
	}
	phone := o.String("phone")
	t := m.key.Phone(phone, "", m.region())
	if t == "" && number+phone != "" {
		o.Note(reservation.ReasonPhone, "phone", "a telephone number of the restaurant's country, or with its country's code")
	}
	return t
}

// primary returns the number of phone_numbers that is said to be the primary one, and its country's calling code.
func (m *Mapper) primary(rec *record.Value) (number, code string) {
	for n := range rec.Field("phone_numbers").Items() {
		if n.Field("primary").Type() != record.TypeTrue {
			continue
		}
		number, code := n.Field("number").Text(), n.Field("country_code").Text()
		if m.in.Whole(number) && m.in.Whole(code) {
			return string(number), string(code)
		}
	}
	return "", ""
}

// region is the country in whose form national numbers are; empty where it is not known.
func (m *Mapper) region() string { return m.src.Country }

func (m *Mapper) token(t string) *string {
	if t == "" {
		return nil
	}
	return m.in.Arena.Keep(t)
}
