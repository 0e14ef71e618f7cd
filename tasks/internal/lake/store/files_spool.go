package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func (s *Files) NewSpool() (*Spool, error) {
	dir := filepath.Join(s.root, spoolDir)
	if err := s.makeDirs(dir); err != nil {
		return nil, err
	}
	f, err := s.Unnamed(dir)
	if err == nil {
		return &Spool{File: f, dir: dir}, nil
	}
	if !errors.Is(err, ErrNoUnnamed) {
		return nil, err
	}
	name := filepath.Join(dir, s.machine.Name(nameBytes))
	f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	return &Spool{File: f, name: name, dir: dir}, nil
}

func (s *Files) Sweep(ctx context.Context, before time.Time) (int, error) {
	dir := filepath.Join(s.root, spoolDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return swept, err
		}
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return swept, err
		}
		swept++
	}
	return swept, nil
}
