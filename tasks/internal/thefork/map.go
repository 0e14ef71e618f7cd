package thefork

import (
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// Mapper turns TheFork's records into the vocabulary. Problems and notes go to its Reader; a row with problems is not to be used.
type Mapper struct {
	src   source.Source
	zones record.Zones

	currencies record.Currencies

	key   *token.Key
	in    *record.Reader
	minor bool // plain numbers are in the currency's minor unit
}

// NewMapper makes a mapper for one source. It serves one goroutine, as in and key do.
func NewMapper(src source.Source, key *token.Key, in *record.Reader) *Mapper {
	src.RestaurantUUID = record.Canonical(src.RestaurantUUID)
	zones := record.Zones{Location: src.Location, On: src.Zones()}
	return &Mapper{
		src: src, zones: zones, key: key, in: in, minor: src.MoneyUnit == "minor",
		currencies: record.Currencies{Now: src.Currency, All: src.Currencies(), On: src.CurrencyOn},
	}
}

// Status RECORDED stays while the meal goes on; mealStatus then says where it is.
var (
	statuses = map[string]string{
		"REQUESTED": reservation.Requested, "RECORDED": reservation.Booked, "REFUSED": reservation.Declined,
		"CANCELED": reservation.Cancelled, "NO_SHOW": reservation.NoShow,
	}
	mealStatuses = map[string]string{
		"PARTIALLY_ARRIVED": reservation.Arrived, "ARRIVED": reservation.Arrived,
		"SEATED": reservation.Seated, "BILL": reservation.Seated,
		"LEFT": reservation.Completed,
	}
	platformStatuses     = identity(statuses, "")
	platformMealStatuses = identity(mealStatuses, "RECORDED/")
)

// An unknown channel is "other": it decides nothing.
var channels = map[string]string{
	"TripAdvisor": "tripadvisor", "Michelin": "michelin", "Booking Module": "booking_module", "Offline": "offline",
	"TheFork": "thefork", "Walk-in": "walk_in", "Google": "google", "Cross Sell": "cross_sell",
	"TheFork Manager API": "api",
}

var offerTypes = map[string]string{"promotion": "promotion", "presetMenu": "presetMenu"}

func identity(m map[string]string, prefix string) map[string]string {
	out := make(map[string]string, len(m))
	for k := range m {
		out[k] = prefix + k
	}
	return out
}

var (
	reservationLayout = record.NewLayout("",
		"reservationUuid", "restaurantUuid", "customerUuid", "mealDate", "partySize", "status", "mealStatus",
		"reservationChannel", "createdAt", "updatedAt", "offerUuid", "offerDetails", "billAmount")
	offerLayout = record.NewLayout("offerDetails", "offerType", "discountPercentage", "price", "currency")
	billLayout  = record.NewLayout("billAmount", "totalPrice", "currency")
)

// Reservation maps one record of GET /v1/reservations/{id}.
func (m *Mapper) Reservation(rec *record.Value, out *reservation.Reservation) {
	o := m.in.Object(rec, reservationLayout)
	*out = reservation.Reservation{
		Origin:        out.Origin,
		Platform:      reservation.TheFork,
		RestaurantID:  m.src.RestaurantID,
		ReservationID: o.RequiredID("reservationUuid"),
		CustomerID:    o.ID("customerUuid"),
		ClockEpoch:    1, // its clock is a time and never restarts
		PartySize:     o.RequiredInt("partySize", 1, reservation.MaxPartySize),
		Channel:       m.channel(o),
		CreatedAt:     o.Instant("createdAt"),
		UpdatedAt:     o.Instant("updatedAt"),
		ScheduledAt:   o.StrictInstant("mealDate"), // may be null, and is then not known
		OfferID:       o.ID("offerUuid"),
	}
	out.Clock = clock(out.UpdatedAt, out.CreatedAt)
	out.ScheduledLocal, out.ServiceDate = m.in.Local(out.ScheduledAt, m.zones)
	out.CreatedLocal, _ = m.in.Local(out.CreatedAt, m.zones)
	if id := o.RequiredID("restaurantUuid"); !m.src.HasUUID(id) && !o.Refused("restaurantUuid") {
		o.Refuse(reservation.ReasonRestaurant, "restaurantUuid", "the restaurant that was asked for")
	}
	m.status(o, out)
	m.money(o, out)
}

// status maps the two statuses. What mealStatus says counts beside RECORDED alone, so that only there it refuses a record.
func (m *Mapper) status(o *record.Object, out *reservation.Reservation) {
	s := o.RequiredOneOf("status", platformStatuses, reservation.ReasonUnknownStatus)
	if s == nil {
		return
	}
	out.PlatformStatus, out.Status = *s, statuses[*s]
	if *s != "RECORDED" {
		o.OneOf("mealStatus", platformMealStatuses, reservation.ReasonUnknownStatus)
		return
	}
	if o.Null("mealStatus") {
		return
	}
	if meal := o.RequiredOneOf("mealStatus", platformMealStatuses, reservation.ReasonUnknownStatus); meal != nil {
		out.PlatformStatus, out.Status = *meal, mealStatuses[(*meal)[len("RECORDED/"):]]
	}
}

// money maps the amounts, plain numbers whose unit is a setting of the platform (money_unit).
func (m *Mapper) money(o *record.Object, out *reservation.Reservation) {
	bill, offer := o.Sub("billAmount", billLayout), o.Sub("offerDetails", offerLayout)
	out.Currency = m.currencies.Of(out.ServiceDate, code(bill), code(offer))
	digits := m.currencies.Places(out.Currency)
	shift := 0
	if m.minor {
		shift = -digits
	}
	if bill != nil && currencyIs(bill, out.Currency) {
		out.SpendTotal = bill.Decimal("totalPrice", shift, digits)
	}
	if offer != nil {
		out.OfferType = offer.OneOf("offerType", offerTypes, reservation.ReasonUnknownValue)
		out.DiscountPercent = offer.Number("discountPercentage")
		if currencyIs(offer, out.Currency) {
			out.OfferPrice = offer.Decimal("price", shift, digits)
		}
	}
}

// code returns the currency that an object names, if it does.
func code(o *record.Object) []byte {
	if o == nil {
		return nil
	}
	text, _ := o.Text("currency")
	return text
}

// currencyIs reports whether amounts are in the row's currency, and notes those that are not: a row has one currency for all of
// them. Without a code they are; with one that cannot be read, nobody knows.
func currencyIs(o *record.Object, rows string) bool {
	code, ok := o.Text("currency")
	if ok && string(code) != rows {
		o.Note(reservation.ReasonUnknownValue, "currency", "the restaurant's currency; without it the amounts are left out")
	}
	return ok && string(code) == rows || o.Null("currency")
}

func (m *Mapper) channel(o *record.Object) string {
	c, _ := o.ExpectedText("reservationChannel")
	if word, ok := channels[string(c)]; ok {
		return word
	}
	return "other"
}

// clock is TheFork's: when the record changed, else when it was made, else the beginning of time.
func clock(updated, created *int64) int64 {
	switch {
	case updated != nil:
		return *updated
	case created != nil:
		return *created
	}
	return 0
}
