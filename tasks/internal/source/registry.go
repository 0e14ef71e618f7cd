package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/fault"
)

// Registry is restaurants.yaml, checked.
type Registry struct {
	Path    string
	Sources []Source // sorted by ID
}

// file is restaurants.yaml as it is written.
type file struct {
	Version     whole               `yaml:"version"`
	Platforms   map[string]platform `yaml:"platforms"`
	Restaurants []restaurant        `yaml:"restaurants"`
	Accounts    []account           `yaml:"accounts"`
}

type platform struct {
	APIURL            string        `yaml:"api_url"`
	AuthURL           string        `yaml:"auth_url"`
	Credential        string        `yaml:"credential"`
	Overlap           time.Duration `yaml:"overlap"`
	PageSize          whole         `yaml:"page_size"`
	RequestsPerSecond rate          `yaml:"requests_per_second"`
	MoneyUnit         string        `yaml:"money_unit"`
}

type restaurant struct {
	ID       whole  `yaml:"id"`
	Name     string `yaml:"name"`
	Owner    string `yaml:"owner"`
	Timezone string `yaml:"timezone"`
	Currency string `yaml:"currency"`
	Country  string `yaml:"country"`
	From     string `yaml:"from"`
	Until    string `yaml:"until"`
	Revision whole  `yaml:"revision"`

	Unusual map[string]string `yaml:"unusual"`
	History []former          `yaml:"history"`

	OpenTable *struct {
		RID      whole     `yaml:"rid"`
		Tier     string    `yaml:"tier"`
		Restarts []instant `yaml:"sequence_restarts"`
	} `yaml:"opentable"`
	TheFork *struct {
		UUID string `yaml:"uuid"`
	} `yaml:"thefork"`
}

// former is what a restaurant was otherwise until a day.
type former struct {
	Until string `yaml:"until"`

	Name     string `yaml:"name"`
	Owner    string `yaml:"owner"`
	Timezone string `yaml:"timezone"`
	Currency string `yaml:"currency"`
	Country  string `yaml:"country"`

	OpenTable *struct {
		RID  whole  `yaml:"rid"`
		Tier string `yaml:"tier"`
	} `yaml:"opentable"`
	TheFork *struct {
		UUID string `yaml:"uuid"`
	} `yaml:"thefork"`
}

type account struct {
	ID        string `yaml:"id"`
	Platform  string `yaml:"platform"`
	GroupUUID string `yaml:"group_uuid"`
	Country   string `yaml:"country"`
	From      string `yaml:"from"`
	Until     string `yaml:"until"`
	Revision  whole  `yaml:"revision"`

	Unusual map[string]string `yaml:"unusual"`
}

// Load reads and checks a registry. It reports every problem of the file at once, each with its place, as a usage fault.
func Load(path string) (*Registry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Usage, "name the file with --restaurants or COVERS_RESTAURANTS",
			"read the restaurants: %w", err)
	}
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Usage, "correct the file", "read %s: %w", path, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		place := fmt.Sprintf("on line %d", second.Line)
		if err != nil {
			place = err.Error()
		}
		return nil, fault.New(fault.Usage, "put all of it into one document: join the lists, and take away the line ---",
			"read %s: a second document, of which nothing would be read: %s", path, place)
	}
	sources, problems := build(f)
	if len(problems) > 0 {
		return nil, fault.New(fault.Usage, "correct the file", "%s: %s", path, strings.Join(problems, "; "))
	}
	return &Registry{Path: path, Sources: sources}, nil
}

// Source returns one source by its id.
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

// Expected returns the sources read on a day (YYYY-MM-DD), sorted by id.
func (r *Registry) Expected(day string) []Source {
	var out []Source
	for _, s := range r.Sources {
		if s.Expected(day) {
			out = append(out, s)
		}
	}
	return out
}
