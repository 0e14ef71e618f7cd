package snowflake

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// slow is a Snowflake that lets everybody in and takes long over every statement: the answer is to be asked for, and poll gives
// it.
type slow struct {
	engine *snowflake
	login  map[string]any // the session's parameters, as they were sent
	polls  atomic.Int64
	at     string // the statements that take long have this in them; the others are answered
	poll   http.HandlerFunc
}

func newSlow(t *testing.T) *slow {
	t.Helper()
	t.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	t.Setenv("SF_DISABLE_MINICORE", "true")
	s := &slow{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
			var body struct {
				Data struct {
					Parameters map[string]any `json:"SESSION_PARAMETERS"`
				} `json:"data"`
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			s.login = body.Data.Parameters
			_, _ = io.WriteString(w, `{"success":true,"data":{"token":"t","masterToken":"m","sessionId":1,"parameters":[]}}`)
		case strings.HasPrefix(r.URL.Path, "/queries/v1/query-request"):
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if !strings.Contains(string(body), s.at) {
				_, _ = io.WriteString(w, `{"success":true,"data":{}}`)
				return
			}
			_, _ = io.WriteString(w, `{"success":true,"code":"333333","data":{"queryId":"q","getResultUrl":"/queries/q/result"}}`)
		case r.URL.Path == "/queries/q/result":
			s.polls.Add(1)
			s.poll(w, r)
		default:
			_, _ = io.WriteString(w, `{"success":true,"data":{}}`)
		}
	}))
	t.Cleanup(server.Close)
	host, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(fmt.Sprintf("snowflake://u@acc/DB?warehouse=W&protocol=http&host=%s&port=%s", host, port))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector{u, func(name string) string { return map[string]string{envPassword: "p"}[name] },
		func(c *gosnowflake.Config) {
			adjust(machine.This())(c)
			// The driver waits for longer before it asks again, and so does not.
			c.RequestTimeout = time.Millisecond //nolint:staticcheck // deprecated, and nothing takes its place yet
		}})
	db.SetMaxIdleConns(0)
	t.Cleanup(func() { _ = db.Close() })
	s.engine = &snowflake{db: db}
	return s
}

// run runs one statement.
func (s *slow) run(ctx context.Context) error {
	conn, err := s.engine.Conn(ctx)
	if err != nil {
		return s.engine.Explain(ctx, "connect", err)
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, "DELETE FROM t"); err != nil {
		return s.engine.Explain(ctx, "run x", err)
	}
	return nil
}

// TestPollingGivesUp: a statement that is not answered at once, and whose answer then does not come, was lost.
func TestPollingGivesUp(t *testing.T) {
	for name, poll := range map[string]http.HandlerFunc{
		"503":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>busy</html>") },
		"404":       http.NotFound,
		"empty":     func(http.ResponseWriter, *http.Request) {},
		"cut short": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"success":tr`) },
		"hung up":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSlow(t)
			s.poll = poll
			err := s.run(t.Context())
			if fault.KindOf(err) != fault.Unavailable || !s.engine.Lost(err) || s.engine.Busy(err) || s.polls.Load() == 0 {
				t.Errorf("after %d polls: %v (lost %v)", s.polls.Load(), err, s.engine.Lost(err))
			}
			if !strings.Contains(err.Error(), "no answer from Snowflake") {
				t.Error(err)
			}
		})
	}
}

// TestCommitsPollingGivesUp: a commit whose answer does not come may have taken effect.
func TestCommitsPollingGivesUp(t *testing.T) {
	s := newSlow(t)
	s.poll = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	s.at = "COMMIT"
	conn, err := s.engine.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Explain(t.Context(), "commit", tx.Commit()); !s.engine.Lost(err) {
		t.Errorf("got %v", err)
	}
}

// TestAnswersAreNotLost: what Snowflake says of a long statement is an answer; so is a mistake of ours, and being stopped is
// neither.
func TestAnswersAreNotLost(t *testing.T) {
	s := newSlow(t)
	s.poll = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w,
			`{"success":false,"code":"100038","message":"Numeric value 'planted' is not recognized","data":{"sqlState":"22018"}}`)
	}
	if err := s.run(t.Context()); fault.KindOf(err) != fault.Data || s.engine.Lost(err) {
		t.Errorf("refused: %v", err)
	}
	for _, err := range []error{sql.ErrTxDone, sql.ErrNoRows, &engine.Error{Text: "no identity"}} {
		if err := s.engine.Explain(t.Context(), "x", err); fault.KindOf(err) != fault.Defect || s.engine.Lost(err) {
			t.Errorf("%v, lost %v", err, s.engine.Lost(err))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.poll = func(w http.ResponseWriter, _ *http.Request) { cancel(); w.WriteHeader(http.StatusServiceUnavailable) }
	if err := s.run(ctx); fault.KindOf(err) != fault.Stopped || s.engine.Lost(err) {
		t.Errorf("stopped: %v", err)
	}
}
