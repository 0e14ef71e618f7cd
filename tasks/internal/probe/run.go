// Package probe settles by experiment what a platform's documents leave open: the order of lists, the edges of windows, the form
// of pages and errors, the contract's tier, the unit of money. It makes a bounded number of calls that change nothing, with the
// credential and for the source that it is given, and writes down what it found without anything of a record: forms and counts.
//
// Start with Run. A platform's questions are in files of its name; asker.go is how all of them ask. The package refuses to guess:
// what the data at hand do not show stays open, and the evidence says so.
package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// MostCalls is how many calls a run makes at most, repeated ones and those for a token included.
const MostCalls = 60

// Options are what a run is asked for.
type Options struct {
	Source           source.Source
	GroupUUID        string // TheFork's account that a restaurant belongs to, where it is known
	ClientID, Secret string
	MaxCalls         int // 0: MostCalls
	Machine          machine.Machine
}

// Sure says how certain a finding is.
type Sure string

// How certain. What is Unsettled has no value.
const (
	Certain   Sure = "certain"
	Likely    Sure = "likely"
	Unsettled Sure = "open"
)

// Finding is the answer to one question.
type Finding struct {
	Question string `json:"question"`
	Value    string `json:"value,omitempty"`
	Sure     Sure   `json:"sure"`
	Why      string `json:"why"` // what was seen: forms and counts, nothing of a record
}

// Setting is what the findings come to in restaurants.yaml.
type Setting struct {
	Place string `json:"place"` // where it stands: "platforms.thefork.money_unit"
	Value string `json:"value"`
	Why   string `json:"why"`
}

// Evidence is what a run found.
type Evidence struct {
	Version  int       `json:"version"`
	Source   string    `json:"source"`
	At       time.Time `json:"at"`
	Calls    int       `json:"calls"`
	Findings []Finding `json:"findings"`
	Settings []Setting `json:"settings"`
}

// version is that of the evidence's form.
const version = 1

// prober is one run.
type prober struct {
	o     Options
	ask   *asker
	found []Finding
	set   []Setting
	first int // number of the first page of TheFork's lists
}

// Run asks. An error means that nothing could be asked at all, or that it was stopped; what could not be settled is a finding.
func Run(ctx context.Context, o Options) (Evidence, error) {
	ask, err := newAsker(o)
	if err != nil {
		return Evidence{}, err
	}
	defer ask.close()
	p := &prober{o: o, ask: ask, first: 1}
	e := Evidence{Version: version, Source: o.Source.ID, At: o.Machine.Now().UTC().Truncate(time.Second)}
	switch o.Source.Platform {
	case reservation.OpenTable:
		err = p.openTable(ctx)
	case reservation.TheFork:
		err = p.theFork(ctx)
	default:
		err = fault.New(fault.Defect, "", "probe %s: no questions are known for the platform", o.Source.ID)
	}
	if errors.Is(err, errBudget) {
		p.open("all questions", fmt.Sprintf("the %d calls allowed were not enough: what is missing here was not asked", ask.most))
		err = nil
	}
	e.Calls, e.Findings, e.Settings = ask.made, p.found, p.set
	return e, err
}

func (p *prober) say(question, value string, sure Sure, why string, args ...any) {
	p.found = append(p.found, Finding{question, value, sure, fmt.Sprintf(why, args...)})
}

func (p *prober) open(question, why string) {
	p.found = append(p.found, Finding{Question: question, Sure: Unsettled, Why: why})
}

// value returns a finding's value, or "".
func (p *prober) value(question string) string {
	for _, f := range p.found {
		if f.Question == question {
			return f.Value
		}
	}
	return ""
}

func (p *prober) setting(place, value, why string, args ...any) {
	p.set = append(p.set, Setting{place, value, fmt.Sprintf(why, args...)})
}

// tally says which forms were seen, where there were any: one is the value, several are joined.
func (p *prober) tally(question string, forms map[string]int, none string) {
	if len(forms) == 0 {
		p.open(question, none)
		return
	}
	names, seen, total := []string{}, []string{}, 0
	for name := range forms {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		total += forms[name]
		seen = append(seen, fmt.Sprintf("%s %d", name, forms[name]))
	}
	sure := Certain
	if total < 5 && len(names) == 1 {
		sure = Likely
	}
	p.say(question, strings.Join(names, " and "), sure, "seen: %s", strings.Join(seen, ", "))
}

// Drift returns what is settled in both and differs, a line each, in the order of the earlier evidence.
func Drift(before, now Evidence) []string {
	var changed []string
	for _, was := range before.Findings {
		for _, is := range now.Findings {
			if was.Question == is.Question && was.Value != "" && is.Value != "" && was.Value != is.Value {
				changed = append(changed, fmt.Sprintf("%s was %q and is %q (%s)", was.Question, was.Value, is.Value, is.Why))
			}
		}
	}
	return changed
}
