package generate

import (
	"encoding/json"
	"strconv"
	"strings"

	"covers/tasks/internal/opentable"
)

// card is a guest as known when a day ends.
type card struct {
	guest      guest
	created    int64 // milliseconds: the first booking
	updated    int64 // the last booking, arrival or departure of the day, or the request to be forgotten
	firstVisit int64 // 0 where there was none
	lastVisit  int64
	visits     int
	forgotten  bool
}

// openTableGuest writes a guest as OpenTable would. Who is forgotten has nothing left but the ids and the clock.
func (s *site) openTableGuest(c card, sequence int64) opentable.Guest {
	id := s.guestID(c.guest)
	g := opentable.Guest{
		GuestRecord: opentable.GuestRecord{ID: id, Href: openTableBase + opentable.GuestsPath + "/" + id, RID: s.src.RID,
			SequenceID: sequence, Forgotten: c.forgotten},
		GuestPerson: &opentable.GuestPerson{PhoneNumbers: []opentable.PhoneNumber{}},
	}
	g.CreatedDate, g.CreatedDateUTC = s.twin(c.created)
	g.UpdatedAt, g.UpdatedAtUTC = s.fineTwin(c.updated)
	if c.forgotten {
		return g
	}
	key := s.person(c.guest)
	who := s.describe(c.guest)
	d := roll(mix2(key, 11))
	g.GPID = new(strconv.FormatUint(100_000_000_000+key%900_000_000_000, 10))
	g.Archived = who.archived
	if c.visits > 2 {
		g.Tags = append(g.Tags, "Regular")
	}
	if who.vip {
		g.Tags = append(g.Tags, "VIP")
	}
	s.special(&g, &who, &d)
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
	if d.chance(80) {
		g.NotesSeating = new(pick(&d, []string{"Booth", "Near the window", "Not by the door", "Hearing aid: quiet side"}))
	}

	g.FirstName, g.LastName, g.Email, g.EmailOptIn = &who.first, &who.last, &who.email, &who.optIn
	g.Phone, g.PhoneType = &who.phone, &who.phoneType
	code, number := dialled(who.phone)
	g.PhoneNumbers = append(g.PhoneNumbers,
		opentable.PhoneNumber{Label: who.phoneType, Number: number, CountryCode: code, Primary: true})
	g.MailOptedIn, g.MarketingOptedOut = new(d.chance(100)), new(!who.optIn)
	if d.chance(350) {
		// The form of an address is not documented.
		g.Address, _ = json.Marshal(who.address + ", " + who.zip + " " + who.city)
	}
	g.DateFirstVisit, g.DateFirstVisitUTC = s.optionalTwin(c.firstVisit)
	g.DateLastVisit, g.DateLastVisitUTC = s.optionalTwin(c.lastVisit)
	return g
}

// special sets birthday and anniversary.
func (s *site) special(g *opentable.Guest, who *person, d *dice) {
	if who.birth != 0 {
		t := who.birth.time()
		g.BirthDate = &opentable.SpecialDate{Name: "Birthday", Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		if d.chance(400) {
			g.BirthDate.Year = 0 // people give the day, not the year
		}
	}
	if d.chance(50) {
		g.AnniversaryDate = &opentable.SpecialDate{Name: "Wedding", Month: d.between(1, 12), Day: d.between(1, 28)}
	}
}

// dialled parts a number in E.164 into country code and the rest; the homes' codes have one or two digits.
func dialled(e164 string) (code, number string) {
	n := 3
	if strings.HasPrefix(e164, "+1") {
		n = 2
	}
	return e164[:n], e164[n:]
}
