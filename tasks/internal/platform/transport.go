package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"covers/tasks/internal/machine"
)

// The wrappers round the wire, from the outside in: authorised (token.go), paced, counted (attempt.go), watched.

// paced waits for the client's rate before each attempt.
type paced struct {
	next http.RoundTripper
	c    *Client
}

func (p *paced) RoundTrip(req *http.Request) (*http.Response, error) {
	now := p.c.machine.Now()
	slot := p.c.limit.ReserveN(now, 1)
	if wait := slot.DelayFrom(now); wait > 0 {
		if err := p.c.sleep(req.Context(), wait, "requests_per_second"); err != nil {
			slot.CancelAt(p.c.machine.Now())
			return nil, err
		}
	}
	return p.next.RoundTrip(req)
}

// watched ends an attempt that has been silent for too long, while it waits for the answer's head or for more of its body, and
// one whose body comes in drops: a body may take the time of a silence, and of its bytes at the least rate. A slow answer that
// keeps coming is not ended otherwise: how long a page takes depends on its size.
type watched struct {
	next      http.RoundTripper
	machine   machine.Machine
	silence   time.Duration
	leastRate int64 // bytes a second
}

func (w *watched) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(w.silence, func() { cancel(errSilence) })
	resp, err := w.next.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		defer cancel(nil)
		return nil, orSilence(ctx, err)
	}
	resp.Body = &watchedBody{watched: w, body: resp.Body, timer: timer, began: w.machine.Now(), ctx: ctx, cancel: cancel}
	return resp, nil
}

type watchedBody struct {
	*watched
	body   io.ReadCloser
	timer  *time.Timer
	began  time.Time
	n      int64 // bytes that came
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (b *watchedBody) Read(p []byte) (int, error) {
	allowed := b.silence + time.Duration(float64(b.n)/float64(b.leastRate)*float64(time.Second))
	left := allowed - b.machine.Now().Sub(b.began)
	if left <= 0 {
		return 0, errSlow
	}
	b.timer.Reset(min(left, b.silence))
	n, err := b.body.Read(p)
	b.timer.Stop()
	b.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = orSilence(b.ctx, err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.timer.Stop()
	err := b.body.Close()
	b.cancel(nil)
	return err
}

func orSilence(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilence) {
		return errSilence
	}
	return err
}
