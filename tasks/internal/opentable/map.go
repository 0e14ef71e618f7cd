package opentable

import (
	"math"

	"github.com/valyala/fastjson"

	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// Mapper turns OpenTable's records into the vocabulary. Problems go to its Reader; a row with problems is not to be used.
type Mapper struct {
	src source.Source
	key *token.Key
	in  *record.Reader
}

// NewMapper makes a mapper for one source. It serves one goroutine, as in and key do.
func NewMapper(src source.Source, key *token.Key, in *record.Reader) *Mapper {
	return &Mapper{src: src, key: key, in: in}
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

// Reservation maps one record of GET /sync/v2/reservations.
func (m *Mapper) Reservation(rec *fastjson.Value, out *reservation.Reservation) {
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
		Currency:      m.src.Currency,

		MarketingOptedOut: o.Bool("marketing_opted_out"),
	}
	m.restaurant(o)
	if !o.Missing("state") {
		if s := o.OneOf("state", platformStatuses, reservation.ReasonUnknownStatus); s != nil {
			out.PlatformStatus, out.Status = *s, statuses[*s]
		}
	}

	out.CreatedAt, out.CreatedLocal = o.RequiredTwin("created_date", m.src.Location)
	out.UpdatedAt, _ = o.RequiredTwin("updated_at", m.src.Location)
	out.ClockEpoch = m.epoch(out.UpdatedAt)
	out.ScheduledAt, _ = o.RequiredTwin("scheduled_time", m.src.Location)
	out.ScheduledLocal, out.ServiceDate = m.in.Local(out.ScheduledAt, m.src.Location)
	out.ArrivedAt, _ = o.Twin("arrived_time", m.src.Location)
	out.SeatedAt, _ = o.Twin("seated_time", m.src.Location)
	out.DoneAt, _ = o.Twin("done_time", m.src.Location)

	m.money(o, out)
}

// money maps the amounts. They are whole numbers of 1/denominator of the currency's major unit. experience_details names no
// denominator of its own: it is taken to share the reservation's, as pos_data does.
func (m *Mapper) money(o *record.Object, out *reservation.Reservation) {
	m.currency(o, "currency_code")
	denominator, _ := o.Int("currency_denominator", 0, math.MaxInt64)
	if pos := o.Sub("pos_data", posLayout); pos != nil {
		out.SpendSubtotal = pos.Amount("pos_sub_total", denominator)
		out.SpendTax = pos.Amount("pos_tax", denominator)
		out.SpendTip = pos.Amount("pos_tip", denominator)
		out.SpendTotal = pos.Amount("pos_total_spend", denominator)
	}
	if exp := o.Sub("experience_details", experienceLayout); exp != nil {
		if id, ok := exp.Int("experience_id", 0, math.MaxInt64); ok {
			out.ExperienceID = m.in.Arena.Int(id)
		}
		out.ExperienceTotal = exp.Amount("total_amount", denominator)
	}
	if dep := o.Sub("deposit", depositLayout); dep != nil {
		m.currency(dep, "currency") // may be null: then it is the restaurant's
		denominator, _ := dep.Int("currency_denominator", 0, math.MaxInt64)
		out.DepositPaid = dep.Amount("total_paid", denominator)
		out.DepositRefunded = dep.Amount("total_refunded", denominator)
	}
}

// currency refuses amounts in another currency than the restaurant's: a row has one currency for all of them.
func (m *Mapper) currency(o *record.Object, field string) {
	if code, ok := o.Text(field); ok && string(code) != m.src.Currency {
		o.Refuse(reservation.ReasonUnknownValue, field, "the restaurant's currency")
	}
}

// epoch is the first part of the record's clock; a record without a time is refused anyway.
func (m *Mapper) epoch(updatedAt *int64) int64 {
	if updatedAt == nil {
		return 0
	}
	return m.src.Epoch(*updatedAt)
}

// restaurant refuses a record of another restaurant.
func (m *Mapper) restaurant(o *record.Object) {
	if o.Missing("rid") {
		return
	}
	if rid, ok := o.Int("rid", math.MinInt64, math.MaxInt64); ok && rid != m.src.RID {
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
