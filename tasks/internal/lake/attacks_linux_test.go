package lake

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

// planted puts something in the place of an object that a manifest names, in a zone of local files.
func planted(t *testing.T, put func(path string) error) (*Zone, Object) {
	t.Helper()
	z := fileZone(t)
	w, err := z.Begin(time.Now).NewObject("kind", "2026-11-20/", "ndjson.zst")
	need(t, err)
	_, err = w.Write([]byte("what was there"))
	need(t, err)
	o, err := w.Commit(t.Context(), 1, 1)
	need(t, err)
	path := filepath.Join(strings.TrimPrefix(z.URL(), "file://"), filepath.FromSlash(o.Key))
	need(t, os.Remove(path))
	need(t, put(path))
	return z, o
}

// TestALinkOutOfTheZoneShowsNothing: who may write a zone of local files may link to what the step may read. The step reads
// it and says that it is not what the manifest names: nothing of it is in an error, and a pipe or a device holds nobody up.
func TestALinkOutOfTheZoneShowsNothing(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	need(t, os.WriteFile(secret, []byte("root:planted:19000:0:99999\n"), 0o600))
	for name, put := range map[string]func(string) error{
		"a link to a file":       func(path string) error { return os.Symlink(secret, path) },
		"a link to a device":     func(path string) error { return os.Symlink("/dev/zero", path) },
		"a pipe":                 func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link to what has run": func(path string) error { return os.Symlink("/proc/self/environ", path) },
	} {
		z, o := planted(t, put)
		r, err := z.OpenObject(t.Context(), o)
		if err == nil {
			_, err = io.ReadAll(r)
			need(t, r.Close())
		}
		_, fetched := z.Fetch(t.Context(), o)
		for how, err := range map[string]error{"opened": err, "fetched": fetched} {
			if fault.KindOf(err) != fault.Data || strings.Contains(err.Error(), "planted") ||
				strings.Contains(err.Error(), "PATH=") {
				t.Errorf("%s, %s: got %v", name, how, err)
			}
		}
	}
}

// TestAManifestThatIsALinkShowsNothing: no more does one that is read as a manifest.
func TestAManifestThatIsALinkShowsNothing(t *testing.T) {
	z := fileZone(t)
	secret := filepath.Join(t.TempDir(), "secret")
	need(t, os.WriteFile(secret, []byte(`"planted":planted`), 0o600))
	folder := filepath.Join(strings.TrimPrefix(z.URL(), "file://"), "2026-11-20")
	need(t, os.Mkdir(folder, 0o700))
	need(t, os.Symlink(secret, filepath.Join(folder, "0123456789abcdef.json")))
	_, err := ProcessedOf(t.Context(), z, "2026-11-20")
	if fault.KindOf(err) != fault.Data || strings.Contains(err.Error(), "planted") {
		t.Errorf("got %v", err)
	}
}
