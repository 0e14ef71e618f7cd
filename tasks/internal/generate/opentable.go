package generate

import (
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
	visitTags = []string{"gc:service/birthday", "gc:service/anniversary", "gc:service/business_meal", "gc:service/date_night",
		"gc:profile/first_time", "gc:service/window", "gc:service/stroller", "Wine list"} // or a restaurant's own words
)

// onlineSource is the one value of online_source that the documentation shows.
const onlineSource = "Phone/In-house"

// openTableReservation writes a booking as OpenTable would, with all that its highest tier has. The draws do not depend on how
// far the booking has come, so that a later version differs in what happened only. Long because a record has many fields.
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
		Origin: origins[b.how], TableNumber: []string{}, VisitTags: []string{}, OnlineSource: onlineSource,
		CurrencyDenominator: 100, Deposit: opentable.Deposit{CurrencyDenominator: 100},
	}
	if b.guest != nobody {
		guest := s.guestID(b.guest)
		url := openTableBase + opentable.GuestsPath + "/" + guest
		r.GuestID, r.Guest, r.MarketingOptedOut = &guest, &url, who.optedOut
		if !b.forgotten && !s.anonymous(b.guest) {
			r.Email = who.email
		}
	}
	r.CreatedDate, r.CreatedDateUTC = s.twin(b.created)
	r.ScheduledTime, r.ScheduledTimeUTC = s.twin(b.meal)
	r.UpdatedAt, r.UpdatedAtUTC = s.twin(b.updated)
	r.ArrivedTime, r.ArrivedTimeUTC = s.optionalTwin(b.came)
	r.SeatedTime, r.SeatedTimeUTC = s.optionalTwin(b.sat)
	r.DoneTime, r.DoneTimeUTC = s.optionalTwin(b.left)
	r.CancellationDate, r.CancellationDateUTC = s.optionalTwin(b.cancelled)

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
		r.GuestRequest = wish
	}
	if b.noted {
		r.GuestRequest = later
	}
	if d.chance(180) {
		r.VenueNotes = &note
	}
	if d.chance(60) {
		r.OpenTableNotes = "Diner has earned a dining reward; points redeemed at check"
	}
	if c := categories.draw(&d); c != "" {
		r.TableCategory = &c
	}
	if name := pick(&d, servers); b.sat != 0 {
		r.Server = &name
	}
	s.openTableMoney(r, b, &d)
	s.openTableChannel(r, b, &d)
	return r
}

// openTableChannel writes how a booking came about, as far as the higher tiers tell.
func (s *site) openTableChannel(r *opentable.Reservation, b standing, d *dice) {
	discovery, sent, waited, wait := pick(d, []string{"direct", "discovery"}), d.chance(20), d.chance(250), d.between(1, 9)
	switch {
	case b.how == online:
		r.DiscoveryType = &discovery
	case b.how == walkIn && waited:
		r.AddedToWaitlist, r.AddedToWaitlistUTC = s.optionalTwin(b.created)
		r.QuotedWaitTime = int64(wait) * 5
	}
	concierge := roll(mix2(s.key, uint64(d.below(12)))) // a restaurant has few who send guests
	if sent && b.how != walkIn {
		first, last := pick(&concierge, british.first), pick(&concierge, british.last)
		_, number := dialled(fmt.Sprintf("+1212555%04d", concierge.between(100, 199)))
		r.Referrer = &opentable.Referrer{
			Company: fmt.Sprintf(pick(&concierge, companies), last.written), ID: strconv.Itoa(concierge.between(1e13, 1e14-1)),
			FirstName: first.written, LastName: last.written, Phone: number,
			Email: first.plain + "." + last.plain + "@concierge.example.com",
		}
	}
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
	check := strconv.Itoa(d.between(10000, 99999))
	billed := d.chance(billedShare)
	hasDeposit := d.chance(depositShare[b.party >= largeParty])
	hasExperience := d.chance(experienceShare)
	deposit := s.deposit(d, b)
	experience := s.experience(d, b)
	if b.fixed {
		tip += 500
	}
	if billed = billed && b.billed; billed {
		total := subtotal + tax + tip
		r.POSData = opentable.POSData{
			CheckIDs: []string{time.UnixMilli(b.meal).In(s.src.Location).Format("20060102-") + check},
			SubTotal: &subtotal, Tax: &tax, Tip: &tip, TotalSpend: &total,
		}
	}
	if hasExperience && b.how == online {
		r.ExperienceDetails = experience
	}
	if hasDeposit && b.how != walkIn {
		r.Deposit = deposit
	}
	if billed || r.ExperienceDetails != nil || d.chance(800) {
		r.CurrencyCode = &s.src.Currency
	}
}

