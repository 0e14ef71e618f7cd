// Package scenario reads scenarios: files that say how the simulated platforms misbehave, and when they behave again. Some are
// built in (builtin/); everything.yaml there explains all keys. Start with Load.
//
// The package refuses to know the server: what a rule's kind does to an answer or a record is mockapi's.
package scenario

import (
	"embed"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"covers/tasks/internal/fault"
)

// Scenario is a bad day, as its file describes it. What happens follows from it and from the number that a request has on
// its route, never from the clock; every rule comes to an end, and then the server is undisturbed.
type Scenario struct {
	Name  string    `yaml:"-"`     // of the file, without its folder and ending
	About string    `yaml:"about"` // one line
	Seed  uint64    `yaml:"seed"`
	Clock string    `yaml:"now"` // YYYY-MM-DDThh:mm:ssZ
	Rules []Rule    `yaml:"rules"`
	Now   time.Time `yaml:"-"` // the platforms' clock at the first change of a record; zero: midnight after the newest record
}

//go:embed builtin/*.yaml
var embedded embed.FS

// BuiltIn returns the built-in scenarios, in the order of their names.
func BuiltIn() ([]Scenario, error) {
	names, err := fs.Glob(embedded, "builtin/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, name := range names {
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(path.Base(name), text)
		if err != nil {
			return nil, err
		}
		all = append(all, *s)
	}
	return all, nil
}

// Load reads a file, or the built-in scenario of that name. A path that has a folder or an ending is a file's.
func Load(name string) (*Scenario, error) {
	if !strings.ContainsAny(name, `./\`) {
		text, err := embedded.ReadFile("builtin/" + name + ".yaml")
		if err != nil {
			return nil, fault.New(fault.Usage, "see mockapi scenarios, or name a file", "there is no built-in scenario %q", name)
		}
		return Parse(name+".yaml", text)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "name another file, or one of mockapi scenarios", "read the scenario: %w", err)
	}
	return Parse(name, text)
}
