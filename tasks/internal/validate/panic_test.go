package validate_test

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/token"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// A panic while records are checked ends the run as a defect, as one in the step's own goroutine does: not the process, not as
// what is wrong with the reading, and nobody waits for what was being checked.
func TestAPanicInACheckIsADefect(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	var err error
	o.Key, err = token.New(strings.Repeat("k", token.MinKey), 1, func([]byte, string, string, string) []byte { panic("boom") })
	if err != nil {
		t.Fatal(err)
	}
	vt.WriteReading(t, o, vt.First, map[string][]string{customers: vt.Many(500, vt.Guest)})
	out, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Defect || !strings.Contains(err.Error(), "boom") || len(out.Broken)+len(out.Results) > 0 {
		t.Errorf("got %+v, %v", out, err)
	}
}
