package main

import (
	"fmt"
	"strings"

	"covers/tasks/internal/find"
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

// forgetText returns what was erased for people; of a dry run, whom and what it would reach.
func forgetText(out forget.Outcome, o forget.Options) string {
	var b strings.Builder
	if len(o.Guests) == 0 {
		b.WriteString("nobody in the warehouse has that address or number")
		if out.Changed() {
			b.WriteString("; what an earlier run had begun is done")
		}
		b.WriteString("\n")
	}
	if o.DryRun && len(out.Guests) > 0 {
		b.WriteString(find.Table(out.Guests))
	}
	if len(o.Guests) > 0 {
		say := told
		if o.DryRun {
			say = wouldTell
		}
		b.WriteString(say(out.Asked, out.Reached))
		if out.Receipt != nil {
			b.WriteString("; receipt " + out.Receipt.Receipt)
		}
		b.WriteString("\n")
	}
	b.WriteString(lakeText(out, o))
	if out.Receipt != nil {
		b.WriteString(fileText(out.Receipt.Compacted))
	}
	return b.String()
}

// lakeText tells of the zones.
func lakeText(out forget.Outcome, o forget.Options) string {
	if len(o.Zones) == 0 {
		return "the lake was left as it is: give --staging and --processed, and --raw\n"
	}
	would := ""
	if o.DryRun {
		would = "would be "
	}
	var b strings.Builder
	for _, z := range o.Zones {
		switch e, erased := out.Emptied[z.Name]; {
		case erased && z.Name == forget.Raw:
			fmt.Fprintf(&b, "%s: %s %semptied, in %s\n", z.Name, text.Count(e.Rows, "line"), would,
				text.Count(e.Objects, "object"))
		case erased:
			fmt.Fprintf(&b, "%s: %s %semptied, in %s\n", z.Name, text.Count(e.Rows, "row"), would,
				text.Count(e.Objects, "object"))
		default:
			last := ""
			for _, r := range out.Left.Remaining {
				last = max(last, r.Expires)
			}
			fmt.Fprintf(&b, "%s: %s still there", z.Name, text.Count(len(out.Left.Remaining), "object"))
			if last != "" {
				fmt.Fprintf(&b, ", the last until %s", last)
			}
			b.WriteString("\n")
		}
		if n := out.Emptied[z.Name].VersionsKept; n > 0 {
			fmt.Fprintf(&b, "  old versions of %s stay until the bucket's rule ends them: the role may not delete them\n",
				text.Count(n, "object"))
		}
		for _, g := range out.Left.Gone {
			if what, here := strings.CutPrefix(g, string(z.Name)+": "); here {
				b.WriteString("  gone: " + what + "\n")
			}
		}
	}
	return b.String()
}

// fileText tells of the warehouse's file.
func fileText(c warehouse.Compacted) string {
	if !c.File {
		return ""
	}
	s := "the warehouse's file was made anew\n"
	for _, kept := range c.Kept {
		s += "  beside it is " + kept + ", which holds what it held: remove it\n"
	}
	return s
}
