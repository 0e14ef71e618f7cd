package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/validate/quarantine"
)

// Who reads the file while it is written anew, or after a kill, has the old one whole.
func TestCSVIsReplacedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "causes.csv")
	if err := os.WriteFile(path, []byte("the old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := writeCSV(path, []quarantine.Cause{{Source: "opentable/101", Field: "state"}}); err != nil {
		t.Fatal(err)
	}
	if old, err := io.ReadAll(reader); err != nil || string(old) != "the old one" {
		t.Errorf("the reader got %q, %v", old, err)
	}
	if found, err := os.ReadFile(path); err != nil || !strings.Contains(string(found), "opentable/101,") {
		t.Errorf("%q, %v", found, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := writeCSV(filepath.Join(t.TempDir(), "none", "causes.csv"), nil); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}
