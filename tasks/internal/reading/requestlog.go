package reading

import (
	"context"
	"sync"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/platform"
)

// requestLog writes a line for each request once it has ended. Requests end in several goroutines.
type requestLog struct {
	mu      sync.Mutex
	objects *objects // nil until a reading is begun; nothing is sent before
	err     error    // the first of writing
}

// purpose is what a request is for. It travels in the request's context.
type purpose struct {
	kind  string
	sweep int
}

type purposeKey struct{}

func withPurpose(ctx context.Context, kind string, sweep int) context.Context {
	return context.WithValue(ctx, purposeKey{}, purpose{kind, sweep})
}

// attempted writes one line.
func (l *requestLog) attempted(ctx context.Context, a platform.Attempt) {
	at, _ := ctx.Value(purposeKey{}).(purpose)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil || l.objects == nil {
		return
	}
	line, err := lake.AppendRequest(l.objects.buf[:0], a.At, lake.Request{
		ID: a.ID, Kind: at.kind, Sweep: at.sweep, Token: a.Token, Method: a.Method, URL: a.URL,
		Attempt: a.Number, Status: a.Status, Failed: a.Failed, Millis: a.Took.Milliseconds(), Bytes: a.Bytes,
	})
	if err == nil {
		err = l.objects.line(ctx, line)
	}
	l.err = err
}

// failed returns the first error of writing: a reading whose log is not whole is not published, so it need not go on.
func (l *requestLog) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// finish stores the rest.
func (l *requestLog) finish(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return l.objects.finish(ctx)
}
