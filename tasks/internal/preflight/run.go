// Package preflight asks each zone, before a first day, whether it has what the pipeline's promises rest on: that a key is
// written once, that what is written is there, that clocks agree. Start with Run. What is tried of a store is package lake's to
// know. The package refuses to repair anything.
package preflight

import (
	"context"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/findings"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// Zone is a zone to look at.
type Zone struct {
	Name string // of its flag
	URL  string // "" for one that was not given
}

// Options are what to look at.
type Options struct {
	Zones   []Zone
	Machine machine.Machine
}

// Report is what was found of one zone.
type Report struct {
	Zone     string         `json:"zone"`
	URL      string         `json:"url"`
	Findings []lake.Finding `json:"findings"`
}

// Outcome is what was found, in the order of the zones that were given.
type Outcome []Report

// Run looks at the zones. Findings are no error: Fault makes one of them.
func Run(ctx context.Context, o Options) (Outcome, error) {
	var out Outcome
	for i, z := range o.Zones {
		if z.URL == "" {
			continue
		}
		address, _, _ := strings.Cut(z.URL, "?")
		r := Report{Zone: z.Name, URL: address, Findings: apart(o.Zones[:i], z)}
		found, err := lake.Examine(ctx, o.Machine, z.URL)
		if stopped := ctx.Err(); stopped != nil {
			return out, stopped
		}
		if err != nil {
			r.Findings = append(r.Findings, findings.Failed("open", err))
		}
		r.Findings = append(r.Findings, found...)
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Usage, "give --raw, --staging or --processed", "no zone to look at")
	}
	return out, nil
}

// apart says of a zone that lies in one before it, or around one, that it does: what is listed of the one is then the other's.
func apart(others []Zone, z Zone) []lake.Finding {
	for _, other := range others {
		if a, b := place(other.URL), place(z.URL); other.URL != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
			return []lake.Finding{{What: "place", Verdict: lake.Wrong, Kind: fault.Usage,
				Says: "it lies in the zone " + other.Name + ", or around it",
				Next: "give each zone a folder or a prefix of its own"}}
		}
	}
	return nil
}

func place(url string) string {
	address, _, _ := strings.Cut(url, "?")
	return strings.TrimRight(address, "/") + "/"
}

// Of returns what was found, zone by zone.
func (out Outcome) Of() (all []findings.Of) {
	for _, r := range out {
		all = append(all, findings.Of{Thing: r.Zone, Where: r.URL, Found: r.Findings})
	}
	return all
}

// Fault returns the first thing that is wrong, as an error with the kind that a step would end with, or nil.
func (out Outcome) Fault() error { return findings.Fault(out.Of()) }
