// Package snowflake is the engine behind Snowflake's HTTP protocol: sessions, the external stage that COPY reads from, the ways
// to sign in, and what Snowflake's errors mean.
//
// Start with Opener. What an error means is in failures.go. How often a statement is sent is decided in sender.go.
package snowflake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"strconv"
	"time"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"

	"github.com/snowflakedb/gosnowflake/v2"
)

// snowflake is the engine behind Snowflake's HTTP protocol. A connection of database/sql is a session there: closing it drops
// its temporary tables and rolls back what is open.
type snowflake struct {
	db    *sql.DB
	stage stage
}

var _ engine.Engine = (*snowflake)(nil)

// lockTimeout is how many seconds a statement waits for another session's lock. Snowflake ends the transaction of a client
// that died once it has been idle for five minutes and is in somebody's way; a wait outlasts that.
const lockTimeout = 420

// sessionParameters are set when a session begins. DATETIME columns have no zone; CURRENT_TIMESTAMP and casts of what has one
// are to be UTC all the same. Days and times are given as text, and an account or a user may have another form for them; results
// are values, which no form changes. The tag shows in Snowflake's query history and holds nothing secret.
var sessionParameters = map[string]string{
	"TIMEZONE":                       "UTC",
	"DATE_INPUT_FORMAT":              "YYYY-MM-DD",
	"TIMESTAMP_INPUT_FORMAT":         "AUTO", // takes engine.TimestampForm, which is one of ISO 8601
	"ROWS_PER_RESULTSET":             "0",    // all of them
	"QUERY_TAG":                      engine.QueryTag{Program: "covers"}.String(),
	"AUTOCOMMIT":                     "true",
	"LOCK_TIMEOUT":                   strconv.Itoa(lockTimeout),
	"STATEMENT_TIMEOUT_IN_SECONDS":   "3600",
	"ABORT_DETACHED_QUERY":           "true", // a statement whose client is gone ends after five minutes
	"QUOTED_IDENTIFIERS_IGNORE_CASE": "false",
	"CLIENT_TELEMETRY_ENABLED":       "false", // it repeats error messages, and those repeat values
	"CLIENT_PREFETCH_THREADS":        "1",     // memory follows the batch
	"CLIENT_RESULT_CHUNK_SIZE":       "16",    // MB
}

// Opener opens snowflake://USER@ACCOUNT/DATABASE/SCHEMA?….
var Opener = engine.Opener{
	Open:      open,
	LandTexts: landTexts,
	DDL:       ddl,
	Patience:  3 * lockTimeout * time.Second, // longer than the lock of a client that died
}

// open opens snowflake://USER@ACCOUNT/DATABASE/SCHEMA?….
func open(ctx context.Context, m machine.Machine, u *url.URL, _ engine.Mode, wrap engine.Wrapper) (engine.Engine, error) {
	if _, err := configOf(u, m.Getenv); err != nil { // now, not at the first connection
		return nil, err
	}
	stage, err := stageOfURL(u)
	if err != nil {
		return nil, err
	}
	if err := settleDriver(); err != nil {
		return nil, err
	}
	warnOfSignIn(ctx, m.Getenv)
	var c driver.Connector = connector{url: u, getenv: m.Getenv, adjust: adjust(m)}
	if wrap != nil {
		c = wrap(c)
	}
	db := sql.OpenDB(c)
	db.SetMaxIdleConns(0) // a closed session's temporary tables go with it
	return &snowflake{db: db, stage: stage}, nil
}

// adjust returns what a session's configuration has beside the sign-in.
func adjust(m machine.Machine) func(*gosnowflake.Config) {
	return func(c *gosnowflake.Config) {
		c.Transporter = newSender(m)
		if c.Params == nil {
			c.Params = map[string]*string{}
		}
		for name, value := range sessionParameters {
			c.Params[name] = &value
		}
	}
}

// Conn opens a session.
func (e *snowflake) Conn(ctx context.Context) (*sql.Conn, error) { return e.db.Conn(ctx) }

// Close ends all sessions.
func (e *snowflake) Close() error { return e.db.Close() }

// Tag names the work in Snowflake's query history.
func (e *snowflake) Tag(ctx context.Context, tag engine.QueryTag) context.Context {
	return gosnowflake.WithQueryTag(ctx, tag.String())
}
