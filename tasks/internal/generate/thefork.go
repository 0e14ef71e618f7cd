package generate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/thefork"
)

// theForkInstant is the usual form of TheFork's times.
const theForkInstant = "2006-01-02T15:04:05.000Z"

// statuses are TheFork's two words for a booking after an event: the status, and where the meal is.
var statuses = map[happening][2]string{
	made: {"RECORDED"}, answered: {"RECORDED"}, refused: {"REFUSED"}, cancels: {"CANCELED"}, missed: {"NO_SHOW"},
	partlyArrived: {"RECORDED", "PARTIALLY_ARRIVED"}, arrived: {"RECORDED", "ARRIVED"}, seated: {"RECORDED", "SEATED"},
	checkDropped: {"RECORDED", "BILL"}, done: {"RECORDED", "LEFT"},
}

func (b *standing) theForkStatus() (status string, meal *string) {
	if b.last == made && b.requested {
		return "REQUESTED", nil
	}
	w := statuses[b.last]
	if w[1] == "" {
		return w[0], nil
	}
	return w[0], &w[1]
}

// theForkReservation writes a booking as TheFork would. What never changed has no updatedAt.
func (s *site) theForkReservation(b standing) *thefork.Reservation {
	d := roll(mix2(b.key, 10))
	var who person
	if b.guest != nobody {
		who = s.describe(b.guest)
	}
	r := &thefork.Reservation{
		ReservationUUID: uuidOf(b.key), RestaurantUUID: s.src.RestaurantUUID, PartySize: int64(b.size),
		Channel:  channelsOf[b.how].draw(&d),
		MealDate: new(instant(b.meal)), CreatedAt: new(instant(b.created)),
	}
	r.Status, r.MealStatus = b.theForkStatus()
	if b.updated != b.created {
		r.UpdatedAt = new(instant(b.updated))
	}
	if b.guest != nobody {
		r.CustomerUUID = new(s.guestID(b.guest))
	}
	request := d.chance(300)
	wish, note, later := who.say(&d, who.talkOr().requests), who.say(&d, who.talkOr().notes), who.say(&d, who.talkOr().requests)
	if request && b.how != walkIn {
		r.CustomerNote = &wish
	}
	if b.noted {
		r.CustomerNote = &later
	}
	if d.chance(200) || b.fixed {
		r.RestaurantNote = &note
	}
	if d.chance(120) {
		r.CustomFields = append(r.CustomFields, customFields(&d)...)
	}
	if utm := pick(&d, []string{"newsletter", "instagram", "insider"}); d.chance(150) && b.how == online {
		r.UTM = append(r.UTM, thefork.UTMTrackingInfo{Key: "utm_source", Value: utm},
			thefork.UTMTrackingInfo{Key: "utm_campaign", Value: "spring-" + utm})
	}
	if offer := s.offer(&d); offer != nil && b.how == online {
		r.OfferUUID, r.OfferDetails = new(uuidOf(mix(s.key, uint64(d.below(12)), 12))), offer
	}
	subtotal, tax, tip := s.bill(&d, b.size)
	if b.fixed {
		tip += 500
	}
	if d.chance(billedShare) && b.left != 0 {
		r.BillAmount = &thefork.BillAmount{TotalPrice: new(major(subtotal + tax + tip)), Currency: &s.src.Currency}
	}
	return r
}

// instant writes a time as TheFork does.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format(theForkInstant) }

// major writes hundredths as a plain number of the currency's unit, without needless zeros.
func major(hundredths int64) json.Number {
	text := fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// offer draws what a table is booked with; often nothing.
func (s *site) offer(d *dice) *thefork.OfferDetails {
	n, percent := d.below(1000), pick(d, []int{20, 30, 40, 50})
	if n < promotionShare {
		return &thefork.OfferDetails{
			OfferType: "promotion", DiscountPercentage: new(json.Number(strconv.Itoa(percent))),
			Name: map[string]string{"en": fmt.Sprintf("%d%% off the à la carte menu", percent),
				"fr": fmt.Sprintf("-%d %% sur la carte", percent)},
		}
	}
	if n >= promotionShare+setMenuShare {
		return nil
	}
	return &thefork.OfferDetails{
		OfferType: "presetMenu", PresetMenuType: new(pick(d, thefork.PresetMenuTypes)),
		Price: new(major(int64(d.between(24, 110)) * 50)), Currency: &s.src.Currency,
		Name: map[string]string{"en": "Three courses, water and coffee", "fr": "Entrée, plat, dessert – eau et café compris"},
	}
}

// customFields are what a restaurant asks beyond TheFork's own questions, one of each type.
func customFields(d *dice) []thefork.CustomField {
	return []thefork.CustomField{
		{LabelUUID: uuidOf(101), Label: "Terrace", Type: "boolean", Value: json.RawMessage(pick(d, []string{"true", "false"}))},
		{LabelUUID: uuidOf(102), Label: "Pram", Type: "integer", Value: json.RawMessage(strconv.Itoa(d.below(3)))},
		{LabelUUID: uuidOf(103), Label: "Occasion", Type: "string",
			Value: json.RawMessage(pick(d, []string{`"birthday"`, `"none"`})), ValueUUID: new(uuidOf(104))},
	}
}
