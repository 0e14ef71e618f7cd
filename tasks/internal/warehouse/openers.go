package warehouse

import (
	"context"
	"net/url"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/duckdb"
	"covers/tasks/internal/warehouse/engine"
	"covers/tasks/internal/warehouse/snowflake"
)

// openers are the engines, by the URL's scheme: the one place that knows them.
var openers = map[string]engine.Opener{"duckdb": duckdb.Opener, "snowflake": snowflake.Opener}

const nextURL = "use a URL such as duckdb:///data/covers.duckdb or snowflake://USER@ACCOUNT/DATABASE/SCHEMA"

// openerOf returns the engine of a warehouse's URL. The error repeats nothing of the URL, which may hold a password.
func openerOf(rawURL string) (*url.URL, engine.Opener, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, engine.Opener{}, fault.New(fault.Usage, nextURL, "the warehouse's URL cannot be read")
	}
	o, ok := openers[u.Scheme]
	if !ok {
		return nil, engine.Opener{}, fault.New(fault.Usage, nextURL, "no warehouse is known by the scheme %q", u.Scheme)
	}
	return u, o, nil
}

// OpenEngine opens the engine of a warehouse's URL by itself, whatever the warehouse's schema is: for what looks at a warehouse
// before it can be used, or makes another in its place. Its URL is that of Warehouse.URL.
func OpenEngine(ctx context.Context, m machine.Machine, rawURL string, mode Mode) (e engine.Engine, shownURL string, err error) {
	w, err := connect(ctx, m, rawURL, mode, nil)
	if err != nil {
		return nil, "", err
	}
	return w.engine, w.url, nil
}

// Compacted says what Compact did.
type Compacted = engine.Compacted

// Compact makes the file of a warehouse anew, without what an engine keeps there of deleted and emptied rows. Where there is no
// file it does nothing: what a service keeps is a matter of its retention. Nobody else can write meanwhile.
func Compact(ctx context.Context, m machine.Machine, rawURL string) (Compacted, error) {
	u, o, err := openerOf(rawURL)
	if err != nil || o.Compact == nil {
		return Compacted{}, err
	}
	return o.Compact(ctx, m, u)
}
