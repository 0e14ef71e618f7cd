package probe

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"covers/tasks/internal/generate"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// A check is three servers and some hundred calls.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// now is the morning after the simulated days.
var now = time.Date(2026, 6, 9, 6, 0, 0, 0, time.UTC)

// days are simulated for all sources, once.
var days = sync.OnceValues(func() (*lake.Zone, error) {
	zone, err := lake.Open(context.Background(), machine.This(), "mem://probe")
	if err != nil {
		return nil, err
	}
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		return nil, err
	}
	for day := now.AddDate(0, 0, -6); day.Before(now.AddDate(0, 0, -1)); day = day.AddDate(0, 0, 1) {
		o := generate.Options{Day: day.Format(time.DateOnly), Out: zone, Registry: registry,
			Settings: simulator.Settings{Records: 120, Merges: "stay"}}
		if _, err := generate.Run(context.Background(), o); err != nil {
			return nil, err
		}
	}
	return zone, nil
})

// simulated is the simulated platforms as they run.
type simulated struct {
	url      string
	registry *source.Registry
	machine  machine.Machine
	stop     func()
}

// simulate runs the simulated platforms with these settings, by their flags' names.
func simulate(t rapid.TB, settings map[string]string) simulated {
	t.Helper()
	zone, err := days()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var s mockapi.Settings
	for i := range mockapi.Choices {
		if value, set := settings[mockapi.Choices[i].Name]; set {
			mockapi.Choices[i].Set(&s, value)
		}
	}
	s.OpenTable.Credential, s.TheFork.Credential = mockapi.Credential{ID: "id", Secret: "secret"}, mockapi.Credential{ID: "id",
		Secret: "secret"}
	s.OpenTable.TokenLife, s.TheFork.TokenLife = 7*24*time.Hour, thefork.TokenLife*time.Second
	m := machine.This()
	m.Now = func() time.Time { return now }
	m.Sleep = func(context.Context, time.Duration) error { return nil }
	server, err := mockapi.NewServer(context.Background(), mockapi.Options{Data: zone, Registry: registry, Settings: s,
		Machine: m})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	return simulated{web.URL, registry, m, func() {
		web.Close()
		server.Close()
	}}
}

// probed probes a source of the simulated platforms.
func (s simulated) probed(t rapid.TB, id string, maxCalls int) Evidence {
	t.Helper()
	src, err := s.registry.Source(id)
	if err != nil {
		t.Fatal(err)
	}
	src.Access.APIURL, src.Access.AuthURL, src.Access.RequestsPerSecond = s.url, s.url, 0
	if src.Platform == "thefork" {
		src.Access.APIURL += thefork.BasePath
	}
	e, err := Run(context.Background(), Options{Source: src, GroupUUID: "7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001", ClientID: "id",
		Secret: "secret", MaxCalls: maxCalls, Machine: s.machine})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// probed runs the simulated platforms with these settings and probes a source of theirs.
func probed(t rapid.TB, settings map[string]string, id string, maxCalls int) Evidence {
	t.Helper()
	platforms := simulate(t, settings)
	defer platforms.stop()
	return platforms.probed(t, id, maxCalls)
}

// truth says, for each of mockapi's settings, in which source's evidence which question shows it, and what the answer is to be
// where the setting has a value. An answer of "" need not be settled: the simulated data have none of what shows it.
var truth = map[string]struct {
	source, question string
	want             func(value string, all map[string]string) string
}{
	"opentable-tier":               {ot, "tier", same},
	"opentable-guest-ids":          {ot, "guest ids", words("mixed", "hex and uuid")},
	"opentable-primary-guest":      {ot, "primary_guest", notCopper(same)},
	"opentable-birthdays":          {ot, "birthdays", same},
	"opentable-address":            {ot, "address", notCopper(same)},
	"opentable-gpid":               {ot, "gpid", same},
	"opentable-referrer":           {ot, "referrer", notCopper(same)},
	"opentable-states":             {ot, "states of two words", unshown},
	"opentable-gold-pos-data":      {ot, "pos_data in gold", only("opentable-tier", "gold", same)},
	"opentable-copper-created-utc": {ot, "created_date_utc", only("opentable-tier", "copper", same)},
	"archived-listed":              {ot, "archived guests come with changes", same},
	"opentable-sort": {ot, "list order", words("oldest", "updated_at_utc, ascending", "newest",
		"updated_at_utc, descending", "id", "id, ascending")},
	"opentable-updated-after":    {ot, "updated_after", same},
	"opentable-scheduled-to":     {ot, "scheduled_time_to", same},
	"opentable-next-page-url":    {ot, "next page", same},
	"opentable-foreign":          {ot, "error, foreign restaurant", status},
	"opentable-missing-token":    {ot, "error, no token", status},
	"opentable-bad-token":        {ot, "error, wrong token", status},
	"opentable-errors":           {ot, "errors", openTableErrors},
	"opentable-error-message":    {ot, "errors", openTableErrors},
	"opentable-timestamp":        {ot, "errors", openTableErrors},
	"opentable-pos-data-refusal": {ot, "pos-data", notPlatinum(status)},
	"thefork-customer-dates":     {tfCustomers, "customers' dates", words("instant", "instant, utc")},
	"thefork-lists":              {tfCustomers, "lists without members", same},
	"thefork-customer-uuid":      {tfCustomers, "customerUuid", same},
	"thefork-money-unit":         {tf, "money_unit", same},
	"thefork-booking-times":      {tf, "createdAt and updatedAt", words("utc", "instant, utc", "offset", "instant, offset")},
	"thefork-origin-name":        {tfCustomers, "originRestaurantName", same},
	"thefork-sort": {tf, "list order", words("oldest", "last change, ascending", "newest",
		"last change, descending", "id", "id, ascending")},
	"thefork-end-date": {tf, "endDate", same},
	"thefork-day-zone": {tf, "day zone", same},
	"thefork-both-ids": {tf, "both ids", same},
	"thefork-foreign": {tf, "error, foreign id", func(v string,
		_ map[string]string) string {
		return "status " + v + ": statusCode, error, data"
	}},
	"thefork-unauthorized": {tf, "error, wrong token", words("data", "status 401: statusCode, error, data", "bare",
		"status 401: statusCode, error", "gateway", "status 401: message")},
	"thefork-expires-in": {tf, "token, expires_in", words("present", "number")},
	"over-limit":         {ot, "limit beyond the maximum", words("refuse", "refused", "clamp", "clamped to 2000")},
}

const ot, tf, tfCustomers = "opentable/101", "thefork/103", "thefork/group-main"

func same(value string, _ map[string]string) string { return value }

func unshown(string, map[string]string) string { return "" }

func status(value string, _ map[string]string) string { return "status " + value }

// words returns another word for some values.
func words(pairs ...string) func(string, map[string]string) string {
	return func(value string, _ map[string]string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == value {
				return pairs[i+1]
			}
		}
		return value
	}
}

