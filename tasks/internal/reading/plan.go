package reading

import (
	"context"
	"net/url"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/reservation"
)

// ByAuto asks for recent days by change, and for older ones as the platform allows.
const ByAuto = "auto"

// recent is how old a day may be and still be asked for by change where a window of changes has no end: an older one would
// bring along everything that changed since.
const recent = 7 * 24 * time.Hour

// plan is what a run asks.
type plan struct {
	by     string // lake.ByUpdated or lake.ByServiceDate
	end    time.Time
	client interface {
		Stats() platform.Stats
		Close()
	}
	token Request
	lists []list // in the order of the source's kinds
}

// list is one list of the platform's.
type list struct {
	kind     string
	window   Window
	requests []Request                                // what a sweep begins with
	sweep    func(ctx context.Context, s *sink) error // goes through the list once
}

// Window is a span as the platform is asked for it, its overlap included. To is empty where there is no end.
type Window struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

// Request is a call as a dry run shows it, without any credential.
type Request struct {
	Method string            `json:"method"`
	URL    string            `json:"url"` // without the query
	Query  map[string]string `json:"query,omitempty"`
	For    string            `json:"for,omitempty"` // "each id listed"
}

// String gives "GET https://host/path?query  (for each id listed)".
func (r Request) String() string {
	q := url.Values{}
	for name, value := range r.Query {
		q.Set(name, value)
	}
	text := r.Method + " " + r.URL
	if len(q) > 0 {
		text += "?" + q.Encode()
	}
	if r.For != "" {
		text += "  (for " + r.For + ")"
	}
	return text
}

func get(u *url.URL) Request {
	r := Request{Method: "GET", URL: u.Scheme + "://" + u.Host + u.Path, Query: map[string]string{}}
	for name, values := range u.Query() {
		r.Query[name] = values[0]
	}
	return r
}

// newPlan decides what to ask. It sends nothing.
func newPlan(o Options) (*plan, error) {
	day, err := time.Parse(time.DateOnly, o.Day)
	if err != nil {
		return nil, fault.New(fault.Usage, "give a day as YYYY-MM-DD", "read the day %q: %w", o.Day, err)
	}
	if o.MaxSweeps < 2 || o.InFlight < 1 {
		return nil, fault.New(fault.Usage, "raise them", "max-sweeps is %d and in-flight %d: want 2 and 1 at least", o.MaxSweeps, o.InFlight)
	}
	if !o.Source.Expected(o.Day) {
		return nil, fault.New(fault.Usage, "ask for another day, or change the entry's from or until", "%s is not read on %s", o.Source.ID, o.Day)
	}
	by, err := o.by(day)
	if err != nil {
		return nil, err
	}
	ofPlatform := planOpenTable
	if o.Source.Platform == reservation.TheFork {
		ofPlatform = planTheFork
	}
	p, err := ofPlatform(o, by, day)
	if err != nil {
		return nil, err
	}
	p.end = day.AddDate(0, 0, 1)
	return p, nil
}

// by says how the day is asked for. What has no service date is asked for by change, whatever was wanted.
func (o Options) by(day time.Time) (string, error) {
	hasServiceDate := false
	for _, kind := range o.Source.Kinds {
		hasServiceDate = hasServiceDate || kind == reservation.KindReservation
	}
	today := o.Now().UTC().Truncate(24 * time.Hour)
	switch {
	case o.By != ByAuto && o.By != lake.ByUpdated && o.By != lake.ByServiceDate:
		return "", fault.New(fault.Usage, "use auto, updated or service-date", "by %q is not a way to ask for a day", o.By)
	case !hasServiceDate || o.By == lake.ByUpdated:
		return lake.ByUpdated, nil
	case o.By == lake.ByServiceDate:
		return lake.ByServiceDate, nil
	case o.Source.Platform == reservation.OpenTable && today.Sub(day) > recent:
		return lake.ByServiceDate, nil
	}
	return lake.ByUpdated, nil
}

// requests gives what a run would send first; what follows depends on the answers.
func (p *plan) requests() []Request {
	all := []Request{p.token}
	for _, l := range p.lists {
		all = append(all, l.requests...)
	}
	return all
}

// settings are a client's, as far as the run decides them.
func (o Options) settings() platform.Settings {
	a := o.Source.Access
	s := platform.Settings{
		APIURL: a.APIURL, AuthURL: a.AuthURL, Credential: a.Credential, RequestsPerSecond: a.RequestsPerSecond,
		InFlight: o.InFlight, Clock: platform.Clock{Now: o.Now},
	}
	o.Tune(&s)
	return s
}
