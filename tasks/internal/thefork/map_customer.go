package thefork

import (
	"github.com/valyala/fastjson"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
)

var (
	customerLayout = record.NewLayout("",
		"customerUuid", "email", "firstName", "lastName", "phone", "secondaryPhone", "isVip", "country",
		"creationDate", "lastUpdateDate", "optins")
	optinsLayout = record.NewLayout("optins", "restaurantNewsletter")
)

// Customer maps one record of GET /v1/customers/{id}. TheFork documents no request to be forgotten: Forgotten stays false.
func (m *Mapper) Customer(rec *fastjson.Value, out *reservation.Customer) {
	o := m.in.Object(rec, customerLayout)
	*out = reservation.Customer{
		Origin:     out.Origin,
		Platform:   reservation.TheFork,
		CustomerID: o.RequiredID("customerUuid"),
		ClockEpoch: 1, // its clock is a time and never restarts
		CreatedAt:  o.Instant("creationDate"),
		UpdatedAt:  o.Instant("lastUpdateDate"),
		VIP:        o.Bool("isVip"),
	}
	out.Clock = clock(out.UpdatedAt, out.CreatedAt)
	if country, ok := o.Text("country"); ok && isCountry(country) {
		out.Country = m.in.Arena.Text(country)
	}
	if optins := o.Sub("optins", optinsLayout); optins != nil {
		out.EmailOptIn = optins.Bool("restaurantNewsletter")
	}
	email, _ := o.Text("email")
	out.EmailToken = m.token(m.key.Email(string(email)))
	phone, _ := o.Text("phone")
	if second, ok := o.Text("secondaryPhone"); ok && len(phone) == 0 {
		phone = second
	}
	out.PhoneToken = m.token(m.key.Phone(string(phone), "", ""))
	first, _ := o.Text("firstName")
	last, _ := o.Text("lastName")
	out.NameToken = m.token(m.key.Name(string(first), string(last)))
}

// isCountry reports whether the text is a two-letter code. The documentation does not say what the field holds; anything else
// could be free text and goes no further.
func isCountry(b []byte) bool {
	return len(b) == 2 && b[0] >= 'A' && b[0] <= 'Z' && b[1] >= 'A' && b[1] <= 'Z'
}

func (m *Mapper) token(t string) *string {
	if t == "" {
		return nil
	}
	return m.in.Arena.Keep(t)
}
