package lake

import (
	"context"
	"io"

	"covers/tasks/internal/lake/store"
)

// Scratch is a file for what does not fit in memory: its program's alone, and gone with it. It is on the disk on which the zone's
// objects are gathered. A full disk is a temporary fault.
type Scratch struct {
	zone  *Zone
	spool *store.Spool
}

var (
	_ io.ReaderAt = (*Scratch)(nil)
	_ io.WriterAt = (*Scratch)(nil)
)

// NewScratch makes an empty file. Drop gives its space back.
func (z *Zone) NewScratch(ctx context.Context) (*Scratch, error) {
	spool, err := z.store.NewSpool()
	if err != nil {
		return nil, z.explain(ctx, "make a scratch file for", "", err)
	}
	return &Scratch{z, spool}, nil
}

// ReadAt implements io.ReaderAt.
func (s *Scratch) ReadAt(p []byte, offset int64) (int, error) {
	n, err := s.spool.ReadAt(p, offset)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped io.EOF is a failure, not the end
		err = s.zone.explain(context.Background(), "read a scratch file for", "", err)
	}
	return n, err
}

// WriteAt implements io.WriterAt.
func (s *Scratch) WriteAt(p []byte, offset int64) (int, error) {
	n, err := s.spool.WriteAt(p, offset)
	return n, s.zone.explain(context.Background(), "write a scratch file for", "", err)
}

// Drop removes the file. It may be called again.
func (s *Scratch) Drop() error { return s.spool.Drop() }
