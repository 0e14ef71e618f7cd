// Package engine is what the warehouse asks of a database engine, and what every engine needs to answer: how objects land, how
// values and errors are told. An implementation is a package of its own (warehouse/duckdb, warehouse/snowflake) that exports an
// Opener; the warehouse alone knows them all, in one table.
//
// Start with Engine. The package knows no engine, no statement of a load and no table.
package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// Mode says what a warehouse is opened for.
type Mode int

// The modes.
const (
	ReadWrite Mode = iota // makes what is not there
	ReadOnly              // several processes may read at once; nothing is made
)

// ErrMissing says that there is no warehouse yet where one was to be read.
var ErrMissing = errors.New("there is no warehouse yet")

// Missing returns the usage fault of a warehouse that is read before anything was loaded.
func Missing(where string) error {
	return fault.New(fault.Usage, "load a day first, or correct --warehouse", "open %s: %w", where, ErrMissing)
}

// Wrapper lets a test put something between database/sql and the engine's driver; nil puts nothing there.
type Wrapper func(driver.Connector) driver.Connector

// Opener is what is known of an engine before it is open.
type Opener struct {
	// Open opens the engine at a URL. A URL that is not one of its own is a usage fault, which repeats no secret.
	Open func(ctx context.Context, m machine.Machine, u *url.URL, mode Mode, wrap Wrapper) (Engine, error)

	// LandTexts returns the statements of Land as a dry run shows them, without the files' names.
	LandTexts func(u *url.URL, l Landing) []string

	// DDL turns a statement of the schema's files into what the engine runs, where it can say more than all engines can; nil
	// where it runs them as they are. The files' digests are those of their own text.
	DDL func(text string) string

	// Compact makes the engine's file anew, without what it keeps of deleted rows; nil where there is no file.
	Compact func(ctx context.Context, m machine.Machine, u *url.URL) (Compacted, error)

	// Patience is how long a load waits for others to finish theirs.
	Patience time.Duration

	// Embedded says that the warehouse is the step's own, and that opening it for writing brings its schema up. Elsewhere load
	// migrate does, under a role that may, and whoever opens the warehouse finds a schema or is told to migrate.
	Embedded bool
}

// Compacted says what making a warehouse's file anew did.
type Compacted struct {
	File   bool     `json:"file"`             // there is one
	Before int64    `json:"before,omitempty"` // bytes
	After  int64    `json:"after,omitempty"`
	Kept   []string `json:"kept,omitempty"` // older files beside it, which still hold what they held
}

// Engine is what differs between warehouses. All else is SQL text that every engine understands.
//
// An engine is safe for several goroutines. What is done with a done context fails and leaves the session usable for a
// rollback.
type Engine interface {
	// Conn opens a session of its own. Closing it drops its temporary tables and whatever transaction is open.
	Conn(ctx context.Context) (*sql.Conn, error)

	// Land adds the rows of Parquet objects to one of the load's landing tables, by column name, and fills the column
	// object_key with the object's key. A column that an object lacks is NULL. A column that the table lacks is a data fault,
	// and so is an object that is missing or whose bytes are not those of its SHA-256. Land runs outside of the load's
	// transaction, and its number of statements depends on the number of objects only, by hundreds.
	Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, l Landing, objects []lake.Object) error

	// Explain classifies an error of the engine and says what was being done. Its text holds no value of a row and no
	// secret. A done context makes it the context's.
	Explain(ctx context.Context, action string, err error) error

	// Busy reports whether another session was in the way, so that the transaction, rolled back, may be tried again as a whole.
	Busy(err error) bool

	// Lost reports whether the connection broke or the service failed, so that it is not known whether a statement took effect.
	// The session is of no more use. The work may be tried again in a new one, beginning with what the ledger says.
	Lost(err error) bool

	// Tag names the work that is done with a context, where the engine keeps a history of it.
	Tag(ctx context.Context, tag QueryTag) context.Context

	// Close ends all sessions.
	Close() error
}

// Error is an engine's error with a text that may be shown.
type Error struct {
	Text  string
	Cause error
}

func (e *Error) Error() string { return e.Text }
func (e *Error) Unwrap() error { return e.Cause }

// Stopped returns the error of an action whose context is done.
func Stopped(ctx context.Context, action string) error {
	return &Error{Text: action + ": " + context.Cause(ctx).Error(), Cause: context.Cause(ctx)}
}
