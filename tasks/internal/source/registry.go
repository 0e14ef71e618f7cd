package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a scratch image has no zone database

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/reservation"
)

// Registry is restaurants.yaml, checked.
type Registry struct {
	Path    string
	Sources []Source // sorted by ID
}

// file is restaurants.yaml as it is written.
type file struct {
	Version     int                 `yaml:"version"`
	Platforms   map[string]platform `yaml:"platforms"`
	Restaurants []restaurant        `yaml:"restaurants"`
	Accounts    []account           `yaml:"accounts"`
}

type platform struct {
	APIURL            string        `yaml:"api_url"`
	AuthURL           string        `yaml:"auth_url"`
	Credential        string        `yaml:"credential"`
	Overlap           time.Duration `yaml:"overlap"`
	PageSize          int           `yaml:"page_size"`
	RequestsPerSecond float64       `yaml:"requests_per_second"`
	MoneyUnit         string        `yaml:"money_unit"`
}

type restaurant struct {
	ID       int64  `yaml:"id"`
	Name     string `yaml:"name"`
	Timezone string `yaml:"timezone"`
	Currency string `yaml:"currency"`
	From     string `yaml:"from"`
	Until    string `yaml:"until"`
	Revision int64  `yaml:"revision"`

	Unusual map[string]string `yaml:"unusual"`

	OpenTable *struct {
		RID      int64       `yaml:"rid"`
		Restarts []time.Time `yaml:"sequence_restarts"`
	} `yaml:"opentable"`
	TheFork *struct {
		UUID string `yaml:"uuid"`
	} `yaml:"thefork"`
}

type account struct {
	ID        string `yaml:"id"`
	Platform  string `yaml:"platform"`
	GroupUUID string `yaml:"group_uuid"`
	From      string `yaml:"from"`
	Until     string `yaml:"until"`
	Revision  int64  `yaml:"revision"`

	Unusual map[string]string `yaml:"unusual"`
}

// Load reads and checks a registry. It reports every problem of the file at once, each with its place, as a usage fault.
func Load(path string) (*Registry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Usage, "name the file with --restaurants or COVERS_RESTAURANTS", "read the restaurants: %w", err)
	}
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Usage, "correct the file", "read %s: %w", path, err)
	}
	r := &Registry{Path: path}
	problems := r.build(f)
	if len(problems) > 0 {
		return nil, fault.New(fault.Usage, "correct the file", "%s: %s", path, strings.Join(problems, "; "))
	}
	slices.SortFunc(r.Sources, func(a, b Source) int { return strings.Compare(a.ID, b.ID) })
	return r, nil
}

// Source gives one source by its id.
func (r *Registry) Source(id string) (Source, error) {
	for _, s := range r.Sources {
		if s.ID == id {
			return s, nil
		}
	}
	ids := make([]string, len(r.Sources))
	for i, s := range r.Sources {
		ids[i] = s.ID
	}
	return Source{}, fault.New(fault.Usage, "use one of "+strings.Join(ids, ", "), "source %q is not in %s", id, r.Path)
}

// Expected gives the sources read on a day (YYYY-MM-DD), sorted by id.
func (r *Registry) Expected(day string) []Source {
	var out []Source
	for _, s := range r.Sources {
		if s.Expected(day) {
			out = append(out, s)
		}
	}
	return out
}

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	accountForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

