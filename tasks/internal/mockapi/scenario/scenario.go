package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
)

// Scenario is a bad day, as its file describes it. What happens follows from it and from the number that a request has on
// its route, never from the clock; every rule comes to an end, and then the server is undisturbed.
type Scenario struct {
	Name  string    `yaml:"-"`     // of the file, without its folder and ending
	About string    `yaml:"about"` // one line
	Seed  uint64    `yaml:"seed"`
	Clock string    `yaml:"now"` // YYYY-MM-DDThh:mm:ssZ
	Rules []rule    `yaml:"rules"`
	Now   time.Time `yaml:"-"` // the platforms' clock at the first change of a record; zero: midnight after the newest record
}

// rule says what happens to which requests, and when. Requests are counted by rule, route and list: a restaurant's, a
// group's, or where a route names none, the platform's.
type rule struct {
	Kind     string `yaml:"kind"`     // of kinds
	Platform string `yaml:"platform"` // empty: both
	Records  string `yaml:"records"`  // reservation or customer; empty: both
	Route    string `yaml:"route"`    // list, record or token; empty: as kinds says

	After int     `yaml:"after"` // leaves out the first so many
	Every int     `yaml:"every"` // of those that follow the first, and then every so many; 0: each
	Share float64 `yaml:"share"` // of those, so many, drawn; 0: all
	Times int     `yaml:"times"` // at most so often; 0: until decides
	Until int     `yaml:"until"` // leaves out all beyond this number; 0: times decides

	Form       string        `yaml:"form"`        // of kinds; empty: the first
	Status     int           `yaml:"status"`      // 500 to 599
	RetryAfter time.Duration `yaml:"retry_after"` // whole seconds; 0: no such header
	Delay      time.Duration `yaml:"delay"`
	PerPage    int           `yaml:"per_page"`   // records; 0: one
	HealAfter  int           `yaml:"heal_after"` // so many counted requests later the record is changed back; 0: never

	routes []string
}

// kind is what a rule may say of its kind.
type kind struct {
	routes []string // that it may be about; empty in a rule means all but the token's
	forms  []string
	keys   []string // beside those that all have
	change bool     // of records, not of an answer
}

const (
	routeList   = "list"
	routeRecord = "record"
	routeToken  = "token"
)

// kinds are all there are. Those that change records count, of a list, the pages after a sweep's first: what they do, they do
// between two pages.
var kinds = map[string]kind{
	"too_many_requests": {routes: []string{routeList, routeRecord, routeToken}, forms: []string{"seconds", "date"}, keys: []string{"retry_after", "form"}},
	"server_error":      {routes: []string{routeList, routeRecord, routeToken}, forms: []string{"api", "gateway"}, keys: []string{"status", "retry_after", "form"}},
	"slow":              {routes: []string{routeList, routeRecord, routeToken}, keys: []string{"delay"}},
	"cut":               {routes: []string{routeList, routeRecord, routeToken}},
	"too_long":          {routes: []string{routeList, routeRecord, routeToken}},
	"too_short":         {routes: []string{routeList, routeRecord, routeToken}},
	"gzip_broken":       {routes: []string{routeList, routeRecord, routeToken}},
	"gzip_cut":          {routes: []string{routeList, routeRecord, routeToken}},
	"reset":             {routes: []string{routeList, routeRecord, routeToken}},
	"html":              {routes: []string{routeList, routeRecord, routeToken}},
	"empty":             {routes: []string{routeList, routeRecord, routeToken}},
	"revoked":           {routes: []string{routeList, routeRecord}, forms: []string{"gateway", "api"}, keys: []string{"form"}},
	"not_found":         {routes: []string{routeRecord}, forms: []string{"api", "gateway"}, keys: []string{"form"}},

	"moved":        {change: true, routes: []string{routeList, routeRecord}, keys: []string{"per_page"}},
	"removed":      {change: true, routes: []string{routeList, routeRecord}, keys: []string{"per_page"}},
	"added":        {change: true, routes: []string{routeList}, keys: []string{"per_page"}},
	"late":         {change: true, routes: []string{routeList}, keys: []string{"per_page"}},
	"restarted":    {change: true, routes: []string{routeList}, keys: []string{"per_page"}},
	"same_version": {change: true, routes: []string{routeList}, keys: []string{"per_page"}},
	"extra_field":  {change: true, routes: []string{routeList}, keys: []string{"per_page", "heal_after"}},
	"new_type":     {change: true, routes: []string{routeList}, forms: []string{"text", "object"}, keys: []string{"per_page", "heal_after", "form"}},
}

//go:embed scenarios/*.yaml
var embedded embed.FS

// Scenarios gives the built-in scenarios, in the order of their names.
func Scenarios() ([]Scenario, error) {
	names, err := fs.Glob(embedded, "scenarios/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, name := range names {
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := parseScenario(path.Base(name), text)
		if err != nil {
			return nil, err
		}
		all = append(all, *s)
	}
	return all, nil
}

