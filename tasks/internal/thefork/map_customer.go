package thefork

import (
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
func (m *Mapper) Customer(rec *record.Value, out *reservation.Customer) {
	o := m.in.Object(rec, customerLayout)
	*out = reservation.Customer{
		Origin:     out.Origin,
		Platform:   reservation.TheFork,
		CustomerID: m.customerID(o),
		ClockEpoch: 1, // its clock is a time and never restarts
		CreatedAt:  o.Instant("creationDate"),
		UpdatedAt:  o.Instant("lastUpdateDate"),
		VIP:        o.Bool("isVip"),
	}
	out.Clock = clock(out.UpdatedAt, out.CreatedAt)
	region := m.src.Country // of the account
	if country, ok := o.Text("country"); ok && isCountry(country) {
		out.Country = m.in.Arena.Text(country)
		region = *out.Country
	}
	if optins := o.Sub("optins", optinsLayout); optins != nil {
		out.EmailOptIn = optins.Bool("restaurantNewsletter")
	}
	out.EmailToken = m.token(m.key.Email(o.String("email")))
	out.PhoneToken = m.token(m.phone(o, region))
	out.NameToken = m.token(m.key.Name(o.String("firstName"), o.String("lastName")))
}

// customerID reads customerUuid. It may be null or absent by the documents, and is then the id that the record was asked for by.
func (m *Mapper) customerID(o *record.Object) string {
	if m.in.Asked != "" && record.IsID(m.in.Asked) && o.Null("customerUuid") {
		return m.in.Arena.Copy([]byte(record.Canonical(m.in.Asked)))
	}
	return o.RequiredID("customerUuid")
}

// phone returns the token of phone, or else of secondaryPhone. A number without its country's code is of the country that the
// customer's address is in, or else of the account's.
func (m *Mapper) phone(o *record.Object, region string) string {
	for _, field := range []string{"phone", "secondaryPhone"} {
		number := o.String(field)
		if number == "" {
			continue
		}
		if t := m.key.Phone(number, "", region); t != "" {
			return t
		}
		o.Note(reservation.ReasonPhone, field, "a telephone number with its country's code")
	}
	return ""
}

// Merge reports whether a customer's record says that it was merged into another: TheFork documents no such thing.
func (m *Mapper) Merge(*record.Value, *reservation.Merge) bool { return false }

// Forgotten reports whether a customer's record asks to be forgotten: TheFork documents no such thing.
func (m *Mapper) Forgotten(*record.Value) bool { return false }

// Own reports whether a customer is the account's own: TheFork's ids name no account, and an account is asked for its own alone.
func (m *Mapper) Own(string) bool { return true }

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
