package snowflake

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

// TestASilentServerHoldsNobody: being stopped during a statement, a commit or the sign-in ends at once, and the session's end
// does not wait for an answer either: the first silence is a second, and then nothing is waited for.
func TestASilentServerHoldsNobody(t *testing.T) {
	for name, c := range map[string]struct {
		silent func(request) bool
		run    []string
	}{
		"statement": {func(r request) bool { return r.text == "DELETE FROM t" }, []string{"BEGIN", "DELETE FROM t"}},
		"commit":    {func(r request) bool { return r.text == "COMMIT" }, []string{"BEGIN", "DELETE FROM t", "COMMIT"}},
		"sign-in":   {func(r request) bool { return r.path == loginPath }, []string{"DELETE FROM t"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			over := make(chan struct{})
			var gone atomic.Bool
			s := newSaid(t, func(r request, _ http.ResponseWriter) bool {
				if c.silent(r) {
					gone.Store(true)
				}
				if gone.Load() {
					cancel()
					<-over
				}
				return gone.Load()
			})
			defer close(over)
			began := time.Now()
			err := s.run(ctx, c.run...)
			if fault.KindOf(err) != fault.Stopped || s.engine.Lost(err) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(began); took > 2*cleanupTime { // the real time is what is asked for here
				t.Errorf("it took %v", took)
			}
			if name != "sign-in" && len(s.requests("/session"))+len(s.requests(abortPath)) != 1 {
				t.Errorf("the server was asked after it had been silent: %v", s.asked)
			}
		})
	}
}

// TestASilentEnd: a session whose end is not answered is over after a second.
func TestASilentEnd(t *testing.T) {
	over := make(chan struct{})
	s := newSaid(t, func(r request, _ http.ResponseWriter) bool {
		if r.path == "/session" {
			<-over
		}
		return false
	})
	defer close(over)
	began := time.Now()
	if err := s.run(t.Context(), "DELETE FROM t"); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*cleanupTime {
		t.Errorf("it took %v", took)
	}
}