// LoadScenario reads a file, or the built-in scenario of that name. A path that has a folder or an ending is a file's.
func LoadScenario(name string) (*Scenario, error) {
	if !strings.ContainsAny(name, `./\`) {
		text, err := embedded.ReadFile("scenarios/" + name + ".yaml")
		if err != nil {
			return nil, fault.New(fault.Usage, "see mockapi scenarios, or name a file", "there is no built-in scenario %q", name)
		}
		return parseScenario(name+".yaml", text)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "name another file, or one of mockapi scenarios", "read the scenario: %w", err)
	}
	return parseScenario(name, text)
}

// parseScenario reports every problem of the text at once, each with its line.
func parseScenario(name string, text []byte) (*Scenario, error) {
	s := &Scenario{Name: strings.TrimSuffix(path.Base(name), path.Ext(name))}
	var problems []string
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err := dec.Decode(s)
	var form *yaml.TypeError
	switch {
	case errors.As(err, &form):
		for _, e := range form.Errors {
			problems = append(problems, unknownKey.ReplaceAllString(e, "no key is called $1"))
		}
	case errors.Is(err, io.EOF):
		problems = append(problems, "line 1: it is empty")
	case err != nil:
		problems = append(problems, strings.TrimPrefix(err.Error(), "yaml: "))
	default:
		problems = s.check(text)
	}
	if len(problems) > 0 {
		return nil, fault.New(fault.Usage, "correct the file", "scenario %s: %s", name, strings.Join(problems, "; "))
	}
	return s, nil
}

var unknownKey = regexp.MustCompile(`field (\S+) not found in type \S+`)

// check holds the rules against kinds.
func (s *Scenario) check(text []byte) (problems []string) {
	now, lines, keys := places(text)
	var err error
	if s.Now, err = time.Parse("2006-01-02T15:04:05Z", s.Clock); err != nil && s.Clock != "" {
		problems = append(problems, fmt.Sprintf("line %d: now is %q, want YYYY-MM-DDThh:mm:ssZ", now, s.Clock))
	}
	if s.About == "" {
		problems = append(problems, "line 1: about is missing: say in a line what happens")
	}
	if len(s.Rules) == 0 {
		problems = append(problems, "line 1: rules are missing")
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		for _, p := range r.check(keys[i]) {
			problems = append(problems, fmt.Sprintf("line %d: %s", lines[i], p))
		}
	}
	return problems
}

// places gives the lines of now and of each rule, and the keys that a rule has.
func places(text []byte) (now int, lines []int, keys [][]string) {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return 0, nil, nil
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		switch top[i].Value {
		case "now":
			now = top[i].Line
			continue
		case "rules":
		default:
			continue
		}
		for _, r := range top[i+1].Content {
			var names []string
			for k := 0; k < len(r.Content); k += 2 {
				names = append(names, r.Content[k].Value)
			}
			lines, keys = append(lines, r.Line), append(keys, names)
		}
	}
	return now, lines, keys
}

// usual are the keys that rules of every kind have.
var usual = []string{"kind", "platform", "records", "route", "after", "every", "share", "times", "until"}

func (r *rule) check(keys []string) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	k, ok := kinds[r.Kind]
	if !ok {
		bad("there is no kind %q", r.Kind)
		return problems
	}
	for _, key := range keys {
		if !slices.Contains(usual, key) && !slices.Contains(k.keys, key) {
			bad("%s means nothing to the kind %s", key, r.Kind)
		}
	}
	word := func(key, value string, words []string) {
		if value != "" && !slices.Contains(words, value) {
			bad("%s is %q, want one of %s", key, value, strings.Join(words, ", "))
		}
	}
	word("platform", r.Platform, []string{reservation.OpenTable, reservation.TheFork})
	word("records", r.Records, []string{reservation.KindReservation, reservation.KindCustomer})
	word("route", r.Route, k.routes)
	if len(k.forms) > 0 {
		word("form", r.Form, k.forms)
	}
	if r.Route == routeToken && r.Records != "" {
		bad("a token is not about records")
	}
	if r.Times <= 0 && r.Until <= 0 {
		bad("say with times or until when it ends")
	}
	if min(r.After, r.Every, r.Times, r.Until, r.PerPage, r.HealAfter) < 0 || r.Share < 0 || r.Share > 1 {
		bad("want numbers from 0 on, and a share of 1 at most")
	}
	if r.RetryAfter < 0 || r.RetryAfter%time.Second != 0 {
		bad("retry_after is %s, want whole seconds", r.RetryAfter)
	}
	switch {
	case r.Kind == "server_error" && (r.Status < 500 || r.Status > 599):
		bad("status is %d, want 500 to 599", r.Status)
	case r.Kind == "slow" && (r.Delay <= 0 || r.Delay > time.Minute):
		bad("delay is %s, want more than 0s and at most 1m", r.Delay)
	}
	if len(problems) == 0 {
		r.fill(k)
	}
	return problems
}

// fill sets what a rule leaves to its kind.
func (r *rule) fill(k kind) {
	switch {
	case r.Route != "":
		r.routes = []string{r.Route}
	case k.change:
		r.routes = []string{routeList}
	default:
		r.routes = slices.DeleteFunc(slices.Clone(k.routes), func(route string) bool { return route == routeToken })
	}
	if r.Form == "" && len(k.forms) > 0 {
		r.Form = k.forms[0]
	}
	r.Every, r.PerPage = max(r.Every, 1), max(r.PerPage, 1)
}
