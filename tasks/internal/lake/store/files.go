package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"gocloud.dev/blob/fileblob"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// A zone's files may hold personal data: the owner writes, the group reads, nobody else does anything.
const (
	fileMode = 0o640
	dirMode  = 0o750
)

// spoolDir is the folder, in a local zone's own, where objects are gathered. It is on the zone's disk, so that a finished
// object needs a link and no copy; its name begins with a dot, which no key does.
const spoolDir = ".tmp"

// ErrNoUnnamed is what Files.Unnamed returns where there are no such files.
var ErrNoUnnamed = errors.New("no unnamed files here")

// nameBytes is how many random bytes make names that never meet.
const nameBytes = 16

// Files keeps a zone in a local folder. gocloud.dev/blob reads and deletes. It does not create: its IfNotExist is a
// look followed by a rename, and lets two writers win. Nor does it list: it passes over a folder that it may not read, and
// repeats keys where the order of folders is not the order of keys.
type Files struct {
	blobStore
	root    string
	machine machine.Machine

	// Unnamed opens a file without a name in a folder. ErrNoUnnamed says that the file system, or the system, knows no such
	// files.
	Unnamed func(dir string) (*os.File, error)
	// Link gives a file a second name, if the name is free. Sync brings a file or a folder to the disk. A test puts other file
	// systems in their place.
	Link func(from, to string) error
	Sync func(*os.File) error
}

func openFiles(m machine.Machine, u *url.URL, create bool) (Store, string, error) {
	if u.Host != "" && u.Host != "localhost" || !filepath.IsAbs(filepath.FromSlash(u.Path)) || u.Path == "/" {
		return nil, "", badURL("%q does not name an absolute folder", u.Scheme+"://"+u.Host+u.Path)
	}
	if u.RawQuery != "" {
		return nil, "", badURL("a folder takes no parameters")
	}
	root := filepath.Clean(filepath.FromSlash(u.Path))
	if create {
		if err := os.MkdirAll(root, dirMode); err != nil {
			return nil, "", openFailed(root, err)
		}
	} else if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil, "", fault.New(fault.Usage, "correct the URL", "open zone %s: there is no such folder", root)
	}
	b, err := fileblob.OpenBucket(root, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err != nil {
		return nil, "", openFailed(root, err)
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(root)}
	return &Files{blobStore{bucket: b}, root, m, unnamedFile, os.Link, (*os.File).Sync}, address.String(), nil
}

func openFailed(root string, err error) error {
	kind, next := KindOf(err)
	return fault.New(kind, next, "open zone %s: %w", root, err)
}

// Open implements Store. What is neither a file nor a link to one is not opened: a pipe would wait for who writes into it.
func (s *Files) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if info, err := os.Stat(s.path(key)); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, fault.New(fault.Data, "remove it", "%s is no file", key)
	}
	return s.blobStore.Open(ctx, key)
}

// Local implements Store.
func (s *Files) Local(key string) (string, bool) { return s.path(key), true }

func (s *Files) path(key string) string { return filepath.Join(s.root, filepath.FromSlash(key)) }

func (s *Files) Create(ctx context.Context, key string, body io.ReadSeeker) error {
	if info, err := os.Lstat(s.path(key)); err == nil {
		if _, err := s.follow(info, key); err != nil {
			return err
		}
		return ErrExists // spares a copy; what decides is the link below
	}
	return s.put(ctx, key, body, func(sp *Spool, path string) error {
		var err error
		if sp.name == "" {
			err = linkUnnamed(sp.File, path)
		} else {
			err = s.Link(sp.name, path)
		}
		if errors.Is(err, fs.ErrExist) {
			return ErrExists
		}
		return err
	})
}

func (s *Files) Replace(ctx context.Context, key string, body io.ReadSeeker) error {
	return s.put(ctx, key, body, func(sp *Spool, path string) error {
		if sp.name == "" {
			name := filepath.Join(sp.dir, s.machine.Name(nameBytes))
			if err := linkUnnamed(sp.File, name); err != nil {
				return err
			}
			sp.name = name
		}
		if err := os.Rename(sp.name, path); err != nil {
			return err
		}
		sp.name = ""
		return nil
	})
}

// put brings body to the disk and then, by name, to its place.
func (s *Files) put(ctx context.Context, key string, body io.ReadSeeker, name func(*Spool, string) error) error {
	sp, own := body.(*Spool)
	if !own || filepath.Dir(sp.dir) != s.root {
		var err error
		if sp, err = s.NewSpool(); err != nil {
			return err
		}
		defer func() { _ = sp.Drop() }() // what mattered of it has another name by then
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := copyContext(ctx, sp, body); err != nil {
			return err
		}
	}
	if err := s.Sync(sp.File); err != nil {
		return synced(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	path := s.path(key)
	err := s.makeDirs(filepath.Dir(path))
	if err == nil {
		err = name(sp, path)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return fault.New(fault.Usage, "use another key", "a part of the key is an object already")
	}
	if err != nil {
		return err
	}
	return s.syncDir(filepath.Dir(path))
}

// makeDirs makes a folder and those above it, and brings each new one's name to the disk.
func (s *Files) makeDirs(dir string) error {
	err := os.Mkdir(dir, dirMode)
	if errors.Is(err, fs.ErrNotExist) && len(dir) > len(s.root) {
		if err := s.makeDirs(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, dirMode)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.syncDir(filepath.Dir(dir))
}

func (s *Files) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = s.Sync(d)
	if errors.Is(err, syscall.EINVAL) {
		err = nil // a file system that keeps names in order by itself
	}
	return errors.Join(synced(err), d.Close())
}

// synced says of a file system that does not bring to its disk what it was given that it cannot hold a zone.
func synced(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EOPNOTSUPP) {
		return fault.New(fault.Usage, "put the zone in a folder of a file system that does, as a local one",
			"the file system does not bring to its disk what it is given (fsync): %w", err)
	}
	return err
}

// noHardLinks reports whether a link was refused by a file system that knows none, as FAT and some shares: to those link(2) says
// EPERM.
func noHardLinks(err error) bool {
	var link *os.LinkError
	return errors.As(err, &link) && link.Op == "link" &&
		(errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.EINVAL))
}
