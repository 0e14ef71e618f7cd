package verify

import (
	"covers/tasks/internal/lake"
	"covers/tasks/internal/lineset"
)

// lineage is what became of a reading's lines of one kind: two bits a line.
type lineage struct {
	kind           string
	lines          int64
	taken, refused *lineset.Set
}

func newLineage(kind string, lines int64) *lineage {
	return &lineage{kind, lines, lineset.New(lines), lineset.New(lines)}
}

func (l *lineage) where(line int64) string { return l.kind + " line " + itoa(line) }

func (l *lineage) within(line int64) error {
	if line < 1 || line > l.lines {
		return newDifference(nextStaging, l.where(line), "a line from 1 to "+itoa(l.lines), "a row of it")
	}
	return nil
}

func (l *lineage) take(line int64) error {
	if err := l.within(line); err != nil {
		return err
	}
	if l.taken.Has(line) {
		return newDifference(nextStaging, l.where(line), "one row", "two")
	}
	l.taken.Add(line)
	return nil
}

// refuse notes a refused line. It may be met again, since there is a row for each reason.
func (l *lineage) refuse(line int64) error {
	if err := l.within(line); err != nil {
		return err
	}
	if l.taken.Has(line) {
		return newDifference(nextStaging, l.where(line), "a row or a refusal", "both")
	}
	l.refused.Add(line)
	return nil
}

// balance compares what became of the lines with what the result counts.
func (l *lineage) balance(m lake.Result, accepted int64) error {
	n := m.Counts[l.kind]
	if refused := l.refused.Len(); refused != n.Quarantined {
		return newDifference(nextStaging, l.kind+": records in quarantine", n.Quarantined, refused)
	}
	if m.Refused && accepted == 0 {
		return nil // only the quarantine is kept
	}
	if accepted != n.Accepted {
		return newDifference(nextStaging, l.kind+": rows accepted", n.Accepted, accepted)
	}
	if m.Refused {
		return nil // absent ids are not kept
	}
	for line := int64(1); line <= l.lines; line++ {
		if !l.taken.Has(line) && !l.refused.Has(line) {
			return newDifference(nextStaging, l.where(line), "a row, an absent id or a refusal", "none")
		}
	}
	return nil
}
