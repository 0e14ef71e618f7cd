package step

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// TestProgressLines: in a log, at most one line in ten seconds, however often it is called and from how many goroutines.
func TestProgressLines(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	r := do(t, t.Context(), IO{Now: clock}, func(ctx context.Context) (Result, error) {
		progress := Progress(ctx, "records")
		progress(0, 60)
		for second := range int64(60) {
			pass(time.Second)
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() { progress(second+1, 60) })
			}
			all.Wait()
		}
		pass(10 * time.Second)
		progress(61, 0) // nobody knows of how many
		return Result{}, nil
	})
	if got := strings.Count(string(r.stderr), `"message":"progress"`); got != 7 {
		t.Fatalf("%d lines, want 7: %s", got, r.stderr)
	}
	for _, want := range []string{`"unit":"records","done":10,"total":60,`, `"unit":"records","done":61,"time"`} {
		if !strings.Contains(string(r.stderr), want) {
			t.Errorf("%s is missing in %s", want, r.stderr)
		}
	}
	if r.result.Durations["total"] != 70 {
		t.Errorf("total %g s", r.result.Durations["total"])
	}
}

// TestProgressOutside: without a run nobody is told.
func TestProgressOutside(t *testing.T) {
	Progress(context.Background(), "records")(1, 2)
	var b bytes.Buffer
	Progress(zerolog.New(&b).WithContext(t.Context()), "records")(1, 2)
	if b.Len() != 0 {
		t.Fatalf("at once: %s", b.String())
	}
}
