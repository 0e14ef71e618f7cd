package step

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// forPeople returns the result where stdout is a terminal: the step's own text, or a few lines made from the result. An error
// that the terminal shows already (it is also stderr) is not said twice.
func forPeople(res Result, alreadyShown bool) string {
	if res.Text != "" {
		return strings.TrimRight(res.Text, "\n") + "\n"
	}
	var b strings.Builder
	name := strings.TrimSpace(res.Step + " " + res.Command)
	switch f := res.Error; {
	case f == nil:
		fmt.Fprintf(&b, "%s: %s in %.1f s\n", name, res.Status, res.Durations[durationTotal])
	case !alreadyShown:
		fmt.Fprintf(&b, "%s: %s (%d): %s\n", name, res.Status, f.Code, f.Message)
		if f.Next != "" {
			fmt.Fprintf(&b, "  next: %s\n", f.Next)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(res.Counts)) {
		var parts []string
		for _, counted := range slices.Sorted(maps.Keys(res.Counts[kind])) {
			parts = append(parts, fmt.Sprintf("%s %d", counted, res.Counts[kind][counted]))
		}
		fmt.Fprintf(&b, "  %s: %s\n", kind, strings.Join(parts, ", "))
	}
	if res.Manifest != "" {
		fmt.Fprintf(&b, "  manifest: %s\n", res.Manifest)
	}
	for _, output := range res.Outputs {
		fmt.Fprintf(&b, "  wrote: %s\n", output)
	}
	return b.String()
}
