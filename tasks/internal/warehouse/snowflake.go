package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"github.com/snowflakedb/gosnowflake/v2"
)

// snowflake is the engine behind Snowflake's HTTP protocol. A connection of database/sql is a session there: closing it drops
// its temporary tables and rolls back what is open.
type snowflake struct {
	db    *sql.DB
	stage stage
}

var _ Engine = (*snowflake)(nil)

// lockTimeout is how many seconds a statement waits for another session's lock. Snowflake ends the transaction of a client
// that died once it has been idle for five minutes and is in somebody's way; a wait outlasts that.
const lockTimeout = 420

// sessionParameters are set when a session begins. DATETIME columns have no zone; CURRENT_TIMESTAMP and casts of what has one
// are to be UTC all the same. Days and times are given as text, and an account or a user may have another form for them; results
// are values, which no form changes. The tag shows in Snowflake's query history and holds nothing secret.
var sessionParameters = map[string]string{
	"TIMEZONE":                       "UTC",
	"DATE_INPUT_FORMAT":              "YYYY-MM-DD",
	"TIMESTAMP_INPUT_FORMAT":         "AUTO", // takes timestampForm, which is one of ISO 8601
	"ROWS_PER_RESULTSET":             "0",    // all of them
	"QUERY_TAG":                      queryTag{Program: "covers"}.String(),
	"AUTOCOMMIT":                     "true",
	"LOCK_TIMEOUT":                   strconv.Itoa(lockTimeout),
	"STATEMENT_TIMEOUT_IN_SECONDS":   "3600",
	"ABORT_DETACHED_QUERY":           "true", // a statement whose client is gone ends after five minutes
	"QUOTED_IDENTIFIERS_IGNORE_CASE": "false",
	"CLIENT_TELEMETRY_ENABLED":       "false", // it repeats error messages, and those repeat values
	"CLIENT_PREFETCH_THREADS":        "1",     // memory follows the batch
	"CLIENT_RESULT_CHUNK_SIZE":       "16",    // MB
}

// openSnowflake opens snowflake://USER@ACCOUNT/DATABASE/SCHEMA?….
func openSnowflake(ctx context.Context, u *url.URL, _ Mode, wrap wrapper) (Engine, error) {
	if _, err := snowflakeConfig(u, os.Getenv); err != nil { // now, not at the first connection
		return nil, err
	}
	stage, err := stageOfURL(u)
	if err != nil {
		return nil, err
	}
	// The driver would probe the cloud's metadata service, and load a library of its own, to tell Snowflake where it runs.
	for _, name := range []string{"SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "SF_DISABLE_MINICORE"} {
		if err := os.Setenv(name, "true"); err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	warnOfSignIn(ctx, os.Getenv)
	var connector driver.Connector = snowflakeConnector{url: u, getenv: os.Getenv, adjust: adjustSnowflake}
	if wrap != nil {
		connector = wrap(connector)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // a closed session's temporary tables go with it
	return &snowflake{db: db, stage: stage}, nil
}

func adjustSnowflake(c *gosnowflake.Config) {
	c.Transporter = newOnceTransport()
	if c.Params == nil {
		c.Params = map[string]*string{}
	}
	for name, value := range sessionParameters {
		c.Params[name] = &value
	}
}

// Conn gives a session.
func (e *snowflake) Conn(ctx context.Context) (*sql.Conn, error) { return e.db.Conn(ctx) }

// Close ends all sessions.
func (e *snowflake) Close() error { return e.db.Close() }

// Tag names the work in Snowflake's query history.
func (e *snowflake) Tag(ctx context.Context, tag queryTag) context.Context {
	return gosnowflake.WithQueryTag(ctx, tag.String())
}
