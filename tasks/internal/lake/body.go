package lake

import (
	"context"
	"fmt"
	"io"
)

// reader adds address and kind to the errors of a body, and ends with its context.
type reader struct {
	ctx  context.Context
	zone *Zone
	key  string
	body io.ReadCloser
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, r.zone.explain(r.ctx, "read", r.key, err)
	}
	n, err := r.body.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped io.EOF is a failure, not the end
		err = r.zone.explain(r.ctx, "read", r.key, err)
	}
	return n, err
}

func (r *reader) Close() error {
	if err := r.body.Close(); err != nil {
		return fmt.Errorf("close %s: %w", r.zone.at(r.key), err)
	}
	return nil
}

// watched remembers that a body failed.
type watched struct {
	io.ReadSeeker
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadSeeker.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // as above
		w.err = err
	}
	return n, err
}

func (w *watched) Seek(offset int64, whence int) (int64, error) {
	n, err := w.ReadSeeker.Seek(offset, whence)
	if err != nil {
		w.err = err
	}
	return n, err
}
