package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"
)

func (s *Files) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		dir := ""
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
			dir = prefix[:i+1]
		}
		s.walk(ctx, dir, prefix, yield)
	}
}

// walk yields the files below dir ("" or ending in a slash) that begin with prefix. It reports whether to go on.
func (s *Files) walk(ctx context.Context, dir, prefix string, yield func(Entry, error) bool) bool {
	items, err := s.readDir(ctx, dir)
	if err != nil {
		yield(Entry{}, err)
		return false
	}
	for _, it := range items {
		key := dir + it.name
		if it.IsDir() {
			if strings.HasPrefix(key, prefix) || strings.HasPrefix(prefix, key) {
				if !s.walk(ctx, key, prefix, yield) {
					return false
				}
			}
			continue
		}
		if !strings.HasPrefix(key, prefix) || !it.Type().IsRegular() {
			continue
		}
		info, err := it.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			yield(Entry{}, err)
			return false
		}
		if !yield(Entry{Key: key, Size: info.Size(), ModTime: info.ModTime()}, nil) {
			return false
		}
	}
	return true
}

type dirItem struct {
	fs.DirEntry
	name string // with a slash at the end of a folder's: in this order files come in the order of their keys
}

// readDir reads one folder, without what no key can name. A missing folder is empty.
func (s *Files) readDir(ctx context.Context, dir string) ([]dirItem, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.path(dir))
	if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && dir != "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var items []dirItem
	for _, e := range entries {
		if CheckKey(e.Name()) != nil {
			continue
		}
		it := dirItem{e, e.Name()}
		if e.IsDir() {
			it.name += "/"
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b dirItem) int { return cmp.Compare(a.name, b.name) })
	return items, nil
}

func (s *Files) Folders(ctx context.Context, prefix string) ([]string, error) {
	items, err := s.readDir(ctx, prefix)
	var names []string
	for _, it := range items {
		if it.IsDir() {
			names = append(names, strings.TrimSuffix(it.name, "/"))
		}
	}
	return names, err
}
