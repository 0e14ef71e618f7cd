package opentable

import (
	"math"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// Mapper turns OpenTable's records into the vocabulary. Problems and notes go to its Reader; a row with problems is not to be
// used.
type Mapper struct {
	src   source.Source
	zones record.Zones

	currencies record.Currencies

	key *token.Key
	in  *record.Reader
}

// NewMapper makes a mapper for one source. It serves one goroutine, as in and key do.
func NewMapper(src source.Source, key *token.Key, in *record.Reader) *Mapper {
	return &Mapper{
		src: src, zones: record.Zones{Location: src.Location, On: src.Zones()}, key: key, in: in,
		currencies: record.Currencies{Now: src.Currency, All: src.Currencies(), On: src.CurrencyOn},
	}
}

// statuses is the vocabulary's word for each of OpenTable's.
var statuses = map[string]string{
	"NotConfirmed": reservation.Booked, "LeftMessage": reservation.Booked, "WrongNumber": reservation.Booked,
	"NoAnswer": reservation.Booked, "Late": reservation.Booked, "Confirmed": reservation.Booked,
	"PartiallyArrived": reservation.Arrived, "AllArrived": reservation.Arrived,
	"PartiallySeated": reservation.Seated, "Seated": reservation.Seated, "Appetizer": reservation.Seated,
	"Entree": reservation.Seated, "Dessert": reservation.Seated, "Cleared": reservation.Seated,
	"CheckDropped": reservation.Seated, "Paid": reservation.Seated, "BusTable": reservation.Seated,
	"AssumedSeated": reservation.Seated,
	"Done":          reservation.Completed, "AssumedDone": reservation.Completed,
	"Cancelled": reservation.Cancelled,
	"NoShow":    reservation.NoShow,
}

// platformStatuses keeps OpenTable's own words, as the contract lists them.
var platformStatuses = identity(statuses)

var channels = map[string]string{"Web": "web", "Phone": "phone", "Walk-in": "walk_in"}

var tableCategories = map[string]string{"hightop": "hightop", "bar": "bar", "counter": "counter", "outdoor": "outdoor"}

func identity(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k := range m {
		out[k] = k
	}
	return out
}

var (
	reservationLayout = record.NewLayout("",
		"id", "rid", "sequence_id", "guest_id", "state", "party_size", "origin", "table_category",
		"created_date", "created_date_utc", "updated_at", "updated_at_utc", "scheduled_time", "scheduled_time_utc",
		"arrived_time", "arrived_time_utc", "seated_time", "seated_time_utc", "done_time", "done_time_utc",
		"currency_code", "currency_denominator", "pos_data", "experience_details", "deposit",
		"marketing_opted_out")
	posLayout        = record.NewLayout("pos_data", "pos_sub_total", "pos_tax", "pos_tip", "pos_total_spend")
	experienceLayout = record.NewLayout("experience_details", "experience_id", "total_amount")
	depositLayout    = record.NewLayout("deposit", "total_paid", "total_refunded", "currency", "currency_denominator")
)

// Reservation maps one record of GET /sync/v2/reservations. Its guest's e-mail and its referrer are personal data: no layout
// names them.
func (m *Mapper) Reservation(rec *record.Value, out *reservation.Reservation) {
	o := m.in.Object(rec, reservationLayout)
	*out = reservation.Reservation{
		Origin:        out.Origin,
		Platform:      reservation.OpenTable,
		RestaurantID:  m.src.RestaurantID,
		ReservationID: o.RequiredID("id"),
		CustomerID:    o.ID("guest_id"),
		Clock:         o.RequiredInt("sequence_id", 0, math.MaxInt64),
		PartySize:     o.RequiredInt("party_size", 1, reservation.MaxPartySize),
		Channel:       m.channel(o),
		TableCategory: o.OneOf("table_category", tableCategories, reservation.ReasonUnknownValue),

		MarketingOptedOut: o.Bool("marketing_opted_out"),
	}
	m.restaurant(o, o.RequiredInt("rid", math.MinInt64, math.MaxInt64))
	if s := o.RequiredOneOf("state", platformStatuses, reservation.ReasonUnknownStatus); s != nil {
		out.PlatformStatus, out.Status = *s, statuses[*s]
	}

	out.CreatedAt, out.CreatedLocal = o.ExpectedTwin("created_date", m.zones)
	out.UpdatedAt, out.ClockEpoch = m.clock(o)
	out.ScheduledAt, _ = o.RequiredTwin("scheduled_time", m.zones)
	out.ScheduledLocal, out.ServiceDate = m.in.Local(out.ScheduledAt, m.zones)
	out.ArrivedAt, _ = o.Twin("arrived_time", m.zones)
	out.SeatedAt, _ = o.Twin("seated_time", m.zones)
	out.DoneAt, _ = o.Twin("done_time", m.zones)

	m.money(o, out)
}

// money maps the amounts. They are whole numbers of 1/denominator of the currency's major unit. experience_details names no
// denominator of its own: it is taken to share the reservation's, as pos_data does.
func (m *Mapper) money(o *record.Object, out *reservation.Reservation) {
	code, _ := o.Text("currency_code")
	out.Currency = m.currencies.Of(out.ServiceDate, code)
	ours := currencyIs(o, "currency_code", out.Currency)
	digits := m.currencies.Places(out.Currency)
	denominator, _ := o.Int("currency_denominator", 0, math.MaxInt64)
	if pos := o.Sub("pos_data", posLayout); pos != nil && ours {
		out.SpendSubtotal = pos.Amount("pos_sub_total", denominator, digits)
		out.SpendTax = pos.Amount("pos_tax", denominator, digits)
		out.SpendTip = pos.Amount("pos_tip", denominator, digits)
		out.SpendTotal = pos.Amount("pos_total_spend", denominator, digits)
	}
	if exp := o.Sub("experience_details", experienceLayout); exp != nil {
		if id, ok := exp.Int("experience_id", 0, math.MaxInt64); ok {
			out.ExperienceID = m.in.Arena.Int(id)
		}
		if ours {
			out.ExperienceTotal = exp.Amount("total_amount", denominator, digits)
		}
	}
	// A deposit's currency may be null: then it is the restaurant's.
	if dep := o.Sub("deposit", depositLayout); dep != nil && currencyIs(dep, "currency", out.Currency) {
		denominator, _ := dep.Int("currency_denominator", 0, math.MaxInt64)
		out.DepositPaid = dep.Amount("total_paid", denominator, digits)
		out.DepositRefunded = dep.Amount("total_refunded", denominator, digits)
	}
}

// currencyIs reports whether amounts are in the row's currency, and notes those that are not: a row has one currency for all of
// them. Without a code they are; with one that cannot be read, nobody knows.
func currencyIs(o *record.Object, field, rows string) bool {
	code, ok := o.Text(field)
	if ok && string(code) != rows {
		o.Note(reservation.ReasonUnknownValue, field, "the restaurant's currency; without it the amounts are left out")
	}
	return ok && string(code) == rows || o.Null(field)
}

// clock reads when the record changed, and the first part of its clock: which of OpenTable's sequences its sequence_id belongs
// to. Where the sequence never restarted it is the first, whenever that was.
func (m *Mapper) clock(o *record.Object) (updatedAt *int64, epoch int64) {
	if len(m.src.Restarts) > 0 {
		updatedAt, _ = o.RequiredTwin("updated_at", m.zones)
	} else {
		updatedAt, _ = o.ExpectedTwin("updated_at", m.zones)
	}
	if updatedAt == nil {
		return nil, 1
	}
	return updatedAt, m.src.Epoch(*updatedAt)
}

// restaurant refuses a record of another restaurant.
func (m *Mapper) restaurant(o *record.Object, rid int64) {
	if !m.src.HasRID(rid) && !o.Refused("rid") {
		o.Refuse(reservation.ReasonRestaurant, "rid", "the restaurant that was asked for")
	}
}

func (m *Mapper) channel(o *record.Object) string {
	origin, _ := o.Text("origin")
	if c, ok := channels[string(origin)]; ok {
		return c
	}
	return "other"
}
