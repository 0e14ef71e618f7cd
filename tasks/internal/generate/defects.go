package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// target is a kind of record on a platform: what a defect can be done to.
type target struct{ platform, kind string }

var (
	otReservation = target{reservation.OpenTable, reservation.KindReservation}
	otGuest       = target{reservation.OpenTable, reservation.KindCustomer}
	tfReservation = target{reservation.TheFork, reservation.KindReservation}
	tfCustomer    = target{reservation.TheFork, reservation.KindCustomer}
)

// defect is a way in which a record is wrong on purpose.
type defect struct {
	name  string
	asked bool // done only where it is asked for by name
	spoil map[target]func(*object) []simulator.Expect
}

// refusedFor returns what a record must meet: one reason, for each of some fields.
func refusedFor(reason string, fields ...string) []simulator.Expect {
	var out []simulator.Expect
	for _, f := range fields {
		out = append(out, simulator.Expect{Reason: reason, Field: f})
	}
	return out
}

// optional returns what spoils a member that no row needs, so that it is noted.
func optional(spoil func(*object) []simulator.Expect) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		out := spoil(o)
		for i := range out {
			out[i].Noted = true
		}
		return out
	}
}

// put returns what spoils one member.
func put(field, value, reason string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		o.set(field, value)
		if reason == "" {
			return nil
		}
		return refusedFor(reason, field)
	}
}

// beyondInt64 is one more than int64 holds.
const beyondInt64 = "9223372036854775808"

// latin1 is a text in another encoding than UTF-8.
const latin1 = "\"caf\xe9 cr\xe8me\""

// elsewhere is a restaurant that is not of the group.
const elsewhere = `"00000000-0000-4000-8000-00000000dead"`

// defects are all kinds, in the order in which shares are laid out.
var defects = []defect{
	{name: "unknown_status", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("state", `"Teleported"`, reservation.ReasonUnknownStatus),
		tfReservation: put("status", `"WAITLISTED"`, reservation.ReasonUnknownStatus),
	}},
	{name: "unknown_meal_status", spoil: map[target]func(*object) []simulator.Expect{
		tfReservation: func(o *object) []simulator.Expect {
			spoil := put("mealStatus", `"COFFEE"`, reservation.ReasonUnknownStatus)
			if o.text("status") != "RECORDED" { // beside which alone a meal's status counts
				spoil = optional(spoil)
			}
			return spoil(o)
		},
	}},
	{name: "party_size_zero", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("party_size", "0", reservation.ReasonRange),
		tfReservation: put("partySize", "0", reservation.ReasonRange),
	}},
	{name: "number_as_text", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("party_size", `"4"`, reservation.ReasonType),
		otGuest:       put("sequence_id", `"4"`, reservation.ReasonType),
		tfReservation: put("partySize", `"4"`, reservation.ReasonType),
	}},
	{name: "wrong_type", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("state", "7", reservation.ReasonType),
		otGuest:       optional(put("archived", `"yes"`, reservation.ReasonType)),
		tfReservation: put("status", "7", reservation.ReasonType),
		tfCustomer:    optional(put("isVip", `"yes"`, reservation.ReasonType)),
	}},
	{name: "missing_required", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: missingTwin("scheduled_time"),
		otGuest:       missing("sequence_id"),
		tfReservation: optional(put("reservationChannel", "null", reservation.ReasonMissing)),
		tfCustomer:    put("customerUuid", "null", ""), // may be null, and is then the one that was asked for
	}},
	{name: "local_utc_mismatch", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: hourOff("scheduled_time"),
		otGuest:       optional(hourOff("created_date")),
	}},
	{name: "bad_timestamp", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: all(put("scheduled_time", `"2026-02-30T25:00:00"`, reservation.ReasonTime),
			put("scheduled_time_utc", `"2026-02-30T25:00:00Z"`, reservation.ReasonTime)),
		otGuest:       optional(put("updated_at_utc", `"yesterday"`, reservation.ReasonTime)),
		tfReservation: put("mealDate", `"27/03/2026 19:30"`, reservation.ReasonTime),
		tfCustomer:    optional(put("creationDate", `"2026-03-27T19:30:00"`, reservation.ReasonTime)),
	}},
	{name: "number_beyond_int64", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: func(o *object) []simulator.Expect {
			if o.isNull("pos_data") {
				return put("party_size", beyondInt64, reservation.ReasonRange)(o)
			}
			return optional(put("pos_data.pos_total_spend", beyondInt64, reservation.ReasonRange))(o)
		},
		otGuest:       put("sequence_id", beyondInt64, reservation.ReasonRange),
		tfReservation: put("partySize", beyondInt64, reservation.ReasonRange),
	}},
	{name: "foreign_restaurant", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("rid", "999999", reservation.ReasonRestaurant),
		otGuest:       put("rid", "999999", reservation.ReasonRestaurant),
		tfReservation: put("restaurantUuid", elsewhere, reservation.ReasonRestaurant),
	}},
	{name: "invalid_utf8", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("state", latin1, reservation.ReasonEncoding),
		otGuest:       optional(put("first_name", latin1, reservation.ReasonEncoding)),
		tfReservation: put("customerNote", latin1, ""), // which no row has
		tfCustomer:    optional(put("lastName", latin1, reservation.ReasonEncoding)),
	}},
	{name: "money_inexact", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: optional(spoiltDeposit(7, "null", reservation.ReasonMoney, "deposit.total_paid")),
		tfReservation: optional(spoiltBill("12.34567", "null", reservation.ReasonMoney, "billAmount.totalPrice")),
	}},
	{name: "money_without_unit", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: optional(spoiltDeposit(0, "null", reservation.ReasonMoney, "deposit.total_paid")),
	}},
	{name: "wrong_currency", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: optional(spoiltDeposit(100, `"XTS"`, reservation.ReasonUnknownValue, "deposit.currency")),
		tfReservation: optional(spoiltBill("50", `"XTS"`, reservation.ReasonUnknownValue, "billAmount.currency")),
	}},
	{name: "unknown_table_category", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: optional(put("table_category", `"rooftop"`, reservation.ReasonUnknownValue)),
	}},
	{name: "duplicate_field", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: twice("party_size", "3"),
		otGuest:       optional(twice("email", `"twice@example.com"`)),
		tfReservation: twice("partySize", "3"),
		tfCustomer:    optional(twice("email", `"twice@example.com"`)),
	}},
	{name: "several", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: all(put("state", `"Teleported"`, reservation.ReasonUnknownStatus),
			put("party_size", "-2", reservation.ReasonRange), optional(put("created_date_utc", `""`, reservation.ReasonTime))),
		tfReservation: all(put("status", "null", reservation.ReasonMissing),
			put("partySize", "1001", reservation.ReasonRange), optional(put("createdAt", `"now"`, reservation.ReasonTime))),
	}},
	// The rest is odd, but accepted.
	{name: "customer_unknown", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("guest_id", elsewhere, ""),
		tfReservation: put("customerUuid", elsewhere, ""),
	}},
	{name: "unknown_channel", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: put("origin", `"Carrier pigeon"`, ""),
		tfReservation: put("reservationChannel", `"Carrier pigeon"`, ""),
	}},
	{name: "null_date", spoil: map[target]func(*object) []simulator.Expect{
		tfReservation: put("mealDate", "null", ""),
		tfCustomer:    put("creationDate", "null", ""),
	}},
	{name: "extra_field", spoil: map[target]func(*object) []simulator.Expect{
		otReservation: extra, otGuest: extra, tfReservation: extra, tfCustomer: extra,
	}},
	// Ten million bytes of text: too much for a day's ordinary share.
	{name: "record_too_large", asked: true, spoil: map[target]func(*object) []simulator.Expect{
		otReservation: huge("guest_request"),
		otGuest:       huge("notes"),
		tfReservation: huge("customerNote"),
		tfCustomer:    huge("notes"),
	}},
}

