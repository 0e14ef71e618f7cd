package source_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/source"
)

// sofia is a restaurant that took the euro, moved, was sold, and has another id at both platforms since.
const sofia = `version: 1
platforms:
  opentable: {api_url: a, auth_url: b, credential: c, page_size: 10, requests_per_second: 1}
  thefork: {api_url: a, auth_url: b, credential: c, page_size: 10, requests_per_second: 1, money_unit: major}
restaurants:
  - id: 7
    name: Covers Sofia
    owner: Covers Bulgaria
    timezone: Europe/Sofia
    currency: EUR
    country: BG
    from: 2024-01-01
    revision: 2
    opentable: {rid: 77, tier: gold}
    thefork: {uuid: 5F0C2A54-9F3B-4B66-8D7E-2F5A0C1D0107}
    history:
      - {until: 2024-06-30, name: Na Taraka, owner: Ivanov, timezone: Europe/Athens, country: GR,
         thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001}}
      - {until: 2025-03-31, opentable: {rid: 70, tier: copper}}
      - {until: 2025-12-31, currency: BGN}
`

func of(t *testing.T, text, id string) source.Source {
	t.Helper()
	r, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Source(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a span says holds for all days up to it, but for what an earlier one says otherwise; a reading asks by the ids of its day.
func TestHistory(t *testing.T) {
	fork, table := of(t, sofia, "thefork/7"), of(t, sofia, "opentable/7")
	const old, now = "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001", "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107"
	for _, c := range []struct {
		day, name, owner, zone, currency, country, uuid, tier string
		rid                                                   int64
	}{
		{"2024-06-30", "Na Taraka", "Ivanov", "Europe/Athens", "BGN", "GR", old, "copper", 70},
		{"2024-07-01", "Covers Sofia", "Covers Bulgaria", "Europe/Sofia", "BGN", "BG", now, "copper", 70},
		{"2025-03-31", "Covers Sofia", "Covers Bulgaria", "Europe/Sofia", "BGN", "BG", now, "copper", 70},
		{"2025-04-01", "Covers Sofia", "Covers Bulgaria", "Europe/Sofia", "BGN", "BG", now, "gold", 77},
		{"2025-12-31", "Covers Sofia", "Covers Bulgaria", "Europe/Sofia", "BGN", "BG", now, "gold", 77},
		{"2026-01-01", "Covers Sofia", "Covers Bulgaria", "Europe/Sofia", "EUR", "BG", now, "gold", 77},
	} {
		f, o := fork.On(c.day), table.On(c.day)
		if f.Name != c.name || f.Owner != c.owner || f.Location.String() != c.zone || f.Currency != c.currency ||
			f.Country != c.country || f.RestaurantUUID != c.uuid || f.RID != 0 || f.Tier != "" || f.ID != "thefork/7" {
			t.Errorf("%s at TheFork: %+v", c.day, f)
		}
		if o.RID != c.rid || o.Tier != c.tier || o.RestaurantUUID != "" || o.Currency != c.currency {
			t.Errorf("%s at OpenTable: %+v", c.day, o)
		}
		// Whichever day a reading is of, its records' amounts and wall clocks follow their own dates.
		for _, s := range []source.Source{fork, fork.On("2024-01-01"), table.On("2026-06-01")} {
			if s.CurrencyOn(c.day) != c.currency || s.ZoneOn(c.day).String() != c.zone {
				t.Errorf("%s: %s, %s", c.day, s.CurrencyOn(c.day), s.ZoneOn(c.day))
			}
			if s.HasUUID(old) != (s.RID == 0) || s.HasUUID(now) != (s.RID == 0) || s.HasRID(70) != (s.RID != 0) ||
				s.HasRID(77) != (s.RID != 0) || s.HasRID(78) || s.HasUUID("5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0002") {
				t.Errorf("%s: the ids are not those of all days", s.ID)
			}
			if got := strings.Join(s.Currencies(), " "); got != "EUR BGN" {
				t.Errorf("currencies: %s", got)
			}
		}
	}
	// Without a history a source is what it is.
	plain := of(t, shipped(t), "thefork/102")
	if plain.On("1999-01-01").Name != plain.Name || plain.CurrencyOn("1999-01-01") != "EUR" || len(plain.Currencies()) != 1 ||
		plain.ZoneOn("1999-01-01") != plain.Location {
		t.Errorf("%+v", plain)
	}
	if account := of(t, shipped(t), "thefork/group-main"); account.Currencies() != nil || account.ZoneOn("2026-01-01") != nil {
		t.Errorf("%+v", account)
	}
}

// The settings show every change of the history that a row may come to show, with its days, and no other.
func TestSettingsFollowTheHistory(t *testing.T) {
	settings := func(id string, change ...string) map[string]string {
		return of(t, strings.NewReplacer(change...).Replace(sofia), id).Settings()
	}
	want := map[string]string{
		"currency": "BGN to 2025-12-31, EUR", "timezone": "Europe/Athens to 2024-06-30, Europe/Sofia",
		"country": "GR to 2024-06-30, BG",
		"uuid":    "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001 to 2024-06-30, 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0107",
	}
	got := settings("thefork/7")
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %q, want %q", name, got[name], value)
		}
	}
	if rid := settings("opentable/7")["rid"]; rid != "70 to 2025-03-31, 77" {
		t.Errorf("rid: %q", rid)
	}
	if !maps.Equal(got, of(t, sofia, "thefork/7").On("2024-02-02").Settings()) {
		t.Error("the settings are not those of all days, but of one")
	}
	for _, change := range [][]string{
		{"2025-12-31, currency", "2025-12-30, currency"}, {"BGN", "TRY"}, {"Europe/Athens", "Europe/Rome"},
		{"5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0001", "5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0002"}, {"country: GR", "country: IT"},
	} {
		if maps.Equal(got, settings("thefork/7", change...)) {
			t.Errorf("%v: the settings do not show it", change)
		}
	}
	for _, change := range [][]string{
		{"owner: Ivanov", "owner: Petrov"}, {"Na Taraka", "Pod Lipite"}, {"tier: gold", "tier: platinum"}, {"rid: 70", "rid: 71"},
	} {
		if !maps.Equal(got, settings("thefork/7", change...)) {
			t.Errorf("%v: changes no record, but the settings", change)
		}
	}
	if rules := got["zone_rules"]; len(rules) != len("0123456789abcdef to 2024-06-30, 0123456789abcdef") {
		t.Errorf("zone_rules: %q", rules)
	}
}

