package scenario

import (
	"slices"
	"time"
)

// Rule says what happens to which requests, and when. Requests are counted by rule, route and list: a restaurant's, a group's,
// or where a route names none, the platform's.
type Rule struct {
	Kind     Kind   `yaml:"kind"`
	Platform string `yaml:"platform"` // empty: both
	Records  string `yaml:"records"`  // reservation or customer; empty: both
	Route    Route  `yaml:"route"`    // empty: as kinds says

	After int     `yaml:"after"` // leaves out the first so many
	Every int     `yaml:"every"` // of those that follow the first, and then every so many; 0: each
	Share float64 `yaml:"share"` // of those, so many, drawn; 0: all
	Times int     `yaml:"times"` // at most so often; 0: until decides
	Until int     `yaml:"until"` // leaves out all beyond this number; 0: times decides

	Form       Form          `yaml:"form"`        // empty: the first of the kind's
	Status     int           `yaml:"status"`      // 500 to 599
	RetryAfter time.Duration `yaml:"retry_after"` // whole seconds; 0: no such header
	Delay      time.Duration `yaml:"delay"`
	PerPage    int           `yaml:"per_page"`   // records; 0: one
	HealAfter  int           `yaml:"heal_after"` // so many counted requests later the record is changed back; 0: never

	routes []Route
}

// Concerns reports whether a rule is about requests of a platform for records of a kind, on a route. A token's request is for
// no records.
func (r *Rule) Concerns(platform, records string, route Route) bool {
	return (r.Platform == "" || r.Platform == platform) && (r.Records == "" || r.Records == records) &&
		slices.Contains(r.routes, route)
}

// Due reports whether it is the rule's turn at the last of the requests counted. It did something done times before; chance
// is drawn from 0 to 1.
func (r *Rule) Due(counted, done int, chance float64) bool {
	switch {
	case counted <= r.After, r.used(done), r.Until > 0 && counted > r.Until, (counted-r.After-1)%r.Every != 0:
		return false
	}
	return r.Share == 0 || chance < r.Share
}

// Over reports whether a rule has no turns left.
func (r *Rule) Over(counted, done int) bool { return r.used(done) || r.Until > 0 && counted >= r.Until }

func (r *Rule) used(done int) bool { return r.Times > 0 && done >= r.Times }