// only says nothing unless another setting has a value.
func only(name, value string, want func(string, map[string]string) string) func(string, map[string]string) string {
	return func(v string, all map[string]string) string {
		if all[name] != value {
			return ""
		}
		return want(v, all)
	}
}

func notCopper(want func(string, map[string]string) string) func(string, map[string]string) string {
	return func(v string, all map[string]string) string {
		if all["opentable-tier"] == "copper" {
			return ""
		}
		return want(v, all)
	}
}

func notPlatinum(want func(string, map[string]string) string) func(string, map[string]string) string {
	return func(v string, all map[string]string) string {
		if all["opentable-tier"] == "platinum" {
			return ""
		}
		return want(v, all)
	}
}

// openTableErrors returns the members of errors in each documented form: the lists' examples (a table beside them has a number
// for the time and no requestId), CRM's, the Directory's.
func openTableErrors(_ string, all map[string]string) string {
	number := all["opentable-timestamp"] == "integer"
	switch form := all["opentable-errors"]; {
	case form == "errors":
		return "errors, requestid"
	case number:
		return "timestamp (number), path, status, error, message"
	case form == "backend":
		return "timestamp (text), path, status, error, message"
	case all["opentable-error-message"] == "present":
		return "timestamp (text), path, status, error, message, requestId"
	}
	return "timestamp (text), path, status, error, requestId"
}

// holds probes the three sources under some settings and compares what was found with what is so.
func holds(t rapid.TB, settings map[string]string) {
	t.Helper()
	found := map[string]Evidence{}
	platforms := simulate(t, settings)
	defer platforms.stop()
	for _, id := range []string{ot, tf, tfCustomers} {
		found[id] = platforms.probed(t, id, 0)
		if n := found[id].Calls; n > MostCalls {
			t.Errorf("%s: %d calls", id, n)
		}
	}
	for name, value := range settings {
		want := truth[name]
		got := question(found[want.source], want.question)
		wanted := want.want(value, settings)
		if got.Value != wanted && (got.Value != "" || wanted != "") {
			if wanted == "" && got.Sure != Unsettled {
				continue // another setting decides what it is
			}
			t.Errorf("%s=%s: %s is %q (%s: %s), want %q\n  under %v", name, value, want.question, got.Value, got.Sure, got.Why,
				wanted,
				settings)
		}
	}
}

func question(e Evidence, name string) Finding {
	for _, f := range e.Findings {
		if f.Question == name {
			return f
		}
	}
	return Finding{}
}

// first returns each setting's first value.
func first() map[string]string {
	settings := map[string]string{}
	for _, c := range mockapi.Choices {
		settings[c.Name] = c.Values[0]
	}
	return settings
}

// TestEachSettingIsAsked: whatever the simulated platforms can be set to is looked for.
func TestEachSettingIsAsked(t *testing.T) {
	for _, c := range mockapi.Choices {
		if _, asked := truth[c.Name]; !asked {
			t.Errorf("nothing is said of %s: %s", c.Name, c.About)
		}
	}
	holds(t, first())
}

