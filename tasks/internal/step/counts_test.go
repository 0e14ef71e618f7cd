package step

import (
	"encoding/json"
	"testing"
)

func TestCounts(t *testing.T) {
	var c Counts
	c.Add("reservation", "received", 2)
	c.Add("reservation", "received", 3)
	c.Add("reservation", "absent", 0)
	c.Add("customer", "received", 1)
	text, err := json.Marshal(Result{Counts: c}.Counts)
	if want := `{"customer":{"received":1},"reservation":{"absent":0,"received":5}}`; err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
}
