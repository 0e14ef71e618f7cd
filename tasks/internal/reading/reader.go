package reading

import (
	"context"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
)

// Reader asks one source's platform, with one credential and one pace. It serves one Work.
type Reader struct {
	o   Options
	api api
	log *requestLog
}

// api is one platform as a reading asks it.
type api interface {
	token() Request
	list(kind, by string, from, to time.Time) List
	one(kind, id string) Request
	Record(ctx context.Context, kind, id string, few int, buf *platform.Buffer) (answer platform.Answer, gone bool, err error)
	notFound(kind string, answer platform.Answer) bool // the 404 is about the record
	Stats() platform.Stats
	Close()
}

// openers makes the api of each platform.
var openers = map[string]func(Options, platform.Settings) (api, error){
	reservation.OpenTable: openOpenTable,
	reservation.TheFork:   openTheFork,
}

// Open makes a reader. It sends nothing, and does not look at the options Day and By.
func Open(o Options) (*Reader, error) {
	o.withDefaults()
	if o.MaxSweeps < 2 || o.InFlight < 1 || o.MaxRequests < 0 || o.MaxReceived < 0 || o.MaxDuration < 0 {
		return nil, fault.New(fault.Usage, "raise them",
			"max-sweeps is %d, in-flight %d, max-requests %d, max-received %d and max-duration %s: want 2, 1, 0, 0 and 0",
			o.MaxSweeps, o.InFlight, o.MaxRequests, o.MaxReceived, o.MaxDuration)
	}
	r := &Reader{o: o, log: &requestLog{}}
	a := o.Source.Access
	settings := platform.Settings{
		APIURL: a.APIURL, AuthURL: a.AuthURL, Credential: a.Credential,
		PageSize: a.PageSize, RequestsPerSecond: a.RequestsPerSecond, InFlight: o.InFlight,
		MaxRequests: o.MaxRequests, MaxReceived: o.MaxReceived, AllowHTTP: o.AllowHTTP,
		Attempted: r.log.attempted, Machine: o.Machine,
	}
	o.Tune(&settings)
	open, err := platforms.Choose(openers, o.Source.Platform)
	if err != nil {
		return nil, err
	}
	if r.api, err = open(o, settings); err != nil {
		return nil, err
	}
	return r, nil
}

// List returns a list of the days from and to, both included, with the platform's overlap on each side: lake.ByUpdated or
// lake.ByServiceDate. What has no service date is listed by change; OpenTable's list of changes has no end.
func (r *Reader) List(kind, by string, from, to time.Time) List {
	return r.api.list(kind, by, from, to)
}

// Token returns the request for a token, as a dry run shows it.
func (r *Reader) Token() Request { return r.api.token() }

// One returns the request for a record of each of some ids, as a dry run shows it.
func (r *Reader) One(kind, of string) Request {
	one := r.api.one(kind, "ID")
	one.For = of
	return one
}

// Close drops idle connections.
func (r *Reader) Close() { r.api.Close() }
