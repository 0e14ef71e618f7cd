package main

import (
	"fmt"
	"strings"

	"covers/tasks/internal/forget"
	"covers/tasks/internal/text"
	"covers/tasks/internal/warehouse"
)

func told(asked int64, f warehouse.Forgotten) string {
	return tell(asked, f, "remembered", "erased", "")
}

func wouldTell(asked int64, f warehouse.Forgotten) string {
	return tell(asked, f, "would remember", "would erase", "would be ")
}

func tell(asked int64, f warehouse.Forgotten, remember, erase, would string) string {
	said := fmt.Sprintf("%s %s (%d of them are in the warehouse), %s %s of guests and %d of reservations",
		remember, text.Count(f.Subjects, "guest"), f.Subjects-f.Absent,
		erase, text.Count(f.CustomerObservations, "observation"), f.ReservationObservations)
	if f.Connected > 0 {
		said += fmt.Sprintf("; %s of them only because the platform merged them with one that was named",
			text.Count(f.Connected, "guest"))
	}
	if before := asked - (f.Subjects - f.Connected); before > 0 {
		said += fmt.Sprintf("; %s had been remembered before", text.Count(before, "guest"))
	}
	if f.Absent == 0 {
		return said
	}
	check, are := "the id; it ", "is "
	if f.Absent > 1 {
		check, are = "the ids; they ", "are "
	}
	if would != "" {
		are = would
	}
	return said + "; " + text.Count(f.Absent, "guest") + " not found in the warehouse: check " + check + are +
		"remembered all the same"
}

// leftText returns the look through the lake for people.
func leftText(left forget.Found, zones []forget.Zone) string {
	if len(zones) == 0 {
		return "the lake was not looked through: give --raw, --staging and --processed\n"
	}
	var b strings.Builder
	for _, z := range zones {
		n, last := 0, ""
		for _, r := range left.Remaining {
			if r.Zone == z.Name {
				n++
				last = max(last, r.Expires)
			}
		}
		fmt.Fprintf(&b, "%s: %s still there", z.Name, text.Count(n, "object"))
		if n > 0 {
			fmt.Fprintf(&b, ", the last until %s", last)
		}
		b.WriteString("\n")
		for _, g := range left.Gone {
			if what, here := strings.CutPrefix(g, string(z.Name)+": "); here {
				b.WriteString("  gone: " + what + "\n")
			}
		}
	}
	return b.String()
}