// Each mistake of a history is told with its place.
func TestMistakesOfAHistory(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"not ascending": {"until: 2025-03-31", "until: 2024-01-31",
			"history[0]: until: 2024-06-30 is not before the end of what follows, 2024-01-31"},
		"twice":       {"until: 2025-03-31", "until: 2024-06-30", "history[0]: until: 2024-06-30 is not before"},
		"before from": {"from: 2024-01-01", "from: 2024-07-01", "history[0]: until: 2024-06-30 is before from"},
		"beyond the end": {"from: 2024-01-01", "from: 2024-01-01\n    until: 2025-12-31",
			"history[2]: until: 2025-12-31 is not before"},
		"no day":      {"until: 2025-03-31", "until: March", "history[1]: until: want a day"},
		"no currency": {"currency: BGN", "currency: LEV", "history[2]: currency"},
		"no zone":     {"Europe/Athens", "Athens", "history[0]: timezone"},
		"no country":  {"country: GR", "country: Greece", "history[0]: country"},
		"no tier":     {"tier: copper", "tier: silver", "history[1]: opentable.tier"},
		"not at the platform": {"    thefork: {uuid: 5F0C2A54-9F3B-4B66-8D7E-2F5A0C1D0107}\n", "",
			"history[0]: thefork: the entry has none"},
		"nothing of it": {"opentable: {rid: 70, tier: copper}", "opentable: {}",
			"history[1]: opentable: neither rid nor tier"},
		"a restart":       {"{rid: 70, tier: copper}", "{rid: 70, sequence_restarts: []}", "sequence_restarts"},
		"a word too much": {"currency: BGN", "money: BGN", "money"},
		"another's id": {"restaurants:\n",
			"restaurants:\n  - {id: 8, name: B, timezone: UTC, currency: EUR, from: 2026-01-01, revision: 1, " +
				"opentable: {rid: 70}}\n", "rid 70 is that of restaurants[0] (id 8) already"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(sofia, c.old) {
				t.Fatalf("the file has no %q", c.old)
			}
			_, err := load(t, strings.Replace(sofia, c.old, c.new, 1))
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a usage fault about %q", err, c.want)
			}
		})
	}
}

