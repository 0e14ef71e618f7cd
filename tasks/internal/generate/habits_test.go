package generate

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// census counts in a generated world what the figures speak of: name of the figure -> so many of so many.
type census map[string]*[2]int64

// count counts one of those that a figure is a share of.
func (c census) count(name string, is bool) {
	if is {
		c.ratio(name, 1, 1)
	} else {
		c.ratio(name, 0, 1)
	}
}

// ratio adds an amount and what it is a share of.
func (c census) ratio(name string, n, of int64) {
	if c[name] == nil {
		c[name] = &[2]int64{}
	}
	c[name][0] += n
	c[name][1] += of
}

// among counts one of several that exclude each other.
func (c census) among(is string, names ...string) {
	for _, name := range names {
		c.count(name, name == is)
	}
}

// names are the figures' names that begin so.
func names(prefix string) (out []string) {
	for _, f := range figures {
		if strings.HasPrefix(f.name, prefix) {
			out = append(out, f.name)
		}
	}
	return out
}

// take looks at weeks of bookings of one restaurant on one platform, as their records say when all is over.
func (c census) take(t *testing.T, platform, currency string) {
	s := testSite(t, platform, "Europe/Paris", 1, 1500)
	s.src.Currency = currency
	first, err := parseDay("2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	for cohort := first; cohort < first+56; cohort++ { // whole weeks, in months alike
		for i := range s.made(cohort) {
			p := s.plan(s.sketch(cohort, i))
			c.booking(s, p)
			c.record(s, p)
		}
	}
}

func (c census) booking(s *site, p *plan) {
	of := s.src.Platform + ": "
	weekday := func(d day) string { return of + time.Weekday(d.weekday()).String() }
	var week []string
	for d := range day(7) {
		week = append(week, weekday(d))
	}
	c.among(weekday(p.meal), week...)
	c.count("walk-ins", p.how == walkIn)
	sizes := names("party of ")
	c.among(fmt.Sprintf("party of %d", p.party), append(sizes[:3:3], sizes[4:]...)...)
	c.count("party of 4 or more", p.party >= 4)
	c.sitting(s, p, of)
	if p.how == walkIn {
		c.count("walk-ins left open", p.fate == unattended)
		c.count("walk-ins without a name", p.guest == nobody)
		return
	}
	c.count("by phone", p.how == byPhone)
	c.count("reservations without a name", p.guest == nobody)
	c.lead(s, p, of)
	c.count("cancelled", p.fate == cancelled)
	way := map[how]string{online: "online", byPhone: "by phone"}[p.how]
	c.count(of+"no-shows of those made "+way, p.fate == noShow)
	c.count("left open", p.fate == unattended)
	if !s.openTable() {
		c.count(of+"refused", p.fate == declined)
	}
	if p.meal == p.cohort {
		c.count("cancelled though made on the day", p.fate == cancelled)
	} else {
		c.count("changed before the meal", p.edited)
		c.count("moved", p.moved)
		if s.openTable() {
			c.count(of+"called to confirm", p.confirmed)
		}
	}
	if p.fate == cancelled {
		c.count("cancelled on the day of the meal", s.dateOf(p.last()) == p.meal)
	}
}

