package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"covers/tasks/internal/fault"
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

// walk yields the files below dir ("" or ending in a slash) that begin with prefix. It reports whether to go on. A
// linked folder is walked as one that lies there: days are moved to other disks so.
func (s *Files) walk(ctx context.Context, dir, prefix string, yield func(Entry, error) bool) bool {
	items, err := s.readDir(ctx, dir)
	if err != nil {
		yield(Entry{}, err)
		return false
	}
	for _, it := range items {
		key := dir + it.name
		if !strings.HasPrefix(key, prefix) && !strings.HasPrefix(prefix, key) {
			continue
		}
		if it.folder {
			if it.linked {
				if err := s.circle(key); err != nil {
					yield(Entry{}, err)
					return false
				}
			}
			if !s.walk(ctx, key, prefix, yield) {
				return false
			}
			continue
		}
		info, err := it.Info()
		if err == nil {
			info, err = s.follow(info, key)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			yield(Entry{}, err)
			return false
		}
		if !strings.HasPrefix(key, prefix) || !info.Mode().IsRegular() {
			continue
		}
		if !yield(Entry{Key: key, Size: info.Size(), ModTime: info.ModTime()}, nil) {
			return false
		}
	}
	return true
}

// circle returns an error if a linked folder is one that it lies in: it would be walked for ever.
func (s *Files) circle(key string) error {
	path := s.path(key)
	here, err := os.Stat(path)
	if err != nil {
		return err
	}
	for len(path) > len(s.root) {
		path = filepath.Dir(path)
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if os.SameFile(info, here) {
			return badLink(key, "leads back to a folder that it lies in")
		}
	}
	return nil
}

// follow returns what a file's name leads to: itself, or what a symbolic link names. A link that leads nowhere is an error, and
// never taken for nothing: what it stood for is missing.
func (s *Files) follow(info fs.FileInfo, key string) (fs.FileInfo, error) {
	if info.Mode()&fs.ModeSymlink == 0 {
		return info, nil
	}
	to, err := os.Stat(s.path(key))
	switch {
	case err == nil:
		return to, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if _, gone := os.Lstat(s.path(key)); errors.Is(gone, fs.ErrNotExist) {
			return nil, gone
		}
		return nil, badLink(key, "leads nowhere")
	case errors.Is(err, syscall.ELOOP):
		return nil, badLink(key, "leads in a circle")
	}
	return nil, err
}

func badLink(key, why string) error {
	return fault.New(fault.Data, "bring back what it leads to, or correct or remove the link",
		"the symbolic link %s %s", strings.TrimSuffix(key, "/"), why)
}

type dirItem struct {
	fs.DirEntry
	name   string // with a slash at the end of a folder's: in this order files come in the order of their keys
	folder bool   // or a link to one
	linked bool
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
		it := dirItem{DirEntry: e, name: e.Name(), folder: e.IsDir(), linked: e.Type()&fs.ModeSymlink != 0}
		if it.linked {
			to, err := os.Stat(s.path(dir + it.name))
			it.folder = err == nil && to.IsDir() // one that leads nowhere is told where it is met
		}
		if it.folder {
			it.name += "/"
		}
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b dirItem) int { return cmp.Compare(a.name, b.name) })
	return items, nil
}

func (s *Files) Folders(ctx context.Context, prefix string) ([]string, error) {
	items, err := s.readDir(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, it := range items {
		if it.folder {
			names = append(names, strings.TrimSuffix(it.name, "/"))
			continue
		}
		if it.linked { // of a folder that is not there it cannot be said that it is none
			info, err := it.Info()
			if err == nil {
				_, err = s.follow(info, prefix+it.name)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	return names, nil
}
