package lake

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"covers/tasks/internal/fault"
)

// asNobody runs f without the right to read everything, which root has otherwise. It holds for f's goroutine alone.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread() // and never unlocked, should the way back fail: the thread then ends with its goroutine
	_, err := unix.SetfsuidRetUid(65534)
	need(t, err)
	f()
	_, err = unix.SetfsuidRetUid(0)
	need(t, err)
	runtime.UnlockOSThread()
}

// A folder that may not be read is not an empty folder, nor is what is in it missing.
func TestUnreadableFolder(t *testing.T) {
	z := fileZone(t)
	for _, key := range []string{"a/b/x", "a/c/y"} {
		need(t, z.Create(t.Context(), key, strings.NewReader("x")))
	}
	for dir, mode := range map[string]os.FileMode{"../..": 0o755, "..": 0o755, "": 0o755, "a": 0o755, "a/b": 0, "a/c": 0o755} {
		need(t, os.Chmod(inPlace(t, z, dir), mode))
	}
	asNobody(t, func() {
		last := error(nil)
		for _, err := range z.List(t.Context(), "") {
			last = err
		}
		wantFault(t, last, fault.Denied, "list "+z.URL(), "a/b", "permission denied", "give the program's user")
		_, err := z.Open(t.Context(), "a/b/x")
		wantFault(t, err, fault.Denied, "open "+z.URL()+"/a/b/x")
		_, err = z.Fetch(t.Context(), Object{Key: "a/b/x"})
		wantFault(t, err, fault.Denied, "open "+z.URL()+"/a/b/x")
		_, err = z.Folders(t.Context(), "a/b/")
		wantFault(t, err, fault.Denied)
		wantFault(t, z.Delete(t.Context(), "a/b/x"), fault.Denied)
	})
	need(t, os.Chmod(inPlace(t, z, "a/b"), 0o755))
}