// dateOf returns the local date of an instant.
func (s *site) dateOf(ms int64) day {
	y, m, d := time.UnixMilli(ms).In(s.src.Location).Date()
	return dayOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func (c census) sitting(s *site, p *plan, of string) {
	at := time.UnixMilli(p.meals).In(s.src.Location)
	c.count("dinners", at.Hour() >= 16)
	if at.Hour() >= 16 {
		c.among(fmt.Sprintf("%sdinner at %d", of, at.Hour()), names(of+"dinner at ")...)
	} else {
		c.among(fmt.Sprintf("lunch at %d", at.Hour()), names("lunch at ")...)
	}
	c.among([]string{"on the hour", "a quarter past", "half past", "a quarter to"}[at.Minute()/15], "on the hour",
		"a quarter past", "half past", "a quarter to")
}

func (c census) lead(s *site, p *plan, of string) {
	days, made := int(p.meal-p.cohort), p.events[0].at
	for _, span := range leadSpans {
		c.count(of+span.name, days >= span.from && days <= span.to)
	}
	c.count(of+"less than 24 hours ahead", p.meals-made < 24*hour)
	c.count(of+"less than 2 hours ahead", p.meals-made < 2*hour)
	at := time.UnixMilli(made).In(s.src.Location).Hour()
	for _, name := range names(of + "made from ") {
		c.count(name, name == fmt.Sprintf("%smade from %d to %d", of, at, at+1))
	}
}

// record looks at what the platform says of a booking in the end.
func (c census) record(s *site, p *plan) {
	b := standingOf(p, p.events[:p.n])
	if p.fate == completed {
		c.count("corrected on a later day", b.fixed)
		if p.how != walkIn {
			if s.openTable() {
				c.count("opentable: runs late", ranLate(p))
			}
			c.count("seated within 5 minutes of the time", max(b.sat-b.meal, b.meal-b.sat) <= 5*minute)
		}
	}
	if s.openTable() {
		c.openTable(s, p, s.openTableReservation(b, 1))
	} else {
		c.theFork(s, p, s.theForkReservation(b))
	}
}

// ranLate reports whether a party came late, which OpenTable has a word for.
func ranLate(p *plan) bool {
	for _, e := range p.events[:p.n] {
		if e.what == isLate {
			return true
		}
	}
	return false
}

func (c census) openTable(s *site, p *plan, r *opentable.Reservation) {
	if p.fate == completed {
		c.count("bill reported", r.POSData.TotalSpend != nil)
	}
	if r.POSData.TotalSpend != nil {
		c.bill(s, *r.POSData.TotalSpend, r.PartySize)
		c.ratio("tax "+s.src.Currency, *r.POSData.Tax, *r.POSData.SubTotal)
		c.ratio("tip "+s.src.Currency, *r.POSData.Tip, *r.POSData.SubTotal)
	}
	if p.how == online {
		c.count("opentable: experiences", r.ExperienceDetails != nil)
	}
	if p.how != walkIn {
		c.count("opentable: deposit of "+map[bool]string{true: "large", false: "small"}[p.party >= 8]+" parties",
			r.Deposit.TotalPaid != nil)
	}
	if r.Deposit.TotalPaid != nil {
		c.ratio("opentable: deposit a head", *r.Deposit.TotalPaid, int64(p.party))
	}
}

func (c census) theFork(s *site, p *plan, r *thefork.Reservation) {
	if p.fate == completed {
		c.count("bill reported", r.BillAmount != nil)
	}
	if r.BillAmount != nil {
		total, _ := new(big.Rat).SetString(r.BillAmount.TotalPrice.String())
		total.Mul(total, big.NewRat(100, 1))
		c.bill(s, total.Num().Int64(), r.PartySize)
	}
	if p.how != online {
		return
	}
	c.among("thefork: "+r.Channel, "thefork: Booking Module", "thefork: TheFork", "thefork: Google", "thefork: TripAdvisor",
		"thefork: Michelin",
		"thefork: Cross Sell", "thefork: TheFork Manager API")
	kind := ""
	if r.OfferDetails != nil {
		kind = r.OfferDetails.OfferType
	}
	c.count("thefork: promotions", kind == "promotion")
	c.count("thefork: set menus", kind == "presetMenu")
	if kind == "promotion" {
		percent, _ := r.OfferDetails.DiscountPercentage.Int64()
		c.ratio("thefork: discount", percent, 100)
	}
}

func (c census) bill(s *site, total, covers int64) {
	c.ratio(s.src.Platform+": spend "+s.src.Currency, total, covers)
}

// guests looks at the guests of one generation, and at the months of a year.
func (c census) guests(t *testing.T) {
	ot, tf := testSite(t, reservation.OpenTable, "Europe/Paris", 1, 60), testSite(t, reservation.TheFork, "Europe/Paris", 1, 60)
	for _, s := range []*site{ot, tf} {
		visits := map[guest]int{}
		begins := guestAt(114, 0, 0).begins()
		for cohort := begins; cohort < begins+generationDays; cohort++ {
			for i := range s.made(cohort) {
				p := s.plan(s.sketch(cohort, i))
				if b := standingOf(p, p.events[:p.n]); b.sat != 0 && p.guest != nobody && p.guest.begins() == begins {
					visits[p.guest]++
				}
			}
		}
		for _, n := range visits {
			c.count("guests who come once", n == 1)
		}
		s.merging = "stay"
		for place := range 20_000 {
			g := guestAt(114, 0, place)
			_, group := s.groupKey(g)
			c.count("guests at several restaurants", group)
			c.count("guests on both platforms", ot.person(g) == tf.person(g))
			c.count("guests who refuse other use of their data", s.describe(g).optedOut)
			if s.openTable() {
				what, _ := s.becomes(g)
				c.count("opentable: guests who ask to be forgotten", what == forgets)
				c.count("opentable: guests whose record is merged into another", what == merges)
				c.count("opentable: guests whose record is archived without another", what == archives)
				c.count("opentable: guests taken out of the guest book", what == hides)
				c.count("opentable: guests without a name or a number", s.anonymous(g))
			}
		}
	}
	big := testSite(t, reservation.OpenTable, "Europe/Paris", 1, 20_000)
	for date := dayOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)); date.time().Year() == 2025; date++ {
		n := int64(big.made(date))
		for m := time.January; m <= time.December; m++ {
			if date.time().Month() == m {
				c.ratio(m.String(), n, n)
			} else {
				c.ratio(m.String(), 0, n)
			}
		}
	}
}

