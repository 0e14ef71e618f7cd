package snowflake

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// Numbers of Snowflake's errors that mean something of their own here.
const (
	lockHeld         = 625    // another transaction held the lock for longer than LOCK_TIMEOUT
	statementStopped = 604    // cancelled, by a person or the system
	statementTimeout = 630    // STATEMENT_TIMEOUT_IN_SECONDS
	noWarehouse      = 606    // no warehouse is named or running
	quotaReached     = 90073  // a resource monitor stopped the warehouse
	stageDenied      = 3167   // S3 refused the storage integration
	noSuchAccount    = 260008 // nobody answers at the account's address
	signInFirst      = 390100 // and up to signInLast: user, password, key, token
	signInLast       = 390399
	defaultMissing   = 390201 // the role, warehouse, database or schema of the URL does not exist, or is not granted
)

var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// Busy reports whether another session held the lock: of the gate, or of a table that somebody else writes.
func (e *snowflake) Busy(err error) bool {
	var s *gosnowflake.SnowflakeError
	return errors.As(err, &s) && s.Number == lockHeld
}

// unanswered is a plain error of the driver's for a statement.
type unanswered struct{ error }

func (u *unanswered) Unwrap() error { return u.error }

// isUnanswered says, of an error as database/sql gives it, that the driver gave up on a statement. What Snowflake says is a
// SnowflakeError, and so is nearly all that the driver refuses by itself. A statement that takes long has its answer asked for
// again and again; once the driver's retries are used up it returns a plain error ("timeout after … HTTP Status: 503. Hanging?"),
// or, where something in between answered, one of reading JSON (retry.go and restful.go of the driver). These have no type, so
// they are what is left over: not of a stopped context, not database/sql's own ("sql: …"), which are mistakes of ours, and not
// marked as an engine's already, as those of signing in are. A mistake that the driver tells by a plain error is taken for one
// of these too; it costs some tries, and its text is shown.
func isUnanswered(err error) bool {
	var (
		says  *gosnowflake.SnowflakeError
		known *engine.Error
	)
	return !errors.As(err, &says) && !errors.As(err, &known) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) && !strings.HasPrefix(err.Error(), "sql: ")
}

// Lost reports whether no answer came.
func (e *snowflake) Lost(err error) bool {
	var s *gosnowflake.SnowflakeError
	if errors.As(err, &s) {
		return s.Number == lostAnswer || s.Number == gosnowflake.ErrFailedToPostQuery ||
			s.Number == gosnowflake.ErrCodeServiceUnavailable
	}
	var (
		n     net.Error
		plain *unanswered // as Explain found
	)
	return errors.As(err, &plain) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &n)
}

func (e *snowflake) Explain(ctx context.Context, action string, err error) error {
	if ctx.Err() != nil {
		return engine.Stopped(ctx, action)
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var (
		s     *gosnowflake.SnowflakeError
		plain *unanswered
	)
	if !e.Lost(err) && isUnanswered(err) {
		err = &unanswered{err}
	}
	if e.Lost(err) {
		says := "no answer from Snowflake"
		if errors.As(err, &plain) {
			says += ": " + plain.Error()
		}
		if errors.As(err, &s) && s.Number == lostAnswer {
			says = s.Message
		}
		return fault.New(fault.Unavailable, "run again: what is loaded is not loaded twice", "%s: %w", action,
			&engine.Error{Text: says, Cause: err})
	}
	if !errors.As(err, &s) {
		return &engine.Error{Text: action + ": " + err.Error(), Cause: err}
	}
	says := strings.Join(strings.Fields(s.Message), " ")
	kind, next := kindOf(s, says)
	if kind == fault.Data { // a failed conversion repeats the value
		says = quoted.ReplaceAllString(says, "…")
	}
	if s.QueryID != "" {
		says += " (query " + s.QueryID + ")"
	}
	return fault.New(kind, next, "%s: %w", action, &engine.Error{Text: says, Cause: err})
}

// kindOf classifies by number first, by the SQL standard's classes of states then.
func kindOf(s *gosnowflake.SnowflakeError, says string) (kind fault.Kind, next string) {
	state := s.SQLState + "     "
	switch {
	case s.Number == lockHeld:
		return fault.Temporary, "run again when the other session has ended; SHOW LOCKS names it"
	case s.Number == statementTimeout:
		return fault.Temporary, "load fewer days at a time, or with a larger warehouse"
	case s.Number == statementStopped:
		return fault.Temporary, "run again"
	case s.Number == quotaReached, strings.Contains(says, "resource monitor"):
		return fault.Temporary, "wait for the resource monitor's next period, or raise its quota"
	case s.Number == noWarehouse, strings.HasPrefix(state, "57P03"):
		return fault.Usage, "name a warehouse that the role may use: warehouse=NAME in --warehouse"
	case s.Number == noSuchAccount, s.Number == defaultMissing:
		return fault.Usage, "correct the account, database, schema, warehouse or role in --warehouse, or grant them to the user"
	case s.Number == stageDenied:
		return fault.Denied, "give the storage integration's role the right to read the bucket"
	case s.Number >= signInFirst && s.Number <= signInLast, s.Number == gosnowflake.ErrFailedToAuth:
		return fault.Denied, "correct the user and its credential"
	case s.Number == 3001, strings.HasPrefix(state, "42501"):
		return fault.Denied, "grant the role what the statement needs"
	case s.Number == 2003, s.Number == 2043:
		return fault.Usage, "correct --warehouse, or grant the role what it names"
	case strings.HasPrefix(state, "22"), strings.HasPrefix(state, "23"):
		return fault.Data, ""
	case strings.HasPrefix(state, "57"), strings.HasPrefix(state, "40"):
		return fault.Temporary, "run again"
	case strings.HasPrefix(state, "08"):
		return fault.Unavailable, "run again"
	}
	return fault.Defect, "report it with this text"
}
