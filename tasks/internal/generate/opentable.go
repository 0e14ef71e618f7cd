package generate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"covers/tasks/internal/opentable"
)

// openTableBase is where the records' own links point: the platform's documented address.
const openTableBase = "https://platform.opentable.com"

func (s *site) openTableID(id string) string { return strconv.FormatInt(s.src.RID, 10) + "-" + id }

// states is OpenTable's word for a booking after an event.
var states = map[happening]string{
	made: "NotConfirmed", confirmed: "Confirmed", isLate: "Late", cancels: "Cancelled", partlyArrived: "PartiallyArrived",
	arrived: "AllArrived", partlySeated: "PartiallySeated", seated: "Seated", appetizer: "Appetizer", entree: "Entree",
	dessert: "Dessert", cleared: "Cleared", checkDropped: "CheckDropped", paid: "Paid", tableBussed: "BusTable", done: "Done",
	missed: "NoShow", assumedSeated: "AssumedSeated", assumedDone: "AssumedDone",
}

func (b *standing) openTableState() string {
	if b.last == called {
		return []string{"LeftMessage", "NoAnswer", "WrongNumber"}[b.key>>20%3]
	}
	return states[b.last]
}

// twin writes an instant both ways, in seconds.
func (s *site) twin(ms int64) (local, utc string) {
	t := time.UnixMilli(ms)
	return t.In(s.src.Location).Format(opentable.LocalTime), t.UTC().Format(opentable.UTCTime)
}

// fineTwin writes an instant both ways, in milliseconds.
func (s *site) fineTwin(ms int64) (local, utc string) {
	t := time.UnixMilli(ms)
	return t.In(s.src.Location).Format(opentable.LocalTime + ".000"), t.UTC().Format(opentable.UpdatedAfter)
}

func (s *site) optionalTwin(ms int64) (local, utc *string) {
	if ms == 0 {
		return nil, nil
	}
	l, u := s.twin(ms)
	return &l, &u
}

var (
	origins    = map[how]string{online: "Web", byPhone: "Phone", walkIn: "Walk-in"}
	categories = weigh(
		share[string]{700, ""}, share[string]{90, "hightop"}, share[string]{80, "bar"}, share[string]{50, "counter"},
		share[string]{80, "outdoor"},
	)
	servers   = []string{"Maria", "Tomasz", "Aoife", "Kofi", "Léa", "Dmitri", "Yuki", "Sam"}
	visitTags = []string{"Birthday", "Anniversary", "Business meal", "Date night", "First time", "Window", "Stroller",
		"Wine list"}
)

// openTableReservation writes a booking as OpenTable would. The draws do not depend on how far the booking has come, so that
// a later version differs in what happened only.
func (s *site) openTableReservation(b standing, sequence int64) *opentable.Reservation {
	d := roll(mix2(b.key, 10))
	var who person
	if b.guest != nobody {
		who = s.describe(b.guest)
	}
	id := s.openTableID(uuidOf(b.key))
	r := &opentable.Reservation{
		ID: id, Href: openTableBase + opentable.ReservationsPath + "/" + id, RID: s.src.RID, SequenceID: sequence,
		ConfirmationID: int64(b.key>>24%2_000_000_000) + 1, State: b.openTableState(), PartySize: int64(b.size),
		Origin: origins[b.how], TableNumber: []string{}, VisitTags: []string{},
	}
	if b.guest != nobody {
		guest := s.guestID(b.guest)
		url := openTableBase + opentable.GuestsPath + "/" + guest
		r.GuestID, r.Guest = &guest, &url
	}
	r.CreatedDate, r.CreatedDateUTC = s.twin(b.created)
	r.ScheduledTime, r.ScheduledTimeUTC = s.twin(b.meal)
	r.UpdatedAt, r.UpdatedAtUTC = s.fineTwin(b.updated)
	r.ArrivedTime, r.ArrivedTimeUTC = s.optionalTwin(b.came)
	r.SeatedTime, r.SeatedTimeUTC = s.optionalTwin(b.sat)
	r.DoneTime, r.DoneTimeUTC = s.optionalTwin(b.left)

	table := d.between(1, 60)
	r.TableNumber = append(r.TableNumber, strconv.Itoa(table))
	if b.size > 6 {
		r.TableNumber = append(r.TableNumber, strconv.Itoa(table+1))
	}
	for range d.below(3) {
		r.VisitTags = append(r.VisitTags, pick(&d, visitTags))
	}
	request := d.chance(300)
	wish, note, later := who.say(&d, who.talkOr().requests), who.say(&d, who.talkOr().notes), who.say(&d, who.talkOr().requests)
	if request && b.how != walkIn {
		r.GuestRequest = &wish
	}
	if b.noted {
		r.GuestRequest = &later
	}
	if d.chance(180) {
		r.VenueNotes = &note
	}
	if d.chance(60) {
		r.OpenTableNotes = new("Diner has earned a dining reward; points redeemed at check")
	}
	if c := categories.draw(&d); c != "" {
		r.TableCategory = &c
	}
	if name := pick(&d, servers); b.sat != 0 {
		r.Server = &name
	}
	s.openTableMoney(r, b, &d)
	return r
}

