package snowflake

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// TestPauses: they grow from 0.2 s to half a minute, and end with the patience.
func TestPauses(t *testing.T) {
	c := newClocked()
	p := engine.NewPatience(c.machine(), engine.FirstPause, engine.LastPause, engine.Outage)
	for !p.Over() {
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, pause := range c.pauses {
		full := min(200*time.Millisecond<<i, 30*time.Second)
		if pause < full/2 || pause > full {
			t.Errorf("pause %d is %v, want %v to %v", i, pause, full/2, full)
		}
	}
	if sum := c.slept(); sum < 5*time.Minute || sum > 5*time.Minute+30*time.Second {
		t.Errorf("waited for %v", sum)
	}
}

var guid = regexp.MustCompile(`^[0-9a-f-]{36}$`)

// TestSentAgain: which statements are sent again after which failures, each time under the same id, and that the pauses are the
// machine's.
func TestSentAgain(t *testing.T) {
	type answers = map[string]bool // how an answer fails: whether the statement is sent again
	yes := answers{"break": true, "short": true, "429": true, "503": true, "500": true, "403": true}
	no := answers{"break": false, "short": false, "429": false, "503": false, "500": false, "403": false}
	unbegun := answers{"break": false, "short": false, "429": true, "503": true, "500": false, "403": false}
	for _, c := range []struct {
		before []string
		text   string
		again  answers
	}{
		{nil, "SELECT passed FROM load_gate", yes},
		{[]string{"BEGIN"}, "SELECT passed FROM load_gate", yes},
		{nil, "CREATE OR REPLACE TEMPORARY TABLE taking AS SELECT 1", yes},
		{[]string{"BEGIN"}, "ROLLBACK", yes},
		{nil, "COPY INTO landing FROM @s", unbegun},
		{nil, "BEGIN", unbegun},
		{[]string{"BEGIN"}, "UPDATE load_gate SET passed = passed + 1", no},
		{[]string{"BEGIN"}, "COPY INTO landing FROM @s", no},
		{[]string{"BEGIN"}, "COMMIT", no},
		{nil, "INSERT INTO taking VALUES (1)", no},
		{[]string{"BEGIN", "ROLLBACK"}, "COPY INTO landing FROM @s", unbegun},
		{[]string{"BEGIN", "COMMIT"}, "COPY INTO landing FROM @s", unbegun},
		{nil, "CREATE TABLE t (a INT)", no},
	} {
		for how, again := range c.again {
			t.Run(strings.Join(append(c.before, c.text, how), ", "), func(t *testing.T) {
				var ready atomic.Bool
				var met atomic.Int64 // each request comes by a connection of its own
				s := newSaid(t, func(r request, w http.ResponseWriter) bool {
					if r.path != queryPath || !ready.Load() || r.text != c.text || met.Add(1) > 3 {
						return false
					}
					fail(w, how)
					return true
				})
				conn, err := s.engine.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				for _, text := range c.before {
					if _, err := conn.ExecContext(t.Context(), text); err != nil {
						t.Fatal(err)
					}
				}
				ready.Store(true)
				_, err = conn.ExecContext(t.Context(), c.text)
				sent := s.requests(queryPath)[len(c.before):]
				if !again {
					err = s.engine.Explain(t.Context(), "x", err)
					if len(sent) != 1 || !s.engine.Lost(err) || fault.KindOf(err) != fault.Unavailable ||
						len(s.clock.pauses) != 0 {
						t.Errorf("sent %d times: %v", len(sent), err)
					}
					return
				}
				if err != nil || len(sent) != 4 || len(s.clock.pauses) != 3 {
					t.Fatalf("sent %d times, after %v: %v", len(sent), s.clock.pauses, err)
				}
				for i, r := range sent {
					if r.query.Get("requestId") != sent[0].query.Get("requestId") ||
						!guid.MatchString(r.query.Get("request_guid")) ||
						i > 0 && (r.query.Get("request_guid") == sent[0].query.Get("request_guid") ||
							r.query.Get("retryCount") != strconv.Itoa(i)) {
						t.Errorf("try %d is %v", i, r.query)
					}
				}
			})
		}
	}
}

// fail fails to answer.
func fail(w http.ResponseWriter, how string) {
	switch how {
	case "break":
		panic(http.ErrAbortHandler)
	case "short":
		_, _ = io.WriteString(w, `{"succ`)
	default:
		status, err := strconv.Atoi(how)
		if err != nil {
			panic(err)
		}
		w.WriteHeader(status)
	}
}

// TestGivesUp: a statement that nobody answers is given up after five minutes, for good, and is told so.
func TestGivesUp(t *testing.T) {
	s := newSaid(t, func(r request, w http.ResponseWriter) bool {
		if r.path == queryPath {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return r.path == queryPath
	})
	err := s.run(t.Context(), "SELECT 1")
	if fault.KindOf(err) != fault.Unavailable || s.engine.Lost(err) || !strings.Contains(err.Error(), "HTTP 503, ") {
		t.Errorf("got %v", err)
	}
	if failures[failureOf(number(err))].from != gaveUp {
		t.Errorf("it is not what is given up: %v", err)
	}
	if sum := s.clock.slept(); sum < 5*time.Minute || sum > 5*time.Minute+30*time.Second {
		t.Errorf("waited for %v", sum)
	}
}
