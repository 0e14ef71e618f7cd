package step

// Result is the one line on stdout. Run fills Step, Command, Version, Durations["total"] and Error, and Status when there is
// an error; a step fills the rest. result.schema.json describes it.
type Result struct {
	Status  string `json:"status"` // StatusDone …; a step sets done (the default) or unchanged
	Step    string `json:"step"`
	Command string `json:"command,omitempty"` // the verb, if one was asked for
	Version string `json:"version"`
	Day     string `json:"day,omitempty"`    // YYYY-MM-DD
	Source  string `json:"source,omitempty"` // "opentable/101"

	Counts    Counts             `json:"counts,omitempty"`   // by kind (or "load", "check" …), then by name
	Manifest  string             `json:"manifest,omitempty"` // key of the manifest published or found
	Inputs    []string           `json:"inputs,omitempty"`
	Outputs   []string           `json:"outputs,omitempty"`
	Durations map[string]float64 `json:"durations"`         // seconds by part; "total" always
	Details   any                `json:"details,omitempty"` // a step's own, an object or an array
	Error     *Failure           `json:"error,omitempty"`

	// Text is for people: it is printed instead of the line where stdout is a terminal.
	Text string `json:"-"`
}

// Counts are what a step counted: by kind of record, then by name. The zero value is ready for use.
type Counts map[string]map[string]int64

// Add adds to a count, which is there from then on, also where n is zero.
func (c *Counts) Add(kind, name string, n int64) {
	if *c == nil {
		*c = Counts{}
	}
	if (*c)[kind] == nil {
		(*c)[kind] = map[string]int64{}
	}
	(*c)[kind][name] += n
}

// The statuses.
const (
	StatusDone      = "done"      // something was published
	StatusUnchanged = "unchanged" // it was there already
	StatusRefused   = "refused"   // the data was refused (exit code 65)
	StatusFailed    = "failed"    // any other error
)

// Failure says why a run failed and what to do next.
type Failure struct {
	Code    int    `json:"code"` // the exit code
	Kind    string `json:"kind"` // the exit code's name in Exits: "data", "unavailable" …
	Message string `json:"message"`
	Next    string `json:"next,omitempty"` // an imperative without a full stop
}
