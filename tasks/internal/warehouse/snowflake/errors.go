package snowflake

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// textOf returns what an error says, in one line. Of an address in it the host is enough: the rest holds names of the session.
func textOf(s *gosnowflake.SnowflakeError) string {
	text := s.Message
	if len(s.MessageArgs) > 0 {
		args := make([]any, len(s.MessageArgs))
		for i, a := range s.MessageArgs {
			if u, ok := a.(*url.URL); ok {
				a = u.Host
			}
			args[i] = a
		}
		text = fmt.Sprintf(text, args...)
	}
	return strings.Join(strings.Fields(text), " ")
}

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

// Lost reports whether no answer came, or one that says that the failure passes by itself.
func (e *snowflake) Lost(err error) bool {
	var s *gosnowflake.SnowflakeError
	if errors.As(err, &s) {
		return failures[failureOf(s)].passes
	}
	return isLost(err)
}

// isLost reports, of an error without a number, whether no answer came.
func isLost(err error) bool {
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
	var (
		known *fault.Error
		s     *gosnowflake.SnowflakeError
		plain *unanswered
	)
	if errors.As(err, &known) {
		return err
	}
	if errors.As(err, &s) {
		return explained(action, s, err)
	}
	if !isLost(err) && isUnanswered(err) {
		err = &unanswered{err}
	}
	if !isLost(err) {
		return &engine.Error{Text: action + ": " + err.Error(), Cause: err}
	}
	text := "no answer from Snowflake"
	if errors.As(err, &plain) {
		text += ": " + plain.Error()
	}
	return fault.New(fault.Unavailable, nextAgain, "%s: %w", action, &engine.Error{Text: text, Cause: err})
}

// explained classifies an error by the table of failures.
func explained(action string, s *gosnowflake.SnowflakeError, err error) error {
	f, text := failures[failureOf(s)], textOf(s)
	if f.kind == fault.Data { // a failed conversion repeats the value
		text = quoted.ReplaceAllString(text, "…")
	}
	if s.QueryID != "" {
		text += " (query " + s.QueryID + ")"
	}
	return fault.New(f.kind, f.next, "%s: %w", action, &engine.Error{Text: text, Cause: err})
}
