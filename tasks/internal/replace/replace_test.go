package replace

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	for _, content := range []string{"the first", "the second", ""} {
		if err := File(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Fatalf("%q, %v", got, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
			t.Fatalf("others cannot read it: %v, %v", info.Mode(), err)
		}
		if err := os.Chmod(path, 0o600); err != nil { // who closed it is not asked again
			t.Fatal(err)
		}
	}
	alone(t, filepath.Dir(path))
}

func TestPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "person.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil { // what others could read before
		t.Fatal(err)
	}
	if err := Private(path, []byte("a name")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
}

func TestFileLeavesNothingBehind(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "page.html")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := File(taken, []byte("a page")); err == nil {
		t.Fatal("a folder was replaced")
	}
	alone(t, filepath.Dir(taken))
	if err := File(filepath.Join(taken, "nowhere", "page.html"), nil); !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

func alone(t *testing.T, folder string) {
	t.Helper()
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Fatalf("%v, %v", left, err)
	}
}
