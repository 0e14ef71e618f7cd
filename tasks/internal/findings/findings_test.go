package findings

import (
	"strings"
	"testing"

	"covers/tasks/internal/lake"
)

// TestText: a line a finding, and below what to do.
func TestText(t *testing.T) {
	said := Text([]Of{{Thing: "raw", Where: "file:///lake/raw", Found: []lake.Finding{
		{What: "list", Verdict: lake.Right, Says: "it can be reached and listed"},
		{What: "clock", Verdict: lake.Wrong, Says: "this machine and the store are 9m0s apart", Next: "set the clock"},
	}}})
	for _, want := range []string{"│ raw   │       │ file:///lake/raw ", "│ list  │ right │ it can be reached and listed ",
		"│ clock │ wrong │ this machine and the store are 9m0s apart │", "\nclock: set the clock\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}
