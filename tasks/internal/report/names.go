package report

import (
	"fmt"
	"slices"
	"strings"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/source"
)

// mostName is how much of a name is shown where a sentence holds it.
const mostName = 60

// whereOf names a source for people: "Covers Paris (TheFork)". What is no source stays as it is.
func whereOf(id string, r *source.Registry) string {
	src, err := r.Source(id)
	if err != nil {
		return page.Shorten(id, mostName)
	}
	name := page.Shorten(src.Name, mostName) + " (" + platforms.Written(src.Platform) + ")"
	if src.RestaurantID == 0 {
		return "guests of " + name
	}
	return name
}

// listed names so many sources, each once, and says how many more there are.
func listed(ids []string, most int, r *source.Registry) string {
	var names []string
	for _, id := range ids {
		if name := whereOf(id, r); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + " and " + page.Count(int64(len(names)-most)) + " more"
	}
	if len(names) > 1 {
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
	return strings.Join(names, "")
}

// few lists some of many names.
func few(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
