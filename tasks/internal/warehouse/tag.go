package warehouse

import (
	"crypto/rand"
	"encoding/json"
)

// queryTag names a load's statements in the history of a warehouse that keeps one. It holds nothing secret: a reading's id is
// made of its source, day and time.
type queryTag struct {
	Program  string `json:"program"`            // covers, and its version
	Run      string `json:"run,omitempty"`      // drawn for each load, the same for all of its statements
	Readings int    `json:"readings,omitempty"` // how many it takes
	First    string `json:"first,omitempty"`    // the first of them
}

func (p plan) tag(o LoadOptions) queryTag {
	t := queryTag{Program: "covers " + o.Program, Run: rand.Text()[:8], Readings: len(p.taken)}
	if len(p.taken) > 0 {
		t.First = p.taken[0].Reading
	}
	return t
}

func (t queryTag) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		return t.Program
	}
	return string(text)
}