var experiences = []struct{ title, description string }{
	{"Chef’s tasting menu", "Seven courses at the pass, with the chef’s commentary. Dietary needs on request."},
	{"Sunday roast for the table", "Rib of beef, all the trimmings, served family-style."},
	{"Afternoon tea", "Finger sandwiches, scones and a glass of something cold."},
	{"Dégustation accords mets & vins", "Cinq plats, cinq verres; l’eau et le café sont compris."},
}

func (s *site) experience(d *dice, b standing) *opentable.ExperienceDetails {
	which, head := d.below(len(experiences)), int64(d.between(30, 120))*100
	subtotal := head * int64(b.party)
	e := &opentable.ExperienceDetails{
		ExperienceID: s.src.RID*100 + int64(which), Title: experiences[which].title, Description: experiences[which].description,
		SubtotalAmount: subtotal, AddOns: []opentable.AddOn{},
	}
	if word := pick(d, []string{"", "Paid", "Authorized", "NotPaid"}); word != "" {
		e.DinerPaymentStatus = &word
	}
	addons := int64(0)
	for range d.below(3) {
		a := s.addOn(d, b.party)
		addons += a.LineTotal
		e.AddOns = append(e.AddOns, a)
	}
	if len(e.AddOns) == 0 && d.chance(300) {
		e.AddOns = nil
	}
	fee, tax, tip := (subtotal+addons)*5/100, (subtotal+addons)*int64(s.bills().tax)/1000, subtotal*int64(d.below(3))/20
	e.AddonSubtotalAmount, e.ServiceFeeAmount, e.TaxesAmount, e.TipAmount = addons, fee, tax, tip
	e.TotalAmount = subtotal + addons + fee + tax + tip
	if d.chance(500) { // the tables have more than the examples
		e.ExperienceOfTable = &opentable.ExperienceOfTable{
			Type: "PrixFixe", Details: experiences[which].description, Cost: subtotal, AddOnCost: addons,
			PrepaymentStatus: e.DinerPaymentStatus, ServiceCharges: fee, Tax: tax, Gratuity: tip, TotalCost: e.TotalAmount,
			PriceType:    "PerGuest",
			PriceDetails: []opentable.Price{{ID: int64(which) + 1, PerGuest: head, NumberOfGuests: int64(b.party)}},
		}
	}
	return e
}

// addOn draws something bought with an experience. Its denominator is 0, as in the documentation's examples.
func (s *site) addOn(d *dice, covers int) opentable.AddOn {
	item := d.below(3)
	price := int64(item+1) * 1250
	line := price * int64(covers)
	tax := line / 10
	return opentable.AddOn{
		ItemID: uuidOf(mix2(s.key, uint64(4000+item))), Quantity: int64(covers), Price: price, LineTotal: line,
		LineSubtotalWithTaxes: line + tax, TaxAmount: tax, Description: "Per person\n",
		Name:  []string{"Glass of sparkling", "Wine pairing", "Cheese course"}[item],
		Taxes: []opentable.Tax{{TaxID: 1, Label: "Tax on add-ons", TaxPercent: "10.0", TaxOnItemAmount: tax}},
	}
}

func (s *site) deposit(d *dice, b standing) opentable.Deposit {
	amount := int64(d.between(1, depositHead*2/100-1)) * 100 * int64(b.party)
	dep := opentable.Deposit{TotalPaid: &amount, Status: new("paid"), CurrencyDenominator: 100}
	if d.chance(900) {
		dep.Currency = &s.src.Currency
	}
	if d.chance(500) {
		dep.TotalRefunded = new(int64(0))
	}
	if b.cancelledEarly {
		dep.TotalRefunded, dep.Status = &amount, new("FullRefund")
	}
	return dep
}
