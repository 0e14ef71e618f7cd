package warehouse

import (
	"context"
	"database/sql"
	"net/url"

	"covers/tasks/internal/lake"
)

// opener is what is known of an engine before it is open.
type opener struct {
	open func(context.Context, *url.URL, Mode, wrapper) (Engine, error)
	// landText is the statement of Land as a dry run shows it, without the files' names.
	landText func(table string) string
	// embedded: the warehouse is the program's own, and opening it for writing brings its schema up. Elsewhere load migrate does,
	// under a role that may, and whoever opens the warehouse finds a schema or is told to migrate.
	embedded bool
}

// openers are the engines, by the URL's scheme.
var openers = map[string]opener{
	"duckdb": {openDuckDB, func(table string) string { return duckLandText(table, "'…'", "('…', '…')") }, true},
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
	Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, table string, objects []lake.Object) error

	// Explain classifies an error of the engine and says what was being done. Its text holds no value of a row and no
	// secret. A done context makes it the context's.
	Explain(ctx context.Context, action string, err error) error

	// Busy says that another session was in the way, and that the transaction, rolled back, may be tried again as a whole.
	Busy(err error) bool

	// Close ends all sessions.
	Close() error
}
