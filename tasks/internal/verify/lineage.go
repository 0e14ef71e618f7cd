package verify

import (
	"maps"
	"slices"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/lineset"
)

// lineage is what became of a reading's lines of one kind: four bits a line.
type lineage struct {
	kind                          string
	lines                         int64
	taken, refused, unread, noted *lineset.Set
	notes                         map[string]int64 // by "<reason> <field>"
	withheld                      bool             // its rows may be left out
}

func newLineage(kind string, lines int64, withheld bool) *lineage {
	return &lineage{
		kind: kind, lines: lines, withheld: withheld, notes: map[string]int64{},
		taken: lineset.New(lines), refused: lineset.New(lines), unread: lineset.New(lines), noted: lineset.New(lines),
	}
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

// quarantine takes a row of the quarantine down. A refused line may be met again, since there is a row for each reason, and so
// may one with notes.
func (l *lineage) quarantine(r seenRow) error {
	if err := l.within(r.line); err != nil {
		return err
	}
	switch {
	case r.note != "":
		if !l.taken.Has(r.line) && !l.withheld {
			return newDifference(nextStaging, l.where(r.line), "a row that the note is of", "none")
		}
		l.noted.Add(r.line)
		l.notes[r.note]++
		return nil
	case l.taken.Has(r.line) || l.noted.Has(r.line):
		return newDifference(nextStaging, l.where(r.line), "a row or a refusal", "both")
	case r.unread:
		l.unread.Add(r.line)
	default:
		l.refused.Add(r.line)
	}
	if l.unread.Has(r.line) && l.refused.Has(r.line) {
		return newDifference(nextStaging, l.where(r.line), "a record that was refused or one that was not read", "both")
	}
	return nil
}

// balance compares what became of the lines with what the result counts.
func (l *lineage) balance(m lake.Result, accepted int64) error {
	n := m.Counts[l.kind]
	for _, of := range []struct {
		what        string
		counted, is int64
	}{
		{"records in quarantine", n.Quarantined, l.refused.Len()},
		{"records that were not read", n.Unread, l.unread.Len()},
		{"records with a note", n.Noted, l.noted.Len()},
	} {
		if of.is != of.counted {
			return newDifference(nextStaging, l.kind+": "+of.what, of.counted, of.is)
		}
	}
	for _, note := range slices.Sorted(maps.Keys(joined(n.Notes, l.notes))) {
		if n.Notes[note] != l.notes[note] {
			return newDifference(nextStaging, l.kind+": notes of "+note, n.Notes[note], l.notes[note])
		}
	}
	if l.withheld && accepted == 0 {
		return nil // only the quarantine is kept
	}
	if accepted != n.Accepted {
		return newDifference(nextStaging, l.kind+": rows accepted", n.Accepted, accepted)
	}
	if l.withheld {
		return nil // absent ids and merged guests are not kept
	}
	for line := int64(1); line <= l.lines; line++ {
		if !l.taken.Has(line) && !l.refused.Has(line) && !l.unread.Has(line) {
			const any = "a row, a merged guest, an absent id, a refusal or a word that it was not read"
			return newDifference(nextStaging, l.where(line), any, "none")
		}
	}
	return nil
}

func joined(a, b map[string]int64) map[string]int64 {
	both := maps.Clone(a)
	if both == nil {
		both = map[string]int64{}
	}
	maps.Copy(both, b)
	return both
}
