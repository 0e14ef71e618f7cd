package rebuild

import (
	"context"
	"net/url"
	"time"

	"covers/tasks/internal/fault"
)

// site is where a warehouse lies, and how another takes its place.
type site interface {
	oldName() string // for people, without secrets
	buildName() string
	keptName() string // where the old one is after a swap
	buildURL() string

	// recover finishes, or undoes, what a run that was killed around its swap has left.
	recover(ctx context.Context) error

	// buildThere reports whether there is anything where the build is made.
	buildThere(ctx context.Context) (bool, error)

	// clear leaves nothing of a build. What no rebuild made is not touched, and is a fault.
	clear(ctx context.Context) error

	// swap puts the build in the old one's place, in one step, while nobody else can write to the old one. It reports false, and
	// does nothing, where the old one's gate was passed since it was at a number. finish is called with the build free, once it
	// is certain that the swap follows.
	swap(ctx context.Context, passed int64, finish func(ctx context.Context, passed int64) error) (bool, error)

	close() error
}

// stampForm is how the time stands in the name of what is kept.
const stampForm = "20060102T150405Z"

func stampOf(t time.Time) string { return t.UTC().Format(stampForm) }

func siteOf(o Options) (site, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fault.New(fault.Usage, "correct --warehouse", "the warehouse's URL cannot be read")
	}
	if u.Scheme == "snowflake" {
		return newSchema(o, u)
	}
	return newFile(o, u)
}
