package snowflake

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/machine"
)

// clocked is a machine whose clock goes by sleeping alone, and the pauses that it slept.
type clocked struct {
	mu     sync.Mutex
	now    time.Time
	pauses []time.Duration
}

func newClocked() *clocked { return &clocked{now: time.Date(2026, 3, 30, 4, 0, 0, 0, time.UTC)} }

func (c *clocked) machine() machine.Machine {
	m := machine.This()
	m.Now = func() time.Time {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.now
	}
	m.Sleep = func(ctx context.Context, d time.Duration) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.now = c.now.Add(d)
		c.pauses = append(c.pauses, d)
		return ctx.Err()
	}
	return m
}

func (c *clocked) slept() (sum time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pauses {
		sum += p
	}
	return sum
}

// A request to a said server, as far as a test looks at it.
type request struct {
	path, text string // of a statement
	query      url.Values
}

// said is a Snowflake that lets everybody in and does everything, but for what a test has it say. It speaks the driver's
// protocol.
type said struct {
	engine  *snowflake
	clock   *clocked
	address string // host:port

	mu     sync.Mutex
	asked  []request
	answer func(r request, w http.ResponseWriter) bool // whether it answered
}

// The paths of the driver's protocol.
const (
	loginPath = "/session/v1/login-request"
	tokenPath = "/session/token-request"
	queryPath = "/queries/v1/query-request"
	abortPath = "/queries/v1/abort-request"
)

func newSaid(t *testing.T, answer func(r request, w http.ResponseWriter) bool) *said {
	t.Helper()
	if err := settleDriver(); err != nil {
		t.Fatal(err)
	}
	s := &said{clock: newClocked(), answer: answer}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.Listener.Addr().String()
	s.engine = &snowflake{db: sql.OpenDB(connector{urlOf(t, s.address),
		func(name string) string { return map[string]string{envPassword: "p"}[name] },
		func(c *gosnowflake.Config) {
			adjust(s.clock.machine())(c)
			c.LoginTimeout = time.Millisecond //nolint:staticcheck // the driver waits longer before it asks again
		}})}
	s.engine.db.SetMaxIdleConns(0)
	t.Cleanup(func() { _ = s.engine.db.Close() })
	return s
}

func urlOf(t *testing.T, address string) *url.URL {
	t.Helper()
	host, port, _ := strings.Cut(address, ":")
	u, err := url.Parse(fmt.Sprintf("snowflake://u@acc/DB?warehouse=W&protocol=http&host=%s&port=%s", host, port))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (s *said) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var statement struct {
		Text string `json:"sqlText"`
	}
	_ = json.Unmarshal(body, &statement) // signing in has none
	asked := request{r.URL.Path, statement.Text, r.URL.Query()}
	s.mu.Lock()
	s.asked = append(s.asked, asked)
	s.mu.Unlock()
	switch {
	case s.answer != nil && s.answer(asked, w):
	case r.URL.Path == loginPath:
		_, _ = io.WriteString(w, `{"success":true,"data":{"token":"t","masterToken":"m","sessionId":1,"parameters":[]}}`)
	default:
		_, _ = io.WriteString(w, `{"success":true,"data":{}}`)
	}
}

// requests are those of a path so far.
func (s *said) requests(path string) (out []request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.asked {
		if r.path == path {
			out = append(out, r)
		}
	}
	return out
}

// run runs statements in one session, and stops at the first error.
func (s *said) run(ctx context.Context, statements ...string) error {
	conn, err := s.engine.Conn(ctx)
	if err != nil {
		return s.engine.Explain(ctx, "connect", err)
	}
	defer conn.Close()
	for _, text := range statements {
		if _, err = conn.ExecContext(ctx, text); err != nil {
			return s.engine.Explain(ctx, "run x", err)
		}
	}
	return nil
}

// refusal is how Snowflake refuses.
func refusal(number int, state, says string) string {
	out, err := json.Marshal(map[string]any{"success": false, "code": fmt.Sprintf("%06d", number), "message": says,
		"data": map[string]any{"sqlState": state, "queryId": "01b2"}})
	if err != nil {
		panic(err)
	}
	return string(out)
}
