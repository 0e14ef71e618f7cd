package lake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
)

// linkedZone returns a zone of local files with an object of two days, the first of which was moved to another folder, with a
// symbolic link in its place.
func linkedZone(t *testing.T) (z *Zone, root, archive string) {
	t.Helper()
	z = fileZone(t)
	root = strings.TrimPrefix(z.URL(), "file://")
	for _, key := range []string{"2026-11-20/a", "2026-11-20/b/c", "2026-11-21/a"} {
		need(t, z.Create(t.Context(), key, strings.NewReader(key)))
	}
	archive = filepath.Join(t.TempDir(), "2026-11-20")
	need(t, os.Rename(filepath.Join(root, "2026-11-20"), archive))
	need(t, os.Symlink(archive, filepath.Join(root, "2026-11-20")))
	return z, root, archive
}

// TestLinkedFolder: a day that was moved and linked is listed, read, written to and deleted from like any other.
func TestLinkedFolder(t *testing.T) {
	z, _, archive := linkedZone(t)
	want := []string{"2026-11-20/a", "2026-11-20/b/c", "2026-11-21/a"}
	if got := keys(t, z, ""); !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	for prefix, want := range map[string][]string{
		"2026-11-2": want, "2026-11-20/": want[:2], "2026-11-20/b": want[1:2], "2026-11-20/b/": want[1:2], "2026-11-21": want[2:],
	} {
		if got := keys(t, z, prefix); !slices.Equal(got, want) {
			t.Errorf("below %s: %v, want %v", prefix, got, want)
		}
	}
	folders, err := z.Folders(t.Context(), "")
	if need(t, err); !slices.Equal(folders, []string{"2026-11-20", "2026-11-21"}) {
		t.Errorf("folders %v", folders)
	}
	text, err := z.ReadAll(t.Context(), "2026-11-20/b/c", 100)
	if need(t, err); string(text) != "2026-11-20/b/c" {
		t.Errorf("read %q", text)
	}
	need(t, z.Create(t.Context(), "2026-11-20/d/e", strings.NewReader("late")))
	if _, err := os.Stat(filepath.Join(archive, "d", "e")); err != nil {
		t.Error(err)
	}
	need(t, z.Delete(t.Context(), "2026-11-20/d/e"))
	if err := z.Create(t.Context(), "2026-11-20/a", strings.NewReader("x")); !errors.Is(err, ErrExists) {
		t.Errorf("want ErrExists, got %v", err)
	}
}

// TestLinkedObject: one object that was moved and linked is the object, with its own size and time.
func TestLinkedObject(t *testing.T) {
	z, root, archive := linkedZone(t)
	moved := filepath.Join(filepath.Dir(archive), "moved")
	need(t, os.Rename(filepath.Join(root, "2026-11-21", "a"), moved))
	old := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	need(t, os.Chtimes(moved, old, old))
	need(t, os.Symlink(moved, filepath.Join(root, "2026-11-21", "a")))
	var found []Entry
	for e, err := range z.List(t.Context(), "2026-11-21/") {
		need(t, err)
		found = append(found, e)
	}
	if len(found) != 1 || found[0].Size != int64(len("2026-11-21/a")) || !found[0].ModTime.Equal(old) {
		t.Errorf("listed %v", found)
	}
	// What is removed is the link: the other place is not the zone's.
	need(t, z.Delete(t.Context(), "2026-11-21/a"))
	if _, err := os.Stat(moved); err != nil {
		t.Error(err)
	}
}

