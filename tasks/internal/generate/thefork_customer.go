package generate

import (
	"fmt"
	"time"

	"covers/tasks/internal/thefork"
)

// theForkCustomer writes a guest as TheFork's customer, a record of the group's account: each restaurant that changes it
// writes the whole of it, and the one with the latest lastUpdateDate counts.
func (s *site) theForkCustomer(c card) *thefork.Customer {
	key := s.person(c.guest)
	who := s.describe(c.guest)
	d := roll(mix2(key, 13))
	home := s.homeOf(c.guest)
	r := &thefork.Customer{
		CustomerUUID: new(s.guestID(c.guest)), Email: &who.email, FirstName: &who.first, LastName: &who.last, Phone: &who.phone,
		Locale: &who.culture.locale, IsVIP: who.vip, IsPromoter: d.chance(90), Country: &home,
		AllergiesAndIntolerances: who.allergies, DietaryRestrictions: who.diet,
		Optins: thefork.Optins{RestaurantNewsletter: who.optIn},
		// The account is older than the first booking that the simulation knows of, whichever restaurant it was at.
		CreationDate:   new(instant(s.registered(c.guest, &d))),
		LastUpdateDate: new(instant(c.updated)),
	}
	if _, group := s.groupKey(c.guest); !group {
		r.OriginRestaurantUUID, r.OriginRestaurantName = &s.src.RestaurantUUID, &s.src.Name
	}
	if who.birth != 0 {
		r.BirthDate = new(who.birth.time().Format(time.DateOnly))
	}
	if d.chance(70) {
		number, _ := phoneOf(&d, home)
		r.SecondaryPhone = &number
	}
	if d.chance(600) {
		r.Civility = new(pick(&d, []string{"mr", "mrs", "ms"}))
	}
	if d.chance(300) {
		r.Address, r.Zipcode, r.City = &who.address, &who.zip, &who.city
	}
	s.valued(r, &who, c, &d)
	if d.chance(200) {
		r.FavFood = new(pick(&d, who.culture.food))
	}
	if d.chance(100) {
		r.FavDrinks, r.FavSeating = new(pick(&d, []string{"Chablis", "Negroni", "sparkling water", "茶"})), new("Terrace")
	}
	if d.chance(180) {
		r.Notes = new(who.say(&d, who.talks.about))
	}
	if d.chance(80) {
		r.OtherTags = append(r.OtherTags, fmt.Sprintf("table-%d", d.between(1, 40)))
	}
	if who.company != "" {
		r.OtherTags = append(r.OtherTags, who.company)
	}
	return r
}

// registered draws when a guest's account was made.
func (s *site) registered(g guest, d *dice) int64 {
	return g.begins().time().UnixMilli() - int64(d.between(1, 900))*24*hour + int64(d.below(86400))*second
}

// valued sets what the restaurant thinks of a guest.
func (s *site) valued(r *thefork.Customer, who *person, c card, d *dice) {
	r.ComputedRank = new([]string{"new", "returning", "regular"}[min(c.visits, 2)])
	if who.vip {
		r.Rank = new("gold")
		r.SpendingBehaviour = append(r.SpendingBehaviour, "big_spender")
	}
	if d.chance(30) {
		r.RiskLevel = append(r.RiskLevel, "no_show_risk")
	}
	if d.chance(60) {
		r.CustomerRelationship = append(r.CustomerRelationship,
			pick(d, []string{"friend_of_the_house", "neighbour", "staff_family"}))
	}
}
