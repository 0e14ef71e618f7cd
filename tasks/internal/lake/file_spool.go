package lake

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func (s *fileStore) newSpool() (*spool, error) {
	dir := filepath.Join(s.root, spoolDir)
	if err := s.makeDirs(dir); err != nil {
		return nil, err
	}
	f, err := s.unnamed(dir)
	if err == nil {
		return &spool{File: f, dir: dir}, nil
	}
	if !errors.Is(err, errNoUnnamed) {
		return nil, err
	}
	name := filepath.Join(dir, rand.Text())
	f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	return &spool{File: f, name: name, dir: dir}, nil
}

func (s *fileStore) sweep(ctx context.Context, before time.Time) (int, error) {
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
