package warehouse

import (
	"context"
	"database/sql"
	"net/url"
	"time"

	"covers/tasks/internal/lake"
)

// opener is what is known of an engine before it is open.
type opener struct {
	open func(context.Context, *url.URL, Mode, wrapper) (Engine, error)
	// landTexts are the statements of Land as a dry run shows them, without the files' names.
	landTexts func(u *url.URL, l landing) []string
	// patience is how long a load waits for others to finish theirs.
	patience time.Duration
	// embedded: the warehouse is the program's own, and opening it for writing brings its schema up. Elsewhere load migrate does,
	// under a role that may, and whoever opens the warehouse finds a schema or is told to migrate.
	embedded bool
}

// openers are the engines, by the URL's scheme.
var openers = map[string]opener{
	"duckdb": {
		open: openDuckDB,
		landTexts: func(_ *url.URL, l landing) []string {
			return []string{duckLandText(l.table, "'…'", "('…', '…')")}
		},
		patience: 2 * time.Minute,
		embedded: true,
	},
	"snowflake": {
		open:      openSnowflake,
		landTexts: snowflakeLandTexts,
		patience:  3 * lockTimeout * time.Second, // longer than the lock of a client that died
	},
}

// Engine is what differs between warehouses. All else is SQL text that every engine understands.
//
// An engine is safe for several goroutines. What is done with a done context fails and leaves the session usable for a
// rollback.
type Engine interface {
	// Conn gives a session of its own. Closing it drops its temporary tables and whatever transaction is open.
	Conn(ctx context.Context) (*sql.Conn, error)

	// Land adds the rows of Parquet objects to one of the load's landing tables, by column name, and fills the column
	// object_key with the object's key. A column that an object lacks is NULL; one that the table lacks is a data fault, and
	// so is an object that is missing or whose bytes are not those of its SHA-256. It runs outside of the load's
	// transaction, and its number of statements depends on the number of objects only, by hundreds.
	Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, l landing, objects []lake.Object) error

	// Explain classifies an error of the engine and says what was being done. Its text holds no value of a row and no
	// secret. A done context makes it the context's.
	Explain(ctx context.Context, action string, err error) error

	// Busy says that another session was in the way, and that the transaction, rolled back, may be tried again as a whole.
	Busy(err error) bool

	// Lost says that the connection broke or the service failed, so that it is not known whether a statement took effect. The
	// session is of no more use; the work may be tried again in a new one, beginning with what the ledger says.
	Lost(err error) bool

	// Tag names the work that is done with a context, where the engine keeps a history of it.
	Tag(ctx context.Context, tag queryTag) context.Context

	// Close ends all sessions.
	Close() error
}

// engineError is an engine's error with a text that may be shown.
type engineError struct {
	text  string
	cause error
}

func (e *engineError) Error() string { return e.text }
func (e *engineError) Unwrap() error { return e.cause }
