package demo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// summary says in a few words what a step counted; empty where its numbers say nothing in short.
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
			return plural(len(status.Entries), "reading")
		}
		names, verb = []string{"landed"}, " landed"
	}
	var parts []string
	for _, kind := range []string{"reservation", "customer"} {
		for _, name := range names {
			if n, ok := r.Counts[kind][name]; ok {
				part := plural(int(n), kind)
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

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
