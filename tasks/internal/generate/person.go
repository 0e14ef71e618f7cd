package generate

import (
	"fmt"
	"strconv"
	"strings"
)

// person is who is behind a guest. Nobody of that name lives at these addresses: e-mail addresses are in the domains of RFC
// 2606, telephone numbers in the ranges that regulators keep for fiction.
type person struct {
	culture     *culture
	first, last string
	email       string
	phone       string // E.164
	phoneType   string
	address     string
	city        string
	zip         string
	birth       day // 0 where nobody asked
	company     string
	allergies   []string
	diet        []string
	vip         bool
	optIn       bool
	optedOut    bool // of any use beyond running the restaurant
	talks       talk // their language
}

var guestsOf = map[string]weighted[*culture]{
	"GB": cultures(british), "FR": cultures(french), "US": cultures(american),
}

// homes are the countries that guests live in, by the currency of the restaurant they go to.
var homes = map[string]string{"GBP": "GB", "USD": "US"}

// homeOf returns the country that a guest lives in.
func (s *site) homeOf(g guest) string {
	if key, group := s.groupKey(g); group {
		return []string{"GB", "FR", "US"}[key>>16%3]
	}
	if home, ok := homes[s.src.Currency]; ok {
		return home
	}
	return "FR"
}

// describe makes the person behind a guest: the same one wherever the key and the home are the same.
func (s *site) describe(g guest) person {
	g = s.self(g)
	key, home := s.person(g), s.homeOf(g)
	d := roll(mix2(key, 9))
	c := guestsOf[home].draw(&d)
	first, last := pick(&d, c.first), pick(&d, c.last)
	p := person{culture: c, first: first.written, last: last.written, vip: d.chance(15), optIn: d.chance(350),
		optedOut: d.chance(optedOutGuests)}
	p.optIn = p.optIn && !p.optedOut
	p.talks = talkOf(c.locale)

	// The number at the end keeps namesakes apart.
	local := strings.ToLower(first.plain) + pick(&d, []string{".", "_", "", "-"}) + strings.ToLower(last.plain) +
		strconv.FormatUint(key>>40, 36)
	if d.chance(40) {
		local += "+covers"
	}
	p.email = local + "@" + pick(&d, domains)
	if d.chance(60) {
		p.email = strings.ToUpper(p.email[:1]) + p.email[1:]
	}
	p.phone, p.phoneType = phoneOf(&d, home)
	place := pick(&d, places[home])
	p.address, p.city, p.zip = fmt.Sprintf("%d %s", d.between(1, 240), pick(&d, place.streets)), place.city, place.zip
	if d.chance(250) {
		p.birth = day(d.between(-12000, 13000)) // 1937 to 2005
	}
	if d.chance(60) {
		p.company = fmt.Sprintf(pick(&d, companies), last.written)
	}
	for range d.below(3) * d.below(2) * d.below(2) {
		p.allergies = append(p.allergies, pick(&d, allergies))
	}
	if d.chance(90) {
		p.diet = append(p.diet, pick(&d, diets))
	}
	return p
}

// called returns the full name in the order of its bearer's language.
func (p *person) called() string {
	if p.culture.lastFirst {
		return p.last + p.first
	}
	return p.first + " " + p.last
}

var domains = []string{"example.com", "example.com", "example.net", "example.org", "mail.example.com", "post.example.net"}

// phoneOf draws a number that belongs to nobody: Ofcom's numbers for drama, Arcep's for fiction, and
// 555-0100 to 555-0199 of the North American plan.
func phoneOf(d *dice, home string) (number, kind string) {
	switch home {
	case "GB":
		if d.chance(400) {
			return fmt.Sprintf("+447700900%03d", d.below(1000)), "Mobile"
		}
		return fmt.Sprintf("+44%s%03d", pick(d, []string{
			"1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960", "1314960", "1414960", "1514960",
			"1614960", "2079460", "1914980", "1632960",
		}), d.below(1000)), "Home"
	case "US":
		return fmt.Sprintf("+1%d55501%02d", pick(d, []int{
			212, 917, 646, 718, 347, 201, 973, 914, 516, 203, 617, 415, 310, 312, 305, 404, 512, 713, 206, 303, 702, 503, 602,
			216, 313, 412, 215, 202, 410, 919,
		}), d.below(100)), pick(d, []string{"Mobile", "Mobile", "Home", "Work"})
	}
	if d.chance(600) {
		return fmt.Sprintf("+3363998%04d", d.below(10000)), "Mobile"
	}
	return fmt.Sprintf("+33%s%04d", pick(d, []string{"19900", "26191", "35301", "46571", "53649"}), d.below(10000)), "Home"
}

type place struct {
	city, zip string
	streets   []string
}

var places = map[string][]place{
	"GB": {
		{"London", "ZZ1 9ZZ", []string{"Example Street", "Saffron Row", "Thimble Lane", "Old Fiction Yard"}},
		{"Leeds", "ZZ2 7ZZ", []string{"Sample Terrace", "Nowhere Gardens"}},
	},
	"FR": {
		{"Paris", "75999", []string{"rue de l’Exemple", "avenue du Modèle", "place Sans-Nom", "impasse des Ébauches"}},
		{"Lyon", "69999", []string{"quai Imaginaire", "montée du Spécimen"}},
	},
	"US": {
		{"New York", "00000", []string{"Example Ave, Apt 4B", "Sample St", "Placeholder Blvd", "W 999th St"}},
		{"Hoboken, NJ", "00000", []string{"Fiction Rd", "Mockingbird Ct"}},
	},
}

var companies = []string{"%s & Co. (example)", "Cabinet %s", "%s Holdings LLC", "Atelier %s", "Studio %s"}

var (
	allergies = []string{"peanuts", "tree nuts", "shellfish", "gluten", "lactose", "sesame", "egg", "celery", "mustard",
		"sulphites"}
	diets = []string{"vegetarian", "vegan", "halal", "kosher", "pescatarian", "coeliac", "low FODMAP"}
)
