package demo

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/report/sheet"
)

// The demo reads all that a report says of a finding: the keys of both are the same.
func TestAFindingIsReadWhole(t *testing.T) {
	said, err := json.Marshal(sheet.Finding{
		Day: "2026-03-28", Source: "thefork/101", Kind: sheet.Stale, Severity: "error", What: "it was so", Next: "do it again",
	})
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(said))
	in.DisallowUnknownFields()
	var got Finding
	if err := in.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := Finding{
		Day: "2026-03-28", Source: "thefork/101", Kind: "stale", Severity: "error", What: "it was so", Next: "do it again",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