// A number is taken by its value, and one that readers of YAML take for different values by none; what is written is never passed
// over without a word.
func TestYAMLByValue(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{ // want: empty where the file is in order
		"a revision with a fraction":  {"revision: 2", "revision: 1.9", `line 13: want a whole number, got "1.9"`},
		"a page with a fraction":      {"page_size: 10", "page_size: 99.9", `line 3: want a whole number, got "99.9"`},
		"an id with a fraction":       {"rid: 77", "rid: 9007.5", `want a whole number, got "9007.5"`},
		"4.0 is 4":                    {"revision: 2", "revision: 4.0", ""},
		"octal, or ten":               {"rid: 77", "rid: 010", `got "010"`},
		"octal":                       {"rid: 77", "rid: 0o10", `got "0o10"`},
		"hexadecimal":                 {"rid: 77", "rid: 0x4d", `got "0x4d"`},
		"a text, or a thousand":       {"page_size: 10", "page_size: 1_000", `got "1_000"`},
		"a comma":                     {"page_size: 10", "page_size: '1,000'", `got "1,000"`},
		"a float, or a text":          {"page_size: 10", "page_size: 1e2", `got "1e2"`},
		"without end":                 {"requests_per_second: 1", "requests_per_second: .inf", `got ".inf"`},
		"no number":                   {"requests_per_second: 1", "requests_per_second: .nan", `got ".nan"`},
		"half a request":              {"requests_per_second: 1", "requests_per_second: 0.5", ""},
		"in quotes":                   {"rid: 77", `rid: "77"`, `got "77"`},
		"more than a double can hold": {"rid: 77", "rid: 9007199254740993", "a whole number"},
		"a day's time without offset": {"rid: 77, tier", "rid: 77, sequence_restarts: [2026-05-01 08:00:00], tier",
			"a time with its offset"},
		"a key twice": {"    currency: EUR\n", "    currency: EUR\n    currency: BGN\n",
			`"currency" already defined`},
		"a tab": {"    currency: EUR\n", "\tcurrency: EUR\n", "line "},
		"a second document": {"restaurants:\n", "---\nrestaurants:\n",
			"a second document, of which nothing would be read: on line 5"},
		"an empty second document": {"until: 2025-12-31, currency: BGN}\n", "until: 2025-12-31, currency: BGN}\n---\n",
			"a second document"},
		"one that is no YAML": {"until: 2025-12-31, currency: BGN}\n", "until: 2025-12-31, currency: BGN}\n---\n[\n",
			"a second document"},
		"the end of the document":  {"until: 2025-12-31, currency: BGN}\n", "until: 2025-12-31, currency: BGN}\n...\n", ""},
		"a beginning":              {"version: 1\n", "---\nversion: 1\n", ""},
		"a byte order mark":        {"version: 1\n", "\ufeffversion: 1\n", ""},
		"line ends of Windows":     {"version: 1\n", "version: 1\r\n", ""},
		"Norway is no false":       {"country: BG\n", "country: NO\n", ""},
		"the United Kingdom is GB": {"country: BG\n", "country: UK\n", "country: want an ISO 3166 code"},
		"an unknown currency":      {"currency: EUR\n", "currency: EUX\n", "currency: want an ISO 4217 code"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(sofia, c.old) {
				t.Fatalf("the file has no %q", c.old)
			}
			_, err := load(t, strings.Replace(sofia, c.old, c.new, 1))
			if c.want == "" && err != nil ||
				c.want != "" && (fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	// What entries have in common may stand once.
	shared := strings.NewReplacer("    timezone: Europe/Sofia\n    currency: EUR\n",
		"    <<: &here {timezone: Europe/Sofia, currency: EUR}\n").
		Replace(sofia) +
		"  - {<<: *here, id: 8, name: B, from: 2026-01-01, revision: 1, opentable: {rid: 8}}\n"
	if s := of(t, shared, "opentable/8"); s.Currency != "EUR" || s.Location.String() != "Europe/Sofia" {
		t.Errorf("got %+v", s)
	}
}

// A platform's unit of money has no default: its records are mapped when somebody has looked.
func TestMoneyUnitIsNotAssumed(t *testing.T) {
	text := strings.Replace(sofia, ", money_unit: major", "", 1) +
		"accounts: [{id: a, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, " +
		"from: 2026-01-01, revision: 1}]\n"
	var unsaid []string
	r, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Sources {
		if err := s.Mappable(); err != nil {
			unsaid = append(unsaid, s.ID)
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "extract probe") ||
				!strings.Contains(err.Error(), "money_unit") {
				t.Errorf("%v", err)
			}
		}
	}
	if !slices.Equal(unsaid, []string{"thefork/7"}) {
		t.Errorf("without a unit: %v, want TheFork's bookings alone", unsaid)
	}
}