// talkOr returns the person's language, or English where nobody knows the person.
func (p *person) talkOr() talk {
	if p.culture == nil {
		return english
	}
	return p.talks
}

// bills returns what people spend here. In a currency that has no figures they spend as in France.
func (s *site) bills() bills {
	all := billsOf[s.src.Platform]
	if b, ok := all[s.src.Currency]; ok {
		return b
	}
	return all["EUR"]
}

// bill draws a bill of so many covers, in hundredths of the currency's unit: the figures' on average.
func (s *site) bill(d *dice, covers int) (subtotal, tax, tip int64) {
	b := s.bills()
	cover := b.spend * 1000 / (1000 + b.tax + b.tip)
	subtotal = int64(covers) * int64(d.between(cover*45/100, cover*155/100))
	return subtotal, subtotal * int64(b.tax) / 1000, subtotal * int64(d.between(b.tip/2, b.tip*3/2)) / 1000
}

func (s *site) openTableMoney(r *opentable.Reservation, b standing, d *dice) {
	subtotal, tax, tip := s.bill(d, b.size)
	checks := []string{strconv.Itoa(d.between(100000, 999999))}
	billed := d.chance(billedShare)
	hasDeposit := d.chance(depositShare[b.party >= largeParty])
	hasExperience := d.chance(experienceShare)
	experience := s.experience(d, b)
	deposit := s.deposit(d, b)
	if b.fixed {
		tip += 500
	}
	if b.billed && billed {
		total := subtotal + tax + tip
		r.POSData = &opentable.POSData{CheckIDs: checks, SubTotal: &subtotal, Tax: &tax, Tip: &tip, TotalSpend: &total}
	}
	if hasExperience && b.how == online {
		r.ExperienceDetails = experience
	}
	if hasDeposit && b.how != walkIn {
		r.Deposit = deposit
	}
	if r.POSData != nil || r.ExperienceDetails != nil || d.chance(800) {
		r.CurrencyCode, r.CurrencyDenominator = &s.src.Currency, new(int64(100))
	}
}

var experiences = []struct{ title, description string }{
	{"Chef’s tasting menu", "Seven courses at the pass, with the chef’s commentary. Dietary needs on request."},
	{"Sunday roast for the table", "Rib of beef, all the trimmings, served family-style."},
	{"Afternoon tea", "Finger sandwiches, scones and a glass of something cold."},
	{"Dégustation accords mets & vins", "Cinq plats, cinq verres; l’eau et le café sont compris."},
}

func (s *site) experience(d *dice, b standing) *opentable.ExperienceDetails {
	which := d.below(len(experiences))
	subtotal := int64(d.between(30, 120)) * 100 * int64(b.party)
	e := &opentable.ExperienceDetails{
		ExperienceID: s.src.RID*100 + int64(which), Title: experiences[which].title, Description: experiences[which].description,
		SubtotalAmount: &subtotal, AddOns: []opentable.AddOn{},
		DinerPaymentStatus: new(pick(d, []string{"Paid", "Paid", "Authorized", "NotPaid"})),
	}
	addons := int64(0)
	for range d.below(3) {
		a := addOn(d, b.party)
		addons += *a.LineTotal
		e.AddOns = append(e.AddOns, a)
	}
	fee, tax, tip := (subtotal+addons)*5/100, (subtotal+addons)*int64(s.bills().tax)/1000, subtotal*int64(d.below(3))/20
	total := subtotal + addons + fee + tax + tip
	e.AddonSubtotalAmount, e.ServiceFeeAmount, e.TaxesAmount, e.TipAmount, e.TotalAmount = &addons, &fee, &tax, &tip, &total
	return e
}

// addOn draws something bought with an experience. Its denominator may be missing or 0, as the platform's may.
func addOn(d *dice, covers int) opentable.AddOn {
	item := d.below(3)
	price := int64(item+1) * 1250
	line := price * int64(covers)
	tax := line / 10
	a := opentable.AddOn{
		ItemID: fmt.Sprintf("addon-%d", 4000+item), Quantity: int64(covers), Price: &price, LineTotal: &line,
		LineSubtotalWithTaxes: new(line + tax), TaxAmount: &tax, Description: "Per person", Taxes: []json.RawMessage{},
		Name: []string{"Glass of sparkling", "Wine pairing", "Cheese course"}[item],
	}
	switch d.below(10) {
	case 0:
		a.CurrencyDenominator = new(int64(0))
	case 1:
	default:
		a.CurrencyDenominator = new(int64(100))
	}
	return a
}

func (s *site) deposit(d *dice, b standing) *opentable.Deposit {
	amount := int64(d.between(1, depositHead*2/100-1)) * 100 * int64(b.party)
	currency, known := &s.src.Currency, d.chance(900)
	if !known {
		currency = nil
	}
	dep := &opentable.Deposit{
		TotalPaid: &amount, TotalRefunded: new(int64(0)), Status: new("Paid"),
		Currency: currency, CurrencyDenominator: new(int64(100)),
	}
	if b.cancelledEarly {
		dep.TotalRefunded, dep.Status = &amount, new("Refunded")
	}
	return dep
}