// TestEveryPairOfSettings: whatever two settings are, what is found is so.
func TestEveryPairOfSettings(t *testing.T) {
	for _, settings := range pairs() {
		holds(t, settings)
	}
}

// pairs returns settings among which each value of each meets each value of each other.
func pairs() (rows []map[string]string) {
	type pair struct{ a, x, b, y string }
	missing := map[pair]bool{}
	for _, a := range mockapi.Choices {
		for _, b := range mockapi.Choices {
			for _, x := range a.Values {
				for _, y := range b.Values {
					if a.Name < b.Name {
						missing[pair{a.Name, x, b.Name, y}] = true
					}
				}
			}
		}
	}
	covered := func(row map[string]string) (found []pair) {
		for p := range missing {
			if row[p.a] == p.x && row[p.b] == p.y {
				found = append(found, p)
			}
		}
		return found
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(missing) > 0 {
		var best map[string]string
		var most []pair
		for range 60 {
			row := map[string]string{}
			for _, c := range mockapi.Choices {
				row[c.Name] = c.Values[random.IntN(len(c.Values))]
			}
			for p := range missing { // whichever comes first is in it
				row[p.a], row[p.b] = p.x, p.y
				break
			}
			if found := covered(row); len(found) > len(most) {
				best, most = row, found
			}
		}
		rows = append(rows, best)
		for _, p := range most {
			delete(missing, p)
		}
	}
	return rows
}

// TestAnySettings: and so it is under whatever settings.
func TestAnySettings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := map[string]string{}
		for _, c := range mockapi.Choices {
			settings[c.Name] = rapid.SampledFrom(c.Values).Draw(t, c.Name)
		}
		holds(t, settings)
	})
}

// TestFewCalls: however few calls are allowed, no more are made, and what was not asked is said.
func TestFewCalls(t *testing.T) {
	for _, most := range []int{1, 2, 7, 20} {
		for _, id := range []string{ot, tf, tfCustomers} {
			e := probed(t, first(), id, most)
			if e.Calls > most {
				t.Errorf("%s: %d calls of %d", id, e.Calls, most)
			}
			if last := e.Findings[len(e.Findings)-1]; e.Calls == most && (last.Sure != Unsettled ||
				!strings.Contains(last.Why, "were not enough")) {
				t.Errorf("%s with %d calls: last %+v", id, most, last)
			}
		}
	}
}

// TestDrift: what changes between two evidences is told, and what one of them could not settle is not.
func TestDrift(t *testing.T) {
	before := probed(t, first(), tf, 0)
	if changed := Drift(before, probed(t, first(), tf, 0)); len(changed) > 0 {
		t.Errorf("changed: %v", changed)
	}
	other := first()
	other["thefork-money-unit"], other["thefork-end-date"] = "minor", "exclusive"
	changed := Drift(before, probed(t, other, tf, 0))
	if len(changed) != 2 || !strings.Contains(strings.Join(changed, "\n"), `money_unit was "major" and is "minor"`) ||
		!strings.Contains(strings.Join(changed, "\n"), `endDate was "inclusive" and is "exclusive"`) {
		t.Errorf("changed: %v", changed)
	}
	if changed := Drift(before, probed(t, other, tf, 3)); len(changed) > 0 {
		t.Errorf("changed although it was not asked: %v", changed)
	}
}

// TestSettings: what is found comes to settings of restaurants.yaml.
func TestSettings(t *testing.T) {
	settings := first()
	settings["opentable-tier"], settings["thefork-money-unit"], settings["thefork-day-zone"] = "gold", "minor", "restaurant"
	said := map[string]string{}
	for _, id := range []string{ot, tf} {
		for _, s := range probed(t, settings, id, 0).Settings {
			said[s.Place] = s.Value + " # " + s.Why
		}
	}
	for place, want := range map[string]string{
		"restaurants[].opentable.tier":  "gold # the records have",
		"platforms.opentable.page_size": "1000 # ",
		"platforms.opentable.overlap":   "1h # updated_after leaves the moment itself out",
		"platforms.thefork.money_unit":  "minor # certain: ",
		"platforms.thefork.overlap":     "24h # a day on each side: days are the restaurant's",
		"platforms.thefork.page_size":   "1000 # ",
	} {
		if !strings.HasPrefix(said[place], want) {
			t.Errorf("%s is %q, want %q", place, said[place], want)
		}
	}
}

// TestNothingOfARecord: no id, name, address or number of a record is in the evidence.
func TestNothingOfARecord(t *testing.T) {
	for _, id := range []string{ot, tf, tfCustomers} {
		text, err := json.Marshal(probed(t, first(), id, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{`[0-9a-f]{8}-[0-9a-f]{4}-`, `@`, `[0-9a-f]{24}`, `\+?[0-9]{8,}`} {
			if found := regexp.MustCompile(form).Find(text); found != nil {
				t.Errorf("%s: %q is in the evidence", id, found)
			}
		}
	}
}
