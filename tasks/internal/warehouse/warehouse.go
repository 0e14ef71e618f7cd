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
	"sync"
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
	outage   time.Duration            // how long a failure that passes by itself is waited out

	mu   sync.Mutex
	idle *session  // a session that nobody uses
	left time.Time // when it was left
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
		machine: m, engine: opened, ddl: o.DDL, embedded: o.Embedded, patience: o.Patience, outage: engine.Outage,
		url: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(),
	}, nil
}

// URL is where the warehouse is, without secrets.
func (w *Warehouse) URL() string { return w.url }

// Close closes the warehouse.
func (w *Warehouse) Close() error { return errors.Join(w.drop(), w.engine.Close()) }

// session is one connection: temporary tables are seen in it only.
type session struct {
	machine machine.Machine
	engine  engine.Engine
	conn    *sql.Conn
	run     runner
	passed  int64 // the gate's number as the session's first statement saw it, or -1
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

// idleTime is how long a session may wait for its next use; Snowflake's ends after four hours.
const idleTime = 10 * time.Minute

// with runs work, which leaves nothing in its session, in one that nobody else uses: the one that was used last, or a new one.
// Signing in takes a service longer than a statement.
func (w *Warehouse) with(ctx context.Context, work func(session) error) error {
	s, err := w.session(ctx)
	if err != nil {
		return err
	}
	if err := work(s); err != nil {
		_ = s.conn.Close()
		return err
	}
	w.leave(s)
	return nil
}

// withTables is with for work that makes temporary tables: they end with the session.
func (w *Warehouse) withTables(ctx context.Context, work func(session) error) error {
	s, err := w.session(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.conn.Close() }()
	return work(s)
}

// session returns the session that was left, or a new one.
func (w *Warehouse) session(ctx context.Context) (session, error) {
	w.mu.Lock()
	idle, fits := w.idle, w.machine.Since(w.left) < idleTime
	w.idle = nil
	w.mu.Unlock()
	if idle != nil && fits {
		return *idle, nil
	}
	if idle != nil {
		_ = idle.conn.Close()
	}
	return w.fresh(ctx)
}

// fresh returns a new session.
func (w *Warehouse) fresh(ctx context.Context) (s session, err error) {
	err = w.outlast(ctx, func() (err error) {
		s, err = w.begin(ctx)
		return err
	})
	return s, err
}

// leave keeps a session for the next use, if there is none and it knows whether it is fresh.
func (w *Warehouse) leave(s session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle != nil || s.passed < 0 {
		_ = s.conn.Close()
		return
	}
	w.idle, w.left = &s, w.machine.Now()
}

// drop ends the session that nobody uses.
func (w *Warehouse) drop() error {
	w.mu.Lock()
	idle := w.idle
	w.idle = nil
	w.mu.Unlock()
	if idle == nil {
		return nil
	}
	return idle.conn.Close()
}

// begin opens a session. Its first statement reads the gate: what was committed before is seen by a session that begins after it,
// and Snowflake promises no more than that unless the account says so (READ_CONSISTENCY_MODE).
func (w *Warehouse) begin(ctx context.Context) (session, error) {
	conn, err := w.engine.Conn(ctx)
	if err != nil {
		return session{}, w.engine.Explain(ctx, "connect to the warehouse", err)
	}
	s := session{w.machine, w.engine, conn, conn, -1}
	gate, err := oneOf[gateRow](ctx, s, gateQuery)
	if err == nil {
		s.passed = gate.Passed
		return s, nil
	}
	if there, other := s.exists(ctx); there || other != nil {
		_ = conn.Close()
		return s, err
	}
	return s, nil // a warehouse without tables
}

// takeGate makes the transaction the only one that loads or erases, until it ends, and proves that the session sees all that the
// others before it did: none has passed since its first statement. Otherwise it is errStale.
func (s session) takeGate(ctx context.Context) error {
	if _, err := s.exec(ctx, take); err != nil {
		return err
	}
	gate, err := oneOf[gateRow](ctx, s, gateQuery)
	if err != nil {
		return err
	}
	if s.passed < 0 || gate.Passed != s.passed+1 {
		return errStale
	}
	return nil
}

// unmoved proves that what a session read is of one moment: nobody has passed the gate since its first statement. The session
// itself need not see it if somebody has, so a new one is asked, and left for the next try. Otherwise it is errStale.
func (w *Warehouse) unmoved(ctx context.Context, s session) error {
	now, err := w.fresh(ctx)
	if err != nil {
		return err
	}
	if now.passed != s.passed {
		w.leave(now)
		return errStale
	}
	_ = now.conn.Close()
	return nil
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
