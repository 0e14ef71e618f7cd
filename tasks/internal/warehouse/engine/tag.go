package engine

import "encoding/json"

// QueryTag names a load's statements in the history of a warehouse that keeps one. It holds nothing secret: a reading's id is
// made of its source, day and time.
type QueryTag struct {
	Program  string `json:"program"`            // covers, and its version
	Run      string `json:"run,omitempty"`      // drawn for each load, the same for all of its statements
	Readings int    `json:"readings,omitempty"` // how many it takes
	First    string `json:"first,omitempty"`    // the first of them
}

func (t QueryTag) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		return t.Program
	}
	return string(text)
}
