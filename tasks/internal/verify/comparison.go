package verify

import (
	"cmp"
	"context"
	"slices"

	"covers/tasks/internal/text"
)

// side hands over the rows of a reading of one kind on some lines, both ends included.
type side func(ctx context.Context, kind string, from, to int64, use func(seenRow) error) error

// comparison holds what a stage has of a reading's rows against what the stage before has.
type comparison struct {
	next          string // what to do where they differ
	stage, before Stage
	later         bool // by what the warehouse makes of a row
	want, have    side // to look again
}

// run compares the sums of some kinds. The difference that it returns names the first line.
func (c comparison) run(ctx context.Context, kinds []string, want, have map[string]*sums) error {
	for _, kind := range kinds {
		block, differ := want[kind].differs(have[kind])
		if !differ {
			continue
		}
		line, expected, found, err := c.firstLine(ctx, kind, block)
		if err != nil {
			return err
		}
		return &Difference{
			Where:    kind + " line " + itoa(line),
			Expected: expected + " as in " + string(c.before) + " (" + text.Count(want[kind].rows, "row") + " of the kind)",
			Found:    found + " in " + string(c.stage) + " (" + text.Count(have[kind].rows, "row") + ")",
			Next:     c.next,
		}
	}
	return nil
}

// rowPlace is where a row comes from in a reading.
type rowPlace struct {
	of   string // the kind of raw line
	line int64
}

// firstLine returns the first line of a block on which the two sides are not the same, and what each has there.
func (c comparison) firstLine(ctx context.Context, kind string, block int64) (line int64, expected, found string, err error) {
	from := block*blockLines + 1
	want, err := c.marks(ctx, c.want, kind, from)
	if err != nil {
		return 0, "", "", err
	}
	have, err := c.marks(ctx, c.have, kind, from)
	if err != nil {
		return 0, "", "", err
	}
	var differ []rowPlace
	for p, marks := range want {
		if !slices.Equal(marks, have[p]) {
			differ = append(differ, p)
		}
	}
	for p := range have {
		if want[p] == nil {
			differ = append(differ, p)
		}
	}
	if differ == nil {
		return from, "the same rows twice", "others at the second look", nil
	}
	first := slices.MinFunc(differ, func(a, b rowPlace) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.of, b.of))
	})
	if len(want[first]) == len(have[first]) {
		return first.line, "the same row", "another content", nil
	}
	return first.line, rowsText(len(want[first])), rowsText(len(have[first])), nil
}

// marks returns the sorted marks of a block that begins at a line.
func (c comparison) marks(ctx context.Context, s side, kind string, from int64) (map[rowPlace][]mark, error) {
	all := map[rowPlace][]mark{}
	err := s(ctx, kind, from, from+blockLines-1, func(r seenRow) error {
		m := r.mark
		if c.later {
			m = r.later
		}
		p := rowPlace{r.of, r.line}
		all[p] = append(all[p], m)
		return nil
	})
	for _, marks := range all {
		slices.SortFunc(marks, func(a, b mark) int { return cmp.Compare(string(a[:]), string(b[:])) })
	}
	return all, err
}

func rowsText(n int) string {
	if n == 0 {
		return "no row"
	}
	return text.Count(n, "row")
}
