package demo

import (
	"encoding/json"
	"strings"

	"covers/tasks/internal/text"
)

// summary returns what a step counted in a few words, or "" where its numbers cannot be said in a few.
func summary(program string, r Result) string {
	names, verb := []string{"received", "accepted", "rows"}, ""
	switch program {
	case "report":
		return ""
	case "transform":
		names, verb = []string{"rows"}, " gathered"
	case "load":
		var status struct{ Entries []json.RawMessage }
		if json.Unmarshal(r.Details, &status) == nil && status.Entries != nil { // `load status`
			return text.Count(len(status.Entries), "reading")
		}
		names, verb = []string{"landed"}, " landed"
	}
	var parts []string
	for _, kind := range kinds {
		for _, name := range names {
			if n, ok := r.Counts[kind][name]; ok {
				part := text.Count(n, kind)
				if verb == "" {
					part += " " + name
				}
				parts = append(parts, part)
				break
			}
		}
	}
	if len(parts) == 0 {
		return "ran"
	}
	return strings.Join(parts, ", ") + verb
}
