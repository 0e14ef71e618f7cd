package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// scenarioReport is what GET /scenario answers: what was done so far. The records themselves, as they are served, are the
// truth.
type scenarioReport struct {
	Name     string           `json:"name"`
	About    string           `json:"about"`
	Over     bool             `json:"over"`     // for every list that was asked for: all rules have come to their end
	Injected map[string]int64 `json:"injected"` // by kind: answers, or records
	Changes  []change         `json:"changes"`  // of records, in their order
}

func (h *hostile) report(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	out := scenarioReport{Name: h.plan.Name, About: h.plan.About, Over: true, Injected: maps.Clone(h.injected), Changes: slices.Clone(h.changes)}
	for key, n := range h.counts {
		out.Over = out.Over && h.plan.Rules[key.rule].over(n)
	}
	h.mu.Unlock()
	if out.Changes == nil {
		out.Changes = []change{}
	}
	w.Header()["Content-Type"] = jsonType
	_ = json.NewEncoder(w).Encode(out) // nobody is left to tell
}

// metrics counts what was done, in the text form that Prometheus reads.
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