func (r *Registry) build(f file) (problems []string) {
	bad := func(where, format string, args ...any) {
		problems = append(problems, where+": "+fmt.Sprintf(format, args...))
	}
	if f.Version != 1 {
		bad("version", "want 1, got %d", f.Version)
	}
	for name, p := range f.Platforms {
		where := "platforms." + name
		if name != reservation.OpenTable && name != reservation.TheFork {
			bad(where, "not a platform that this program reads")
		}
		if p.APIURL == "" || p.AuthURL == "" {
			bad(where, "api_url and auth_url are required")
		}
		if !nameForm.MatchString(p.Credential) {
			bad(where, "credential: want a lowercase name, got %q", p.Credential)
		}
		if p.PageSize <= 0 || p.RequestsPerSecond <= 0 || p.Overlap < 0 {
			bad(where, "page_size and requests_per_second must be positive, overlap not negative")
		}
		if name == reservation.TheFork && p.MoneyUnit != "major" && p.MoneyUnit != "minor" {
			bad(where, "money_unit: want major or minor, got %q", p.MoneyUnit)
		}
	}
	seen := map[string]bool{}
	places := map[string]string{} // of what a platform knows by one id: read as two sources it would be counted twice
	once := func(where, prefix, id string) {
		if first, taken := places[id]; taken {
			bad(where, "%s%s is that of %s already", prefix, id, first)
			return
		}
		places[id] = where
	}
	add := func(where string, s Source) {
		p, ok := f.Platforms[s.Platform]
		if !ok {
			bad(where, "platforms.%s is missing", s.Platform)
		}
		if seen[s.ID] {
			bad(where, "source %s is declared twice", s.ID)
		}
		seen[s.ID] = true
		if s.Revision < 1 || s.Revision > 9999 {
			bad(where, "revision: want 1 to 9999, got %d", s.Revision)
		}
		if _, err := time.Parse(time.DateOnly, s.From); err != nil {
			bad(where, "from: want a day as YYYY-MM-DD, got %q", s.From)
		}
		if _, err := time.Parse(time.DateOnly, s.Until); s.Until != "" && err != nil {
			bad(where, "until: want a day as YYYY-MM-DD, got %q", s.Until)
		} else if s.Until != "" && s.Until < s.From {
			bad(where, "until: %s is before from, %s", s.Until, s.From)
		}
		s.Kinds = kindsOf(s.Platform, s.GroupUUID != "")
		if s.Platform == reservation.TheFork {
			s.MoneyUnit = p.MoneyUnit
		}
		s.Access = Access{p.APIURL, p.AuthURL, p.Credential, p.Overlap, p.PageSize, p.RequestsPerSecond}
		r.Sources = append(r.Sources, s)
	}
	unusual := func(where string, days map[string]string) []Unusual {
		list, err := unusualOf(days)
		if err != nil {
			bad(where, "unusual: %v", err)
		}
		return list
	}
	for i, x := range f.Restaurants {
		where := fmt.Sprintf("restaurants[%d] (id %d)", i, x.ID)
		if x.ID <= 0 {
			bad(where, "id must be positive")
		}
		if !currencyForm.MatchString(x.Currency) {
			bad(where, "currency: want three capital letters, got %q", x.Currency)
		}
		loc, err := time.LoadLocation(x.Timezone)
		if err != nil || x.Timezone == "" || x.Timezone == "Local" {
			bad(where, "timezone: want an IANA zone such as Europe/Paris, got %q", x.Timezone)
		}
		base := Source{
			RestaurantID: x.ID, Name: x.Name, Location: loc, Currency: x.Currency,
			Revision: x.Revision, From: x.From, Until: x.Until, Unusual: unusual(where, x.Unusual),
		}
		if x.OpenTable == nil && x.TheFork == nil {
			bad(where, "neither opentable nor thefork is given")
		}
		if o := x.OpenTable; o != nil {
			if o.RID <= 0 {
				bad(where, "opentable: rid must be positive")
			} else {
				once(where, "opentable: ", fmt.Sprintf("rid %d", o.RID))
			}
			if !slices.IsSortedFunc(o.Restarts, time.Time.Compare) {
				bad(where, "opentable: sequence_restarts must be ascending")
			}
			s := base
			s.ID, s.Platform, s.RID, s.Restarts = fmt.Sprintf("%s/%d", reservation.OpenTable, x.ID), reservation.OpenTable, o.RID, o.Restarts
			add(where, s)
		}
		if t := x.TheFork; t != nil {
			if !uuidForm.MatchString(t.UUID) {
				bad(where, "thefork.uuid: want a lowercase UUID, got %q", t.UUID)
			} else {
				once(where, "thefork: ", "uuid "+t.UUID)
			}
			s := base
			s.ID, s.Platform, s.RestaurantUUID = fmt.Sprintf("%s/%d", reservation.TheFork, x.ID), reservation.TheFork, t.UUID
			add(where, s)
		}
	}
	for i, x := range f.Accounts {
		where := fmt.Sprintf("accounts[%d] (id %s)", i, x.ID)
		if !accountForm.MatchString(x.ID) {
			bad(where, "id: want lowercase letters, digits and hyphens, beginning with a letter")
		}
		if x.Platform != reservation.TheFork {
			bad(where, "platform: only thefork keeps records by account, got %q", x.Platform)
		}
		if !uuidForm.MatchString(x.GroupUUID) {
			bad(where, "group_uuid: want a lowercase UUID, got %q", x.GroupUUID)
		} else {
			once(where, "", "group_uuid "+x.GroupUUID)
		}
		add(where, Source{
			ID: x.Platform + "/" + x.ID, Platform: x.Platform, Name: x.ID, GroupUUID: x.GroupUUID,
			Revision: x.Revision, From: x.From, Until: x.Until, Unusual: unusual(where, x.Unusual),
		})
	}
	slices.Sort(problems)
	return slices.Compact(problems) // a restaurant's two sources have its problems in common
}
