package source

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/currency"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/timezone"
)

var (
	uuidForm    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	accountForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// tiers are those of OpenTable's Sync API.
var tiers = []string{"copper", "gold", "platinum"}

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
	b.that(!known[name].moneyUnit || slices.Contains([]string{"", "major", "minor"}, p.MoneyUnit),
		where, "money_unit: want major or minor, got %q", p.MoneyUnit)
}

func (b *builder) restaurant(where string, x restaurant) {
	b.that(x.ID > 0, where, "id must be positive")
	b.that(x.OpenTable != nil || x.TheFork != nil, where, "neither opentable nor thefork is given")
	now := Span{
		Name: x.Name, Owner: x.Owner, Location: b.zone(where, x.Timezone), Currency: b.currency(where, x.Currency),
		Country: b.country(where, x.Country),
	}
	restarts := make([]time.Time, 0)
	if o := x.OpenTable; o != nil {
		now.RID, now.Tier = b.rid(where, o.RID), b.tier(where, o.Tier)
		for _, t := range o.Restarts {
			restarts = append(restarts, t.Time)
		}
		b.that(slices.IsSortedFunc(restarts, time.Time.Compare), where, "opentable: sequence_restarts must be ascending")
	}
	if x.TheFork != nil {
		now.RestaurantUUID = b.uuid(where, "thefork: ", "uuid", x.TheFork.UUID)
	}
	history := b.history(where, x, now)
	base := Source{
		RestaurantID: int64(
			x.ID,
		), Name: x.Name, Owner: x.Owner, Location: now.Location, Currency: now.Currency, Country: now.Country,
		Revision: int64(x.Revision), From: x.From, Until: x.Until, Unusual: b.unusual(where, x.Unusual),
	}
	if x.OpenTable != nil {
		s := base
		s.Platform, s.RID, s.Tier, s.Restarts = reservation.OpenTable, now.RID, now.Tier, restarts
		s.History = only(history, func(x *Span) { x.RestaurantUUID = "" })
		b.add(where, s, fmt.Sprint(x.ID))
	}
	if x.TheFork != nil {
		s := base
		s.Platform, s.RestaurantUUID = reservation.TheFork, now.RestaurantUUID
		s.History = only(history, func(x *Span) { x.RID, x.Tier = 0, "" })
		b.add(where, s, fmt.Sprint(x.ID))
	}
}

// only returns a history without what is another platform's.
func only(history []Span, drop func(*Span)) []Span {
	out := slices.Clone(history)
	for i := range out {
		drop(&out[i])
	}
	return out
}

func (b *builder) zone(where, name string) *time.Location {
	loc, err := timezone.Load(name)
	b.that(err == nil, where, "timezone: want an IANA zone such as Europe/Paris, got %q", name)
	return loc
}

func (b *builder) currency(where, code string) string {
	_, ok := currency.Digits(code)
	b.that(ok, where, "currency: want an ISO 4217 code, as EUR, got %q", code)
	return code
}

// country checks a code that may be missing.
func (b *builder) country(where, code string) string {
	b.that(code == "" || countryForm.MatchString(code) && code != "UK",
		where, "country: want an ISO 3166 code of two capital letters, as GB, got %q", code)
	return code
}

func (b *builder) tier(where, tier string) string {
	b.that(tier == "" || slices.Contains(tiers, tier), where, "opentable.tier: want %s, got %q", strings.Join(tiers, ", "), tier)
	return tier
}

func (b *builder) rid(where string, rid whole) int64 {
	if b.that(rid > 0, where, "opentable: rid must be positive") {
		b.once(where, "opentable: ", fmt.Sprintf("rid %d", rid))
	}
	return int64(rid)
}

// uuid returns a UUID in small letters, as it is compared: capitals mean the same (RFC 9562, section 4). of and name say what it
// is.
func (b *builder) uuid(where, of, name, text string) string {
	uuid := strings.ToLower(text)
	if b.that(uuidForm.MatchString(uuid), where, "%s%s: want a UUID, got %q", strings.Replace(of, ": ", ".", 1), name, text) {
		b.once(where, of, name+" "+uuid)
	}
	return uuid
}

func (b *builder) account(where string, x account) {
	b.that(accountForm.MatchString(x.ID), where, "id: want lowercase letters, digits and hyphens, beginning with a letter")
	b.that(known[x.Platform].byAccount != nil,
		where, "platform: only %s keeps records by account, got %q", strings.Join(withAccounts(), ", "), x.Platform)
	b.add(where, Source{
		Platform: x.Platform, Name: x.ID, Country: b.country(where, x.Country),
		GroupUUID: b.uuid(where, "", "group_uuid", x.GroupUUID),
		Revision:  int64(x.Revision), From: x.From, Until: x.Until, Unusual: b.unusual(where, x.Unusual),
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
		Overlap: p.Overlap, PageSize: int(p.PageSize), RequestsPerSecond: float64(p.RequestsPerSecond),
	}
	b.sources = append(b.sources, s)
}

// once refuses what a platform knows by one id in a second entry. prefix says in the problem what the id is of.
func (b *builder) once(where, prefix, id string) {
	entry, _, _ := strings.Cut(where, ": history")
	if first, taken := b.places[id]; taken && first != entry {
		b.that(false, where, "%s%s is that of %s already", prefix, id, first)
		return
	}
	b.places[id] = entry
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
