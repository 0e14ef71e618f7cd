package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
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

// watched ends an attempt that has been silent for too long, while it waits for the answer's head or for more of its body.
// A slow answer that keeps coming is not ended: how long a page takes depends on its size.
type watched struct {
	next    http.RoundTripper
	silence time.Duration
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
	resp.Body = &watchedBody{body: resp.Body, timer: timer, silence: w.silence, ctx: ctx, cancel: cancel}
	return resp, nil
}

type watchedBody struct {
	body    io.ReadCloser
	timer   *time.Timer
	silence time.Duration
	ctx     context.Context
	cancel  context.CancelCauseFunc
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.silence)
	n, err := b.body.Read(p)
	b.timer.Stop()
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
