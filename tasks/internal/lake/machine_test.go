package lake

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// counting is a source of bytes that anybody can foretell.
type counting struct{ n atomic.Int64 }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.n.Add(1))
	}
	return len(p), nil
}

// TestZoneTakesItsMachine: how often to try, how long to wait and what random names are comes from the machine that Open is
// given.
func TestZoneTakesItsMachine(t *testing.T) {
	s := s3Server(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "9")
	var waits []time.Duration
	m := machine.Machine{
		Now: time.Now, Random: new(counting),
		Sleep:  func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
		Getenv: func(name string) string { return map[string]string{"AWS_MAX_ATTEMPTS": "1"}[name] },
	}
	var puts atomic.Int64
	var writer atomic.Pointer[string]
	status, code := http.StatusConflict, "ConditionalRequestConflict"
	via := *s
	via.URL = between(t, s.URL, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method != http.MethodPut {
			return false
		}
		name := r.Header.Get("X-Amz-Meta-Covers-Writer")
		writer.Store(&name)
		puts.Add(1)
		refuse(w, r, status, code)
		return true
	})
	z, err := Open(t.Context(), m, via.Zone("machine"))
	need(t, err)
	t.Cleanup(func() { _ = z.Close() })

	wantFault(t, z.Create(t.Context(), "a", strings.NewReader("x")), fault.Temporary, code)
	want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond, 400 * time.Millisecond}
	if len(waits) != len(want) || waits[0] != want[0] || waits[3] != want[3] {
		t.Errorf("waited %v, want %v", waits, want)
	}
	if got := *writer.Load(); got != "0102030405060708090a0b0c0d0e0f10" {
		t.Errorf("the writer is called %s", got)
	}
	puts.Store(0)
	status, code = http.StatusServiceUnavailable, "SlowDown"
	wantFault(t, z.Create(t.Context(), "b", strings.NewReader("x")), fault.Temporary, code)
	if n := puts.Load(); n != 1 {
		t.Errorf("%d requests, AWS_MAX_ATTEMPTS of the machine is 1", n)
	}
}

// TestFilesTakeTheirMachine: where spools have names, these are the machine's.
func TestFilesTakeTheirMachine(t *testing.T) {
	m := machine.This()
	m.Random = new(counting)
	z, err := Open(t.Context(), m, "file://"+t.TempDir())
	need(t, err)
	t.Cleanup(func() { _ = z.Close() })
	withoutUnnamed(z)
	w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
	need(t, err)
	defer w.Abort()
	_, err = io.WriteString(w, "x")
	need(t, err)
	spools, err := os.ReadDir(inPlace(t, z, ".tmp"))
	need(t, err)
	if len(spools) != 1 || spools[0].Name() != "0102030405060708090a0b0c0d0e0f10" {
		t.Errorf("spools are %v", spools)
	}
}
