package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Attempt is one request that was sent, and what came of it. It holds nothing secret: no header, no body.
type Attempt struct {
	ID     string    // the platform's, or the client's own where the platform gave none
	At     time.Time // when it was sent
	Method string
	URL    string        // with its query: ids, windows, and where the platform pages so, its cursor
	Token  bool          // it asked for a token
	Number int           // among the attempts of its call, from 1
	Status int           // 0 where no answer came
	Failed string        // why it was no answer, where the status does not say
	Bytes  int64         // of the answer's body as it was read, uncompressed
	Took   time.Duration // until the answer was read to its end, or given up
}

// callKey is the context's key of the call that an attempt belongs to.
type callKey struct{}

// counted counts attempts, holds them to MaxRequests, and tells of each.
type counted struct {
	next  http.RoundTripper
	c     *Client
	n     *atomic.Int64
	token bool
}

func (t *counted) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.c.spend(); err != nil {
		return nil, err
	}
	t.n.Add(1)
	a := &attempt{c: t.c, ctx: req.Context(), Attempt: Attempt{
		At: t.c.machine.Now(), Method: req.Method, URL: req.URL.String(), Token: t.token,
	}}
	if k, ok := req.Context().Value(callKey{}).(*call); ok {
		k.sent++
		k.now, a.Number = a, k.sent
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		a.ID = t.c.ids.next()
		a.failed(err)
		a.end()
		return nil, err
	}
	a.Status, a.ID = resp.StatusCode, safeWord(resp.Header.Get(t.c.set.RequestIDHeader))
	if a.ID == "" {
		a.ID = t.c.ids.next()
	}
	resp.Body = &attemptBody{resp.Body, a}
	return resp, nil
}

// attempt is an Attempt under way. It ends when its body is closed.
type attempt struct {
	Attempt
	c    *Client
	ctx  context.Context
	once sync.Once
}

// failed notes why the attempt was no answer. A status speaks for itself.
func (a *attempt) failed(err error) {
	var status *StatusError
	switch {
	case errors.As(err, &status):
		if status.RequestID != "" {
			a.ID = status.RequestID
		}
	case err != nil:
		a.Failed = reason(err)
	}
}

func (a *attempt) end() {
	a.once.Do(func() {
		a.Took = a.c.machine.Now().Sub(a.At)
		a.c.set.Attempted(a.ctx, a.Attempt)
	})
}

type attemptBody struct {
	io.ReadCloser
	a *attempt
}

func (b *attemptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.a.Bytes += int64(n)
	if over := b.a.c.take(n); over != nil {
		return n, over
	}
	return n, err
}

func (b *attemptBody) Close() error {
	err := b.ReadCloser.Close()
	b.a.end()
	return err
}
