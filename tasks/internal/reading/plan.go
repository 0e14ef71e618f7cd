package reading

import (
	"context"
	"net/url"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
)

// ByAuto asks for recent days by change, and for older ones as the platform allows.
const ByAuto = "auto"

// recent is how old a day may be and still be asked for by change where a window of changes has no end: an older one would
// bring along everything that changed since.
const recent = 7 * 24 * time.Hour

// plan is what an extraction asks.
type plan struct {
	by    string // lake.ByUpdated or lake.ByServiceDate
	day   time.Time
	lists []List // in the order of the source's kinds
}

// List is one list of the platform's, as it is asked for.
type List struct {
	Kind     string
	Window   Window
	Requests []Request                                // what a sweep begins with
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

// String returns "GET https://host/path?query  (for each id listed)".
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
func newPlan(r *Reader, o Options) (plan, error) {
	day, err := dayOf(o)
	if err != nil {
		return plan{}, err
	}
	p := plan{day: day}
	if p.by, err = r.by(day); err != nil {
		return plan{}, err
	}
	for _, kind := range o.Source.Kinds {
		p.lists = append(p.lists, r.List(kind, p.by, day, day))
	}
	return p, nil
}

// dayOf returns the day that a reading is of.
func dayOf(o Options) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, o.Day)
	if err != nil {
		return day, fault.New(fault.Usage, "give a day as YYYY-MM-DD", "read the day %q: %w", o.Day, err)
	}
	if !o.Source.Expected(o.Day) {
		return day, fault.New(fault.Usage, "ask for another day, or change the entry's from or until",
			"%s is not read on %s", o.Source.ID, o.Day)
	}
	if now := o.Machine.Now().UTC(); day.After(now) {
		return day, fault.New(fault.Usage,
			"ask for the day once it is over: "+day.AddDate(0, 0, 1).Format(time.DateOnly)+" at the earliest",
			"the day %s has not begun: it is %s (UTC)", o.Day, now.Format("2006-01-02 15:04"))
	}
	return day, nil
}

// by returns how the day is asked for. What has no service date is asked for by change, whatever was wanted.
func (r *Reader) by(day time.Time) (string, error) {
	o := r.o
	p, err := platforms.Of(o.Source.Platform)
	if err != nil {
		return "", err
	}
	hasServiceDate := false
	for _, kind := range o.Source.Kinds {
		hasServiceDate = hasServiceDate || kind == reservation.KindReservation
	}
	today := o.Machine.Now().UTC().Truncate(24 * time.Hour)
	switch {
	case o.By != ByAuto && o.By != lake.ByUpdated && o.By != lake.ByServiceDate:
		return "", fault.New(fault.Usage, "use auto, updated or service-date", "by %q is not a way to ask for a day", o.By)
	case !hasServiceDate || o.By == lake.ByUpdated:
		return lake.ByUpdated, nil
	case o.By == lake.ByServiceDate:
		return lake.ByServiceDate, nil
	case !p.ChangesEnd && today.Sub(day) > recent:
		return lake.ByServiceDate, nil
	}
	return lake.ByUpdated, nil
}

// requests returns what a run would send first; what follows depends on the answers.
func (p plan) requests(r *Reader) []Request {
	all := []Request{r.Token()}
	for _, l := range p.lists {
		all = append(all, l.Requests...)
	}
	return all
}
