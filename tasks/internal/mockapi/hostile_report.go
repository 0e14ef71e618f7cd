package mockapi

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"covers/tasks/internal/mockapi/scenario"
)

// scenarioReport is what GET /scenario answers: what was done so far. The records themselves, as they are served, are the
// truth.
type scenarioReport struct {
	Name     string                  `json:"name"`
	About    string                  `json:"about"`
	Over     bool                    `json:"over"`     // for every list that was asked for: all rules have come to their end
	Injected map[scenario.Kind]int64 `json:"injected"` // answers, or records
	Changes  []change                `json:"changes"`  // of records, in their order
}

// report answers GET /scenario.
func (h *hostile) report(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	out := scenarioReport{
		Name: h.plan.Name, About: h.plan.About, Over: true,
		Injected: maps.Clone(h.injected), Changes: slices.Clone(h.changes),
	}
	for key, n := range h.counts {
		out.Over = out.Over && n.over(&h.plan.Rules[key.rule])
	}
	h.mu.Unlock()
	if out.Changes == nil {
		out.Changes = []change{}
	}
	w.Header()["Content-Type"] = jsonType
	_ = json.NewEncoder(w).Encode(out) // nobody is left to tell
}

// metrics writes how often each kind was done, in the text form that Prometheus reads.
func (h *hostile) metrics(w io.Writer) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintln(w, "# TYPE covers_mockapi_faults_total counter")
	for _, kind := range slices.Sorted(maps.Keys(h.injected)) {
		fmt.Fprintf(w, "covers_mockapi_faults_total{kind=%q} %d\n", kind, h.injected[kind])
	}
}