// TestBadLinks: a link that leads nowhere, in a circle or back is named, and ends the listing.
func TestBadLinks(t *testing.T) {
	for name, c := range map[string]struct {
		link, to, part string
	}{
		"a folder that is not there":     {"2026-11-20", "/nonexistent/2026-11-20", "2026-11-20 leads nowhere"},
		"an object that is not there":    {"2026-11-21/b", "/nonexistent/b", "2026-11-21/b leads nowhere"},
		"below a file":                   {"2026-11-21/b", "a/x", "2026-11-21/b leads nowhere"},
		"itself":                         {"2026-11-20", "2026-11-20", "2026-11-20 leads in a circle"},
		"the zone":                       {"2026-11-21/b", "..", "2026-11-21/b leads back"},
		"what the zone lies in":          {"all", "..", "all/zone/all leads back"},
		"its own folder":                 {"2026-11-21/b", ".", "2026-11-21/b leads back"},
		"another day's, which is listed": {"2026-11-20", "2026-11-21", ""},
	} {
		t.Run(name, func(t *testing.T) {
			z := fileZone(t)
			root := strings.TrimPrefix(z.URL(), "file://")
			need(t, z.Create(t.Context(), "2026-11-21/a", strings.NewReader("x")))
			need(t, os.Symlink(c.to, filepath.Join(root, filepath.FromSlash(c.link))))
			var found []string
			var last error
			for e, err := range z.List(t.Context(), "") {
				if last = err; err == nil {
					found = append(found, e.Key)
				}
			}
			if c.part == "" {
				if need(t, last); !slices.Equal(found, []string{"2026-11-20/a", "2026-11-21/a"}) {
					t.Errorf("listed %v", found)
				}
				return
			}
			wantFault(t, last, fault.Data, "list "+z.URL(), c.part, "bring back what it leads to")
		})
	}
}

// TestBrokenLinkOfAFolder: where the folders are asked for, one that cannot be had is not passed over either; and nothing is
// written where a link leads nowhere.
func TestBrokenLinkOfAFolder(t *testing.T) {
	z := fileZone(t)
	root := strings.TrimPrefix(z.URL(), "file://")
	need(t, z.Create(t.Context(), "2026-11-21/a", strings.NewReader("x")))
	need(t, os.Symlink("/nonexistent", filepath.Join(root, "2026-11-20")))
	_, err := z.Folders(t.Context(), "")
	wantFault(t, err, fault.Data, "2026-11-20 leads nowhere")
	wantFault(t, z.Create(t.Context(), "2026-11-20", strings.NewReader("x")), fault.Data, "2026-11-20 leads nowhere")
	// Whoever asks for another day is not disturbed.
	if got := keys(t, z, "2026-11-21/"); len(got) != 1 {
		t.Errorf("listed %v", got)
	}
}

// TestWhatIsNotTheZones: what systems and people leave in folders is not an object, and disturbs nobody.
func TestWhatIsNotTheZones(t *testing.T) {
	z := fileZone(t)
	root := strings.TrimPrefix(z.URL(), "file://")
	need(t, z.Create(t.Context(), "2026-11-21/a", strings.NewReader("x")))
	for _, name := range []string{".DS_Store", "2026-11-21/.DS_Store", "2026-11-21/._a", "2026-11-21/a~", "2026-11-21/a (1)",
		"2026-11-21/.nfs0001", "2026-11-21/#a#"} {
		need(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), nil, 0o600))
	}
	need(t, os.Mkdir(filepath.Join(root, "lost+found"), 0o000))
	need(t, os.Mkdir(filepath.Join(root, ".Trash-1000"), 0o700))
	need(t, os.Symlink("/nonexistent", filepath.Join(root, ".#lock"))) // as Emacs locks a file
	if got := keys(t, z, ""); !slices.Equal(got, []string{"2026-11-21/a"}) {
		t.Errorf("listed %v", got)
	}
	folders, err := z.Folders(t.Context(), "")
	if need(t, err); !slices.Equal(folders, []string{"2026-11-21"}) {
		t.Errorf("folders %v", folders)
	}
	// One whose name could be a key is listed, and is no manifest and no orphan to anybody.
	need(t, os.WriteFile(filepath.Join(root, "2026-11-21", "Thumbs.db"), nil, 0o600))
	found, err := ProcessedOf(t.Context(), z, "2026-11-21")
	if need(t, err); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	for e, err := range Orphans(t.Context(), z, time.Now().Add(time.Hour)) {
		need(t, err)
		t.Errorf("%s is an orphan", e.Key)
	}
	if _, err := os.Lstat(filepath.Join(root, "2026-11-21", "Thumbs.db")); errors.Is(err, fs.ErrNotExist) {
		t.Error("it is gone")
	}
}
