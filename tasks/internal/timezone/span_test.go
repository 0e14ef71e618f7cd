package timezone_test

import (
	"testing"
	"time"

	"covers/tasks/internal/timezone"
)

// Within a span the offset does not change: at its ends, and at any hour between.
func TestSpan(t *testing.T) {
	for _, name := range []string{
		"Europe/Paris", "America/St_Johns", "America/Goose_Bay", "Africa/Monrovia", "Asia/Kolkata", "Africa/Casablanca",
		"Asia/Tehran", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "America/Havana",
	} {
		loc := zone(t, name)
		offset := func(at time.Time) int { _, o := at.In(loc).Zone(); return o }
		at, stop := time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2033, 1, 2, 0, 0, 0, 0, time.UTC)
		for steps := 0; at.Before(stop); steps++ {
			if steps > 200_000 {
				t.Fatalf("%s: no end is seen at %s", name, at)
			}
			start, end := timezone.Span(at, loc)
			if !start.IsZero() && start.After(at) || !end.IsZero() && !end.After(at) {
				t.Fatalf("%s at %s: %s to %s", name, at, start, end)
			}
			if end.IsZero() {
				end = stop
			}
			for x := at; x.Before(end) && x.Before(stop); x = x.Add(time.Hour) {
				if offset(x) != offset(at) {
					t.Fatalf("%s: the offset of %s is not that of %s, in a span to %s", name, x, at, end)
				}
			}
			if last := end.Add(-time.Microsecond); offset(last) != offset(at) {
				t.Fatalf("%s: the offset of %s is not that of %s", name, last, at)
			}
			at = end
		}
	}
}
