package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Spool is the file that an object is gathered in before it is stored. Where the system can, it has no name: when its
// program is killed the disk space is free again, and nothing is left to sweep.
type Spool struct {
	*os.File
	name string // "" when the file has no name, or no longer
	dir  string // folder that it was made in
}

// newSystemSpool makes a spool in the system's folder for temporary files.
func newSystemSpool() (*Spool, error) {
	f, err := os.CreateTemp("", "covers-spool-*")
	if err != nil {
		return nil, err
	}
	s := &Spool{File: f, name: f.Name(), dir: os.TempDir()}
	// An open file needs no name.
	if err := os.Remove(s.name); err != nil {
		return nil, errors.Join(err, s.Drop())
	}
	s.name = ""
	return s, nil
}

// Drop closes the spool and removes its name, if it has one. It may be called again.
func (s *Spool) Drop() error {
	err := s.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	if s.name != "" {
		e := os.Remove(s.name)
		if e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
		s.name = ""
	}
	return err
}

// copyContext copies until the end or until ctx does.
func copyContext(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	return io.Copy(w, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
