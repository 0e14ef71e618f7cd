package quarantine

import (
	"os"
	"path/filepath"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

// TestRecordsAreReadFromRawAlone: a forged row of the quarantine may name any place; a record is read from raw, or not.
func TestRecordsAreReadFromRawAlone(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "secret"), []byte("planted"), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := lake.Open(t.Context(), machine.This(), "file://"+filepath.Join(folder, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	for _, object := range []string{"../secret", folder + "/secret", "a/../../secret", "file://" + folder + "/secret", "", "."} {
		refusals := []Refusal{{Object: object, ObjectLine: 1}}
		err := readBodies(t.Context(), raw, refusals)
		if fault.KindOf(err) == fault.Temporary || err == nil || refusals[0].Body != "" {
			t.Errorf("%q: %v, %q", object, err, refusals[0].Body)
		}
	}
}