func TestTheWorldFollowsTheFigures(t *testing.T) {
	c := census{}
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		for _, currency := range []string{"GBP", "EUR", "USD"} {
			c.take(t, platform, currency)
		}
	}
	c.guests(t)
	for _, f := range figures {
		n := c[f.name]
		if n == nil {
			t.Errorf("%s: nothing measures it", f.name)
			continue
		}
		share, unit := float64(n[0])/float64(n[1]), 1000.0
		if !strings.HasPrefix(f.unit, "‰") {
			unit = 1
		}
		// Chance makes a difference; so do whole minutes and whole permilles.
		want := float64(f.value)
		off := math.Min(12, want*0.06)
		if unit == 1000 {
			off += 4 * 1000 * math.Sqrt(share*(1-share)/float64(n[1]))
		} else {
			off = want * 0.02
		}
		if got := share * unit; math.Abs(got-want) > off {
			t.Errorf("%s: %.1f in the world, the figure is %d (%s)", f.name, got, f.value, f.unit)
		}
		delete(c, f.name)
	}
	for name := range c {
		t.Errorf("%s is measured, but is no figure", name)
	}
}

func TestSharesAreWhole(t *testing.T) {
	sums := map[string][]string{"months": nil}
	for m := time.January; m <= time.December; m++ {
		sums["months"] = append(sums["months"], m.String())
	}
	for _, platform := range []string{"opentable", "thefork"} {
		for w := time.Sunday; w <= time.Saturday; w++ {
			sums[platform+" week"] = append(sums[platform+" week"], platform+": "+w.String())
		}
		for _, span := range leadSpans {
			sums[platform+" leads"] = append(sums[platform+" leads"], platform+": "+span.name)
		}
		sums[platform+" dinners"] = names(platform + ": dinner at ")
	}
	sums["lunches"] = names("lunch at ")
	parties := names("party of ")
	sums["parties"] = append(parties[:3:3], parties[4:]...)
	sums["parties, as published"] = parties[:4]
	for what, names := range sums {
		sum := 0
		for _, name := range names {
			sum += value(name)
		}
		if sum != 1000 {
			t.Errorf("%s make %d ‰", what, sum)
		}
	}
}

// habitsPage is made from the figures.
const habitsPage = "../../../docs/habits.md"

func TestHabitsPageRepeatsTheFigures(t *testing.T) {
	want := page()
	if os.Getenv("COVERS_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(habitsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(habitsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from the figures: run COVERS_UPDATE_GOLDEN=1 go test ./tasks/internal/generate", habitsPage)
	}
}

func page() string {
	var b strings.Builder
	b.WriteString("# Habits of the simulated guests\n\n" +
		"What the days of `generate` follow. Made from `tasks/internal/generate/figures.go` by\n" +
		"`COVERS_UPDATE_GOLDEN=1 go test ./tasks/internal/generate`; a test measures each figure in a generated world.\n" +
		"Figures with a number are published, and the number says where. The others are assumed: no published figure was\n" +
		"found. OpenTable publishes changes from year to year, hardly a level; where it does not, Toast's figures of American\n" +
		"restaurants stand in.\n\n" +
		"| what | figure | unit | source | note |\n| --- | --- | --- | --- | --- |\n")
	var read []*publication
	for _, f := range figures {
		source := "assumed"
		if f.from != nil {
			if !slices.Contains(read, f.from) {
				read = append(read, f.from)
			}
			source = strconv.Itoa(slices.Index(read, f.from) + 1)
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s |\n", f.name, f.value, f.unit, source, f.note)
	}
	b.WriteString("\n## Sources\n\nRead in November 2026, some of them in excerpts.\n\n")
	for i, p := range read {
		year := "no year given"
		if p.year != 0 {
			year = strconv.Itoa(p.year)
		}
		fmt.Fprintf(&b, "%d. %s, *%s*, %s. <%s>\n", i+1, p.by, p.title, year, p.address)
	}
	return b.String()
}

func TestEveryFigureSaysWhereItIsFrom(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range figures {
		if seen[f.name] {
			t.Errorf("%s is there twice", f.name)
		}
		seen[f.name] = true
		if f.from == nil && f.note == "" {
			t.Errorf("%s is assumed without a reason", f.name)
		}
		if p := f.from; p != nil && (p.by == "" || p.title == "" || !strings.HasPrefix(p.address, "http")) {
			t.Errorf("%s: the source %+v is not complete", f.name, *p)
		}
	}
}