func missingTwin(field string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		o.set(field, "null")
		o.set(field+"_utc", "null")
		return refusedFor(reservation.ReasonMissing, field)
	}
}

func missing(field string) func(*object) []simulator.Expect {
	return put(field, "null", reservation.ReasonMissing)
}

func hourOff(field string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		local, err := time.Parse(opentable.LocalTime, o.text(field))
		if err != nil {
			return nil
		}
		return put(field, `"`+local.Add(time.Hour).Format(opentable.LocalTime)+`"`, reservation.ReasonLocalTime)(o)
	}
}

func wholeRecord(field, value, reason string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		o.set(field, value)
		return refusedFor(reason, "")
	}
}

func spoiltDeposit(denominator int, currency, reason, field string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		const form = `{"total_paid":100,"total_refunded":0,"currency":%s,"currency_denominator":%d,"status":"Paid"}`
		o.set("deposit", fmt.Sprintf(form, currency, denominator))
		return refusedFor(reason, field)
	}
}

func spoiltBill(price, currency, reason, field string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		o.set("billAmount", fmt.Sprintf(`{"totalPrice":%s,"currency":%s}`, price, currency))
		return refusedFor(reason, field)
	}
}

func twice(field, value string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		*o = append(*o, member{field, []byte(value)})
		return refusedFor(reservation.ReasonDuplicate, field)
	}
}

func all(parts ...func(*object) []simulator.Expect) func(*object) []simulator.Expect {
	return func(o *object) (out []simulator.Expect) {
		for _, p := range parts {
			out = append(out, p(o)...)
		}
		return out
	}
}

func extra(o *object) []simulator.Expect {
	*o = append(*o, member{"loyalty_tier_v9", []byte(`{"points":[1,2.5,{"x":null}],"since":"2019"}`)})
	return nil
}

func huge(field string) func(*object) []simulator.Expect {
	return func(o *object) []simulator.Expect {
		return wholeRecord(field, `"`+strings.Repeat("blah ", 2_000_000)+`"`, reservation.ReasonTooLarge)(o)
	}
}

// DefectNames returns the kinds that may be asked for, sorted.
func DefectNames() []string {
	names := map[string]bool{}
	for _, d := range defects {
		names[d.name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
