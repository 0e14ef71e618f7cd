package sheet

import "slices"

// Column is a number of each line.
type Column struct {
	Name string
	Of   func(Line) int64
	rare bool
}

// columns are those of the balance: each number follows from those before it, but for the requests to forget a guest.
var columns = []Column{
	{"listed", func(l Line) int64 { return l.Listed }, false},
	{"received", func(l Line) int64 { return l.Received }, false},
	{"repeated", func(l Line) int64 { return l.Repeated }, false},
	{"gone", func(l Line) int64 { return l.Gone }, false},
	{"absent", func(l Line) int64 { return l.Absent }, true},
	{"unread", func(l Line) int64 { return l.Unread }, true},
	{"accepted", func(l Line) int64 { return l.Accepted }, false},
	{"quarantined", func(l Line) int64 { return l.Quarantined }, false},
	{"merged", func(l Line) int64 { return l.Merged }, true},
	{"loaded", func(l Line) int64 { return l.Loaded }, false},
	{"withheld", func(l Line) int64 { return l.Withheld }, true},
	{"current", func(l Line) int64 { return l.Current }, false},
	{"erasures", func(l Line) int64 { return l.Erasures }, true},
	{"held", func(l Line) int64 { return l.Held }, true},
}

// Columns returns the columns that lines need: one of a rare number, of which there is none, would only cost width.
func Columns(lines []Line) []Column {
	return slices.DeleteFunc(slices.Clone(columns), func(c Column) bool {
		return c.rare && !slices.ContainsFunc(lines, func(l Line) bool { return c.Of(l) > 0 })
	})
}
