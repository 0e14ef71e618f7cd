package source

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/timezone"
)

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	accountForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// known is what each platform keeps, and where.
var known = map[string]struct {
	kinds     []string // by restaurant
	byAccount []string // kinds; nil: it has no accounts
	moneyUnit bool     // its documentation leaves open what an amount counts, so that money_unit must say it
}{
	reservation.OpenTable: {kinds: []string{reservation.KindReservation, reservation.KindCustomer}},
	reservation.TheFork: {
		kinds: []string{reservation.KindReservation}, byAccount: []string{reservation.KindCustomer}, moneyUnit: true,
	},
}

// build returns the sources that a file describes, sorted by id, and everything that is wrong with it.
func build(f file) (sources []Source, problems []string) {
	b := &builder{platforms: f.Platforms, declared: map[string]bool{}, places: map[string]string{}}
	b.that(f.Version == 1, "version", "want 1, got %d", f.Version)
	for name, p := range f.Platforms {
		b.platform(name, p)
	}
	for i, x := range f.Restaurants {
		b.restaurant(fmt.Sprintf("restaurants[%d] (id %d)", i, x.ID), x)
	}
	for i, x := range f.Accounts {
		b.account(fmt.Sprintf("accounts[%d] (id %s)", i, x.ID), x)
	}
	slices.SortFunc(b.sources, func(a, b Source) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(b.problems)
	return b.sources, slices.Compact(b.problems) // a restaurant's two sources have its problems in common
}

// builder gathers sources and problems.
type builder struct {
	platforms map[string]platform
	sources   []Source
	declared  map[string]bool   // sources by id
	places    map[string]string // of what a platform knows by one id: read as two sources it would be counted twice
	problems  []string
}

// that notes a problem unless ok, and returns ok.
func (b *builder) that(ok bool, where, format string, args ...any) bool {
	if !ok {
		b.problems = append(b.problems, where+": "+fmt.Sprintf(format, args...))
	}
	return ok
}

func (b *builder) platform(name string, p platform) {
	where := "platforms." + name
	_, read := known[name]
	b.that(read, where, "not a platform that this program reads")
	b.that(p.APIURL != "" && p.AuthURL != "", where, "api_url and auth_url are required")
	b.that(nameForm.MatchString(p.Credential), where, "credential: want a lowercase name, got %q", p.Credential)
	b.that(p.PageSize > 0 && p.RequestsPerSecond > 0 && p.Overlap >= 0,
		where, "page_size and requests_per_second must be positive, overlap not negative")
	b.that(!known[name].moneyUnit || p.MoneyUnit == "major" || p.MoneyUnit == "minor",
		where, "money_unit: want major or minor, got %q", p.MoneyUnit)
}

func (b *builder) restaurant(where string, x restaurant) {
	b.that(x.ID > 0, where, "id must be positive")
	b.that(currencyForm.MatchString(x.Currency), where, "currency: want three capital letters, got %q", x.Currency)
	loc, err := timezone.Load(x.Timezone)
	b.that(err == nil && x.Timezone != "" && x.Timezone != "Local",
		where, "timezone: want an IANA zone such as Europe/Paris, got %q", x.Timezone)
	b.that(x.OpenTable != nil || x.TheFork != nil, where, "neither opentable nor thefork is given")
	base := Source{
		RestaurantID: x.ID, Name: x.Name, Location: loc, Currency: x.Currency,
		Revision: x.Revision, From: x.From, Until: x.Until, Unusual: b.unusual(where, x.Unusual),
	}
	if o := x.OpenTable; o != nil {
		if b.that(o.RID > 0, where, "opentable: rid must be positive") {
			b.once(where, "opentable: ", fmt.Sprintf("rid %d", o.RID))
		}
		b.that(slices.IsSortedFunc(o.Restarts, time.Time.Compare), where, "opentable: sequence_restarts must be ascending")
		s := base
		s.Platform, s.RID, s.Restarts = reservation.OpenTable, o.RID, o.Restarts
		b.add(where, s, fmt.Sprint(x.ID))
	}
	if t := x.TheFork; t != nil {
		if b.that(uuidForm.MatchString(t.UUID), where, "thefork.uuid: want a lowercase UUID, got %q", t.UUID) {
			b.once(where, "thefork: ", "uuid "+t.UUID)
		}
		s := base
		s.Platform, s.RestaurantUUID = reservation.TheFork, t.UUID
		b.add(where, s, fmt.Sprint(x.ID))
	}
}

func (b *builder) account(where string, x account) {
	b.that(accountForm.MatchString(x.ID), where, "id: want lowercase letters, digits and hyphens, beginning with a letter")
	b.that(known[x.Platform].byAccount != nil,
		where, "platform: only %s keeps records by account, got %q", strings.Join(withAccounts(), ", "), x.Platform)
	if b.that(uuidForm.MatchString(x.GroupUUID), where, "group_uuid: want a lowercase UUID, got %q", x.GroupUUID) {
		b.once(where, "", "group_uuid "+x.GroupUUID)
	}
	b.add(where, Source{
		Platform: x.Platform, Name: x.ID, GroupUUID: x.GroupUUID,
		Revision: x.Revision, From: x.From, Until: x.Until, Unusual: b.unusual(where, x.Unusual),
	}, x.ID)
}

func withAccounts() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if known[name].byAccount != nil {
			names = append(names, name)
		}
	}
	return names
}

// add checks what all sources have in common and adds one. key names it among the platform's.
func (b *builder) add(where string, s Source, key string) {
	s.ID = s.Platform + "/" + key
	p, ok := b.platforms[s.Platform]
	b.that(ok, where, "platforms.%s is missing", s.Platform)
	b.that(!b.declared[s.ID], where, "source %s is declared twice", s.ID)
	b.declared[s.ID] = true
	b.that(s.Revision >= 1 && s.Revision <= 9999, where, "revision: want 1 to 9999, got %d", s.Revision)
	b.that(isDay(s.From), where, "from: want a day as YYYY-MM-DD, got %q", s.From)
	if b.that(s.Until == "" || isDay(s.Until), where, "until: want a day as YYYY-MM-DD, got %q", s.Until) && s.Until != "" {
		b.that(s.Until >= s.From, where, "until: %s is before from, %s", s.Until, s.From)
	}
	s.Kinds = slices.Clone(known[s.Platform].kinds)
	if s.RestaurantID == 0 {
		s.Kinds = slices.Clone(known[s.Platform].byAccount)
	}
	if known[s.Platform].moneyUnit {
		s.MoneyUnit = p.MoneyUnit
	}
	s.Access = Access{
		APIURL: p.APIURL, AuthURL: p.AuthURL, Credential: p.Credential,
		Overlap: p.Overlap, PageSize: p.PageSize, RequestsPerSecond: p.RequestsPerSecond,
	}
	b.sources = append(b.sources, s)
}

// once refuses what a platform knows by one id in a second place. prefix says in the problem what the id is of.
func (b *builder) once(where, prefix, id string) {
	if first, taken := b.places[id]; !b.that(!taken, where, "%s%s is that of %s already", prefix, id, first) {
		return
	}
	b.places[id] = where
}

func (b *builder) unusual(where string, days map[string]string) []Unusual {
	list, err := unusualOf(days)
	b.that(err == nil, where, "unusual: %v", err)
	return list
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
