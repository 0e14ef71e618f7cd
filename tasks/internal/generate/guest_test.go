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
	touch := func(g guest, at int64) {
		if c := all[g]; c != nil {
			c.updated, touched[g] = max(c.updated, at), true
		}
	}
	for cohort := on - 3*generationDays; cohort <= on+2; cohort++ {
		for i := range s.made(cohort) {
			p := s.plan(s.sketch(cohort, i))
			if p.guest == nobody || p.events[0].at >= to {
				continue
			}
			// The booking is its guest's, and of those whom the guest was merged into.
			owners := []guest{p.guest}
			for {
				survivor, since, ok := s.mergesInto(owners[len(owners)-1])
				if !ok || since > on {
					break
				}
				owners = append(owners, survivor)
			}
			keeper := p.guest // of the booking, when the day began
			for _, g := range owners {
				if survivor, since, ok := s.mergesInto(keeper); ok && since < on {
					keeper = survivor
				}
				if all[g] == nil {
					all[g] = &card{guest: g, created: p.events[0].at}
				}
				c := all[g]
				c.created = min(c.created, p.events[0].at)
				for _, e := range p.until(to) {
					if e.what != seated {
						continue
					}
					c.visits++
					c.lastVisit = max(c.lastVisit, e.at)
					if c.firstVisit == 0 || e.at < c.firstVisit {
						c.firstVisit = e.at
					}
				}
			}
			for _, e := range p.until(to) {
				if e.at >= from && e.what.visits() {
					touch(keeper, e.at)
				}
			}
		}
	}
	for g, c := range all {
		what, since := s.becomes(g)
		if since > on {
			continue
		}
		survivor, _, merged := s.mergesInto(g)
		if what == merges && !merged {
			continue
		}
		c.hidden = what == hides
		late := from + 22*hour + int64(mix2(uint64(g), 15)%7000)*second
		if since == on && what != stays {
			touch(g, late)
			c.forgotten, c.archived = what == forgets, what == archives || what == merges
			if what == merges {
				c.merged, c.survivor = true, survivor
				touch(survivor, late)
			}
		} else if what == forgets || what == archives || what == merges {
			touched[g] = false
		}
	}
	out := map[guest]card{}
	for g, c := range all {
		if touched[g] {
			out[g] = *c
		}
	}
	return out
}

func TestGuestsHistoriesAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t, 8)
		s.merging = rapid.SampledFrom([]string{"", "stay", movingBookings}).Draw(t, "merging")
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

// Whoever was merged, archived or forgotten has no record later, books no more, and no circle leads from a guest back to itself.
func TestWhatBecomesOfARecordStays(t *testing.T) {
	s := testSite(t, reservation.OpenTable, "Europe/London", 1, 1500)
	s.merging = "stay"
	ended, chains := map[guest]day{}, 0
	seen := map[becoming]int{}
	for on := day(20540); on < 20570; on++ {
		c := s.changesOn(on)
		for _, card := range c.cards {
			if at, ok := ended[card.guest]; ok {
				t.Errorf("a guest whose record ended on %s has one on %s", at, on)
			}
			what, since := s.becomes(card.guest)
			if since == on {
				seen[what]++
			}
			if card.merged {
				next, _, again := s.mergesInto(card.survivor)
				if next == card.guest {
					t.Fatalf("%d and %d are merged into each other", card.guest, card.survivor)
				}
				if again {
					chains++
				}
			}
			if card.archived || card.forgotten {
				ended[card.guest] = on
			}
		}
		for _, b := range c.bookings {
			k := s.sketch(b.cohort, b.index)
			if at, ok := ended[k.guest]; ok && k.cohort > at {
				t.Errorf("a guest whose record ended on %s books on %s", at, k.cohort)
			}
		}
	}
	for _, what := range []becoming{forgets, merges, archives, hides} {
		if seen[what] == 0 {
			t.Errorf("no record ends as %d in 30 days", what)
		}
	}
	if chains == 0 {
		t.Error("no guest is merged into one who is merged, too")
	}
}

// Where bookings move with their guests, each of a merged guest changes on the day, and has the survivor's id from then on. Where
// they stay, none has.
func TestBookingsOfAMergedGuest(t *testing.T) {
	for _, merging := range []string{"stay", movingBookings} {
		s := testSite(t, reservation.OpenTable, "Europe/London", 1, 1500)
		s.merging = merging
		moved := 0
		for on := day(20540); on < 20546; on++ {
			c := s.changesOn(on)
			changed := map[change]int64{}
			for _, b := range c.bookings {
				changed[change{cohort: b.cohort, index: b.index}] = b.updated
			}
			merged := map[guest]bool{}
			for _, card := range c.cards {
				merged[card.guest] = card.merged
			}
			for cohort := on - 2*generationDays; cohort < on; cohort++ {
				for i := range s.made(cohort) {
					if g := s.bookedBy(cohort, i); g == nobody || !merged[g] {
						continue
					}
					p := &pen{site: s, changes: c}
					b := standingOf(s.plan(s.sketch(cohort, i)), []event{{at: 1, what: made}})
					before := b.guest
					at := changed[change{cohort: cohort, index: i}]
					p.follow(&b, change{updated: at})
					if follows := b.guest != before; follows != (merging == movingBookings) {
						t.Fatalf("%s: the guest's id follows: %v", merging, follows)
					}
					if merging == movingBookings && at < s.endsAt(before, on) {
						t.Fatalf("a booking of a merged guest last changes at %d, before the merge", at)
					}
					moved++
				}
			}
		}
		if moved == 0 {
			t.Error("no merged guest has a booking")
		}
	}
}

func TestWhoIsForgottenStaysForgotten(t *testing.T) {
	s := testSite(t, reservation.OpenTable, "Europe/London", 1, 1500)
	forgotten, kept := map[guest]day{}, map[string]int{}
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
			switch {
			case !g.Forgotten:
				t.Error("a forgotten guest's record does not say so")
			case g.FirstName == nil:
				kept["nothing"]++
			case *g.FirstName == "":
				kept["blanks"]++
			default:
				kept["all"]++
			}
		}
		for _, b := range c.bookings {
			k := s.sketch(b.cohort, b.index)
			if at, ok := forgotten[k.guest]; ok && k.cohort > at {
				t.Errorf("a guest who was forgotten on %s books on %s", at, k.cohort)
			}
		}
	}
	if kept["nothing"]+kept["blanks"] == len(forgotten) || kept["blanks"] == 0 || kept["nothing"] == 0 {
		t.Errorf("forgotten guests' records do not hold different things: %v", kept)
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
