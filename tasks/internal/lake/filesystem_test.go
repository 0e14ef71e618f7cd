package lake

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// TestFileSystems: a file system that lacks what a promise rests on is named at the first write, with what to use instead.
func TestFileSystems(t *testing.T) {
	link := func(errno syscall.Errno) func(string, string) error {
		return func(from, to string) error { return &os.LinkError{Op: "link", Old: from, New: to, Err: errno} }
	}
	sync := func(errno syscall.Errno) func(*os.File) error {
		return func(f *os.File) error { return &os.PathError{Op: "sync", Path: f.Name(), Err: errno} }
	}
	for name, c := range map[string]struct {
		link func(string, string) error
		sync func(*os.File) error
		kind fault.Kind
		part string
	}{
		"FAT, which knows no link":          {link(syscall.EPERM), nil, fault.Usage, "with hard links"},
		"a share without links":             {link(syscall.EOPNOTSUPP), nil, fault.Usage, "with hard links"},
		"a file system in user space":       {link(syscall.ENOSYS), nil, fault.Usage, "with hard links"},
		"a folder on another file system":   {link(syscall.EXDEV), nil, fault.Usage, "move the folder back"},
		"a folder that may not be written":  {link(syscall.EACCES), nil, fault.Denied, "the right to do that"},
		"a share that knows no fsync":       {nil, sync(syscall.EINVAL), fault.Usage, "fsync"},
		"user space that knows no fsync":    {nil, sync(syscall.ENOSYS), fault.Usage, "fsync"},
		"another share that knows no fsync": {nil, sync(syscall.EOPNOTSUPP), fault.Usage, "fsync"},
		"a broken disk":                     {nil, sync(syscall.EIO), fault.Unavailable, "look after that disk"},
		"a share that was mounted anew":     {nil, sync(syscall.ESTALE), fault.Unavailable, "look after that disk"},
		"a full disk":                       {nil, sync(syscall.ENOSPC), fault.Temporary, "free space"},
		"a file too large for FAT":          {nil, sync(syscall.EFBIG), fault.Usage, "files of that size"},
		"a mount that may only be read":     {link(syscall.EROFS), nil, fault.Denied, "mount the file system"},
	} {
		t.Run(name, func(t *testing.T) {
			ownTemp(t)
			z := fileZone(t)
			withoutUnnamed(z)
			files := z.store.(*store.Files)
			if c.link != nil {
				files.Link = c.link
			}
			if c.sync != nil {
				files.Sync = c.sync
			}
			err := z.Create(t.Context(), "a/b", strings.NewReader("x"))
			wantFault(t, err, c.kind, "create "+z.URL()+"/a/b", c.part)
			wantMissing(t, z, "a/b")
			if left := leftovers(t, z); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}
