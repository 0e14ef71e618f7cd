package generate

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"covers/tasks/internal/opentable"
)

// card is a guest as known when a day ends.
type card struct {
	guest      guest
	created    int64 // milliseconds: the first booking
	updated    int64 // the last booking, arrival or departure of the day, or what became of the record
	firstVisit int64 // 0 where there was none
	lastVisit  int64
	visits     int
	forgotten  bool
	hidden     bool
	archived   bool
	merged     bool // into the survivor
	survivor   guest
}

// openTableGuest writes a guest as OpenTable would, with all that its highest tier has.
func (s *site) openTableGuest(c card, sequence int64) *opentable.Guest {
	id := s.guestID(c.guest)
	g := &opentable.Guest{
		ID: id, Href: openTableBase + opentable.GuestsPath + "/" + id, RID: s.src.RID, SequenceID: sequence,
		Forgotten: c.forgotten, IsHidden: c.hidden, PhoneNumbers: []opentable.PhoneNumber{},
	}
	g.CreatedDate, g.CreatedDateUTC = s.twin(c.created)
	g.UpdatedAt, g.UpdatedAtUTC = s.twin(c.updated)
	if c.forgotten && s.forgetsHow(c.guest) != keepsAll {
		if s.forgetsHow(c.guest) == keepsBlanks {
			g.FirstName, g.LastName, g.Email, g.Phone = new(""), new(""), new(""), new("")
		}
		return g
	}
	key := s.person(s.self(c.guest))
	who := s.describe(c.guest)
	d := roll(mix2(key, 11))
	g.GPID = new(strconv.FormatUint(100_000_000_000+key%900_000_000_000, 10))
	if c.visits > 2 {
		g.Tags = append(g.Tags, "gc:profile/regular")
	}
	if who.vip {
		g.Tags = append(g.Tags, "gc:profile/vip")
	}
	s.special(g, &who, &d)
	if who.company != "" {
		g.CompanyName = &who.company
	}
	if d.chance(200) {
		g.Notes = new(who.say(&d, who.talks.about))
	}
	if d.chance(40) {
		g.NotesSpecialRelationship = new("Married to a guest called " + pick(&d, who.culture.first).written)
	}
	if len(who.allergies)+len(who.diet) > 0 {
		g.NotesFoodAndDrink = new(strings.Join(append(append([]string{}, who.allergies...), who.diet...), ", "))
	}
	for _, diet := range who.diet {
		g.Tags = append(g.Tags, "gc:diet/"+strings.ToLower(strings.ReplaceAll(diet, " ", "_")))
	}
	if d.chance(80) {
		g.NotesSeating = new(pick(&d, []string{"Booth", "Near the window", "Not by the door", "Hearing aid: quiet side"}))
	}
	g.MailOptedIn, g.MarketingOptedOut = d.chance(100), who.optedOut
	lives := d.chance(350)
	g.DateFirstVisit, g.DateFirstVisitUTC = s.optionalTwin(c.firstVisit)
	g.DateLastVisit, g.DateLastVisitUTC = s.optionalTwin(c.lastVisit)
	if s.anonymous(c.guest) {
		g.FirstName, g.LastName, g.Email, g.Phone = new(""), new(""), new(""), new("")
		return g
	}
	s.reached(g, &who, c)
	if home := s.homeOf(c.guest); lives {
		g.Address = addressOf(&who, home)
	}
	return g
}

// archivedKeys are the keys of a guest's record, in their order.
var archivedKeys = func() (keys []string) {
	t := reflect.TypeFor[opentable.Guest]()
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("json"))
	}
	return keys
}()

// openTableArchived writes an archived guest: all is null but the ids, and what the record was merged into.
func (s *site) openTableArchived(c card) json.RawMessage {
	id := s.guestID(c.guest)
	known := map[string]string{"id": id, "href": openTableBase + opentable.GuestsPath + "/" + id}
	if c.merged {
		_, known["primary_guest"], _ = strings.Cut(s.guestID(c.survivor), "-")
	}
	out := []byte{'{'}
	for i, key := range archivedKeys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, key), ':')
		switch value, ok := known[key]; {
		case ok:
			out = strconv.AppendQuote(out, value) // ids and addresses have nothing to escape
		case key == "archived":
			out = append(out, "true"...)
		default:
			out = append(out, "null"...)
		}
	}
	return append(out, '}')
}

// reached writes who a guest is and how the restaurant reaches them.
func (s *site) reached(g *opentable.Guest, who *person, c card) {
	code, number := dialled(who.phone)
	g.FirstName, g.LastName, g.Email, g.EmailOptIn = &who.first, &who.last, &who.email, who.optIn
	g.Phone, g.PhoneType = &number, &who.phoneType
	g.PhoneNumbers = append(g.PhoneNumbers,
		opentable.PhoneNumber{Label: who.phoneType, Number: number, CountryCode: code, Primary: true})
	if who.optIn {
		g.DateEmailOptInOptOut, g.DateEmailOptInOptOutUTC = s.optionalTwin(c.created)
	}
}

// anonymous reports whether OpenTable's restaurant knows a guest without a name or a number: in-house bookings have such guests.
func (s *site) anonymous(g guest) bool {
	return s.openTable() && int(mix2(s.person(g), 17)%1000) < anonymousGuests
}

func addressOf(who *person, country string) *opentable.Address {
	city, state, _ := strings.Cut(who.city, ", ")
	if city == "New York" {
		state = "NY"
	}
	return &opentable.Address{Line1: who.address, City: city, State: state, Zip: who.zip, Country: country}
}

// special sets birthday and anniversary.
func (s *site) special(g *opentable.Guest, who *person, d *dice) {
	if who.birth != 0 {
		t := who.birth.time()
		g.BirthDate = &opentable.SpecialDate{Name: "birthday", Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		if d.chance(400) {
			g.BirthDate.Year = 0 // people give the day, not the year
		}
	}
	if d.chance(50) {
		g.AnniversaryDate = &opentable.SpecialDate{Name: "anniversary", Month: d.between(1, 12), Day: d.between(1, 28)}
	}
}

// dialled parts a number in E.164 into country code, without a plus, and the national rest; the homes' codes have one or two
// digits.
func dialled(e164 string) (code, number string) {
	n := 3
	if strings.HasPrefix(e164, "+1") {
		n = 2
	}
	return e164[1:n], e164[n:]
}
