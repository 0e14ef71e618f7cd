// Package warehouse keeps what the readings said: every accepted record of every loaded reading, the current row of each
// booking and guest derived from them, the erasures, and the ledger of what is loaded. The SQL is in plain files under sql/,
// the same text for every engine.
//
// Start with Open and Warehouse.Load, then read sql/load in the order of its numbers. The package knows of a
// platform its written name alone, and neither flags nor exit codes. What an engine does its own way (opening, landing Parquet
// files, the meaning of its errors) is behind engine.Engine.
package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// Warehouse is an open warehouse. It may be used by several goroutines.
type Warehouse struct {
	machine  machine.Machine
	engine   engine.Engine
	ddl      func(text string) string // what the engine makes of the schema's statements
	embedded bool                     // the schema is brought up by whoever opens it for writing
	url      string                   // without secrets
	patience time.Duration            // how long a load waits for others to finish theirs
	tries    int                      // of a load whose connection breaks
}

// Mode says what a warehouse is opened for.
type Mode = engine.Mode

// The modes.
const (
	ReadWrite = engine.ReadWrite
	ReadOnly  = engine.ReadOnly
)

// ErrMissing says that there is no warehouse yet where one was to be read.
var ErrMissing = engine.ErrMissing

// Open opens the warehouse at a URL: duckdb:///absolute/path/covers.duckdb, duckdb://memory for one that lives as long as
// it is open, or snowflake://USER@ACCOUNT/DATABASE/SCHEMA?…. The schema must be this program's: opened for writing, DuckDB
// brings it up; else a usage fault names the next step, and is ErrMissing where there is none at all. A database that another
// process has locked is a temporary fault that names the process.
func Open(ctx context.Context, m machine.Machine, rawURL string, mode engine.Mode) (*Warehouse, error) {
	return open(ctx, m, rawURL, mode, nil)
}

func open(ctx context.Context, m machine.Machine, rawURL string, mode engine.Mode, wrap engine.Wrapper) (*Warehouse, error) {
	w, err := connect(ctx, m, rawURL, mode, wrap)
	if err != nil {
		return nil, err
	}
	check := w.checkSchema
	if mode == ReadWrite && w.embedded {
		check = func(ctx context.Context) error { _, err := w.migrate(ctx); return err }
	}
	if err := check(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// connect opens the warehouse whatever its schema is.
func connect(ctx context.Context, m machine.Machine, rawURL string, mode engine.Mode, wrap engine.Wrapper) (*Warehouse, error) {
	u, o, err := openerOf(rawURL)
	if err != nil {
		return nil, err
	}
	opened, err := o.Open(ctx, m, u, mode, wrap)
	if err != nil {
		return nil, err
	}
	// Parameters and user may be secrets.
	return &Warehouse{
		machine: m, engine: opened, ddl: o.DDL, embedded: o.Embedded, patience: o.Patience, tries: 4,
		url: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(),
	}, nil
}

// URL is where the warehouse is, without secrets.
func (w *Warehouse) URL() string { return w.url }

// Close closes the warehouse.
func (w *Warehouse) Close() error { return w.engine.Close() }

// session is one connection: temporary tables are seen in it only.
type session struct {
	machine machine.Machine
	engine  engine.Engine
	conn    *sql.Conn
	run     runner
}

// runner is the connection itself, or the transaction that is open on it. (With a transaction open, a statement on the
// connection that finds it broken waits for the transaction to end: for ever.)
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// transact runs work in a transaction, and commits it where work says so. On any error nothing of it stays, but for what a
// lost answer to the commit leaves open.
func (s session) transact(ctx context.Context, work func(session) (commit bool, err error)) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return s.engine.Explain(ctx, "begin the transaction", err)
	}
	s.run = tx
	commit, err := work(s)
	if err != nil || !commit {
		_ = tx.Rollback() // on a lost connection, or with a done context, it is rolled back already
		return err
	}
	if err := tx.Commit(); err != nil {
		err = s.engine.Explain(ctx, "commit", err)
		if s.engine.Lost(err) {
			return &uncertainCommit{err}
		}
		return err
	}
	return nil
}

// uncertainCommit is a commit without an answer: it may have taken effect.
type uncertainCommit struct{ error }

func (u *uncertainCommit) Unwrap() error { return u.error }

// with runs work in a session of its own.
func (w *Warehouse) with(ctx context.Context, work func(session) error) error {
	conn, err := w.engine.Conn(ctx)
	if err != nil {
		return w.engine.Explain(ctx, "connect to the warehouse", err)
	}
	defer func() { _ = conn.Close() }()
	return work(session{w.machine, w.engine, conn, conn})
}

// exec runs one statement and gives the number of rows it changed.
func (s session) exec(ctx context.Context, st Statement, args ...any) (int64, error) {
	began := s.machine.Now()
	res, err := s.run.ExecContext(ctx, st.SQL, args...)
	if err != nil {
		return 0, s.engine.Explain(ctx, st.Does(), err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		n = -1 // not every engine tells of every statement
	}
	zerolog.Ctx(ctx).Debug().Str("statement", st.Name).Int64("rows", n).Dur("took", s.machine.Since(began)).Msg("statement done")
	return n, nil
}

// execAll runs statements in order.
func (s session) execAll(ctx context.Context, sts []Statement) error {
	for _, st := range sts {
		if _, err := s.exec(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// each runs a query and hands its rows to use, one after the other; names are in lower case.
func (s session) each(ctx context.Context, st Statement, args []any, use func(names, types []string, values []any) error) error {
	return engine.Each(ctx, s.engine, s.run, st, args, use)
}
