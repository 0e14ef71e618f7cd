package generate

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

func wordsOf(platform string) []string {
	if platform == reservation.TheFork {
		return slices.Concat(thefork.Statuses, thefork.MealStatuses)
	}
	return slices.Concat(opentable.ExpectedStates, opentable.InHouseStates, opentable.SeatedStates, opentable.FinalStates)
}

// naiveCards is the simplest reading of what a day has of guests: everything that ever happened, guest by guest.
func naiveCards(s *site, on day) map[guest]card {
	from, to := on.time().UnixMilli(), (on + 1).time().UnixMilli()
	all, touched := map[guest]*card{}, map[guest]bool{}
	for cohort := on - 3*generationDays; cohort <= on+2; cohort++ {
		for i := range s.made(cohort) {
			p := s.plan(s.sketch(cohort, i))
			if p.guest == nobody {
				continue
			}
			for _, e := range p.until(to) {
				c := all[p.guest]
				if c == nil {
					c = &card{guest: p.guest, created: e.at}
					all[p.guest] = c
				}
				if e.what == made {
					c.created = min(c.created, e.at)
				}
				if e.what == seated {
					c.visits++
					c.lastVisit = max(c.lastVisit, e.at)
					if c.firstVisit == 0 || e.at < c.firstVisit {
						c.firstVisit = e.at
					}
				}
				if e.at >= from && e.what.visits() {
					c.updated, touched[p.guest] = max(c.updated, e.at), true
				}
			}
		}
	}
	out := map[guest]card{}
	for g, c := range all {
		at, asked := s.forgets(g)
		switch {
		case asked && at < on:
			continue
		case asked && at == on:
			c.forgotten, c.updated = true, max(c.updated, from+22*hour+int64(mix2(uint64(g), 15)%7000)*second)
		case !touched[g]:
			continue
		}
		out[g] = *c
	}
	return out
}

func TestGuestsHistoriesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t, 8)
		on := drawDay(t)
		got := map[guest]card{}
		for _, c := range s.changesOn(on).cards {
			got[c.guest] = c
		}
		if d := cmp.Diff(naiveCards(s, on), got, cmp.AllowUnexported(card{})); d != "" {
			t.Fatal(d)
		}
	})
}

func TestWhoIsForgottenStaysForgotten(t *testing.T) {
	s := testSite(t, reservation.OpenTable, "Europe/London", 1, 1500)
	forgotten := map[guest]day{}
	for on := day(20540); on < 20560; on++ {
		c := s.changesOn(on)
		for _, card := range c.cards {
			if at, ok := forgotten[card.guest]; ok {
				t.Errorf("a guest who was forgotten on %s has a record on %s", at, on)
			}
			if !card.forgotten {
				continue
			}
			forgotten[card.guest] = on
			g := s.openTableGuest(card, 1)
			if d := cmp.Diff(opentable.GuestPerson{PhoneNumbers: []opentable.PhoneNumber{}}, *g.GuestPerson); d != "" ||
				!g.Forgotten || g.GPID != nil || g.Notes != nil || g.BirthDate != nil {
				t.Errorf("a forgotten guest's record still holds something: %s", d)
			}
		}
		for _, b := range c.bookings {
			k := s.sketch(b.cohort, b.index)
			if at, ok := forgotten[k.guest]; ok && k.cohort > at {
				t.Errorf("a guest who was forgotten on %s books on %s", at, k.cohort)
			}
		}
	}
	if len(forgotten) < 5 {
		t.Errorf("%d guests ask to be forgotten in 20 days, want more", len(forgotten))
	}
}

func TestGuestsComeBackAndGoElsewhere(t *testing.T) {
	ot := testSite(t, reservation.OpenTable, "Europe/London", 1, 400)
	tf := testSite(t, reservation.TheFork, "Europe/London", 1, 400)
	other := testSite(t, reservation.TheFork, "Europe/Paris", 1, 400)
	other.src.RestaurantID, other.src.Currency = 102, "EUR"

	seen := map[*site]map[string]guest{}
	regulars := 0
	for _, s := range []*site{ot, tf, other} {
		seen[s] = map[string]guest{}
		for on := day(20540); on < 20547; on++ {
			for _, c := range s.changesOn(on).cards {
				who := s.describe(c.guest)
				seen[s][strings.ToLower(who.email)] = c.guest
				if c.visits > 1 {
					regulars++
				}
			}
		}
	}
	both, group := 0, 0
	for email, g := range seen[ot] {
		if h, ok := seen[tf][email]; ok {
			both++
			if d := cmp.Diff(ot.describe(g), tf.describe(h), cmp.AllowUnexported(person{}, culture{}, name{}, talk{})); d != "" {
				t.Fatalf("one guest, two persons: %s", d)
			}
		}
	}
	for email, g := range seen[tf] {
		if h, ok := seen[other][email]; ok {
			group++
			if tf.guestID(g) != other.guestID(h) {
				t.Fatal("one customer of the group has two ids")
			}
		}
	}
	if both < 20 || group < 20 || regulars < 100 {
		t.Errorf("%d guests on both platforms, %d in two restaurants, %d who came back", both, group, regulars)
	}
}

// nobodysPhone are the ranges that belong to nobody.
var nobodysPhone = regexp.MustCompile(`^\+(447700900\d{3}|44(11[3-8]|1[2-6]1)4960\d{3}|442079460\d{3}|441914980\d{3}|` +
	`441632960\d{3}|1\d{3}55501\d{2}|33(19900|26191|35301|46571|53649|63998)\d{4})$`)

func TestPersonalDataIsNobodys(t *testing.T) {
	s := testSite(t, reservation.OpenTable, "Europe/London", 1, 1000)
	scripts := map[string]bool{}
	emails := map[string]uint64{}
	for _, currency := range []string{"GBP", "EUR", "USD"} {
		s.src.Currency = currency
		for place := range 1500 {
			g := guestAt(114, place%2, place)
			p := s.describe(g)
			if !nobodysPhone.MatchString(p.phone) {
				t.Fatalf("%s may be somebody's number", p.phone)
			}
			_, domain, _ := strings.Cut(p.email, "@")
			if !regexp.MustCompile(`(^|\.)example\.(com|net|org)$`).MatchString(domain) {
				t.Fatalf("%s may be somebody's address", p.email)
			}
			if strings.ContainsFunc(p.email, func(r rune) bool { return r > 127 }) {
				t.Fatalf("address %s is not ASCII", p.email)
			}
			if known, ok := emails[p.email]; ok && known != s.person(g) {
				t.Fatalf("two persons have the address %s", p.email)
			}
			emails[p.email] = s.person(g)
			scripts[p.culture.locale] = true
			if p.called() == "" || p.first == "" || p.last == "" {
				t.Fatal("a guest without a name")
			}
		}
	}
	if len(scripts) < 15 {
		t.Errorf("names of %d cultures only", len(scripts))
	}
}
