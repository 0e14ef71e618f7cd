package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

const (
	nextStaging = "remove the result's manifest and run validate, transform and load for the day, or derive it at a raised rank"
	notThere    = "none: it is not there yet, or was removed"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// staging counts what validation made of a reading, and sees to it that each line of raw became exactly one thing: an accepted
// row, a merged guest, an absent id, a record in quarantine, or one that was not read.
func (v *verification) staging(ctx context.Context, t *trail) (gone bool, err error) {
	if t.result == nil {
		if t.raw == nil && len(t.named)+len(t.ledger) > 0 {
			return true, nil
		}
		return false, newDifference("run validate for the day, then transform and load",
			"a result of the reading", "one", notThere)
	}
	m := t.result.Manifest
	if t.raw != nil && m.Input != t.raw.SHA256 {
		return false, newDifference(
			"find out who changed the reading's manifest; restore it, or run validate, transform and load for the day",
			"the SHA-256 of the reading's manifest, as result "+t.result.Key+" names it", m.Input, t.raw.SHA256)
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		n := m.Counts[kind]
		if t.raw == nil {
			t.lines[kind] = n.Received + n.Absent + n.Unread
			continue
		}
		raw := t.raw.Manifest.Counts[kind]
		if raw.Received != n.Received || raw.Absent != n.Absent || raw.Unread != n.Unread {
			return false, newDifference(nextStaging, kind+": records received, absent and not read, by result "+t.result.Key,
				fmt.Sprintf("%d, %d and %d", raw.Received, raw.Absent, raw.Unread),
				fmt.Sprintf("%d, %d and %d", n.Received, n.Absent, n.Unread))
		}
	}
	c, err := v.derived(ctx, t)
	if err != nil {
		return false, err
	}
	for kind := range m.Counts {
		if m.Withholds(kind) { // its rows may be kept, and contribute nothing
			c.as[kind], c.later[kind] = &sums{}, &sums{}
		}
	}
	objects := slices.DeleteFunc(slices.Clone(m.Objects),
		func(o lake.Object) bool { return m.Counts[o.Kind].Received > 0 && m.Withholds(o.Kind) })
	t.rows, t.from, t.source = c, StageStaging, v.sideOf(v.o.Staging, objects, t.id.String())
	return false, nil
}

// derived reads a result's rows and accounts for the reading's lines.
func (v *verification) derived(ctx context.Context, t *trail) (*contribution, error) {
	m := t.result.Manifest
	lineages := map[string]*lineage{}
	for kind := range m.Counts {
		lineages[kind] = newLineage(kind, t.lines[kind], m.Withholds(kind))
	}
	c := newContribution()
	for _, kind := range rowKinds {
		err := v.eachRow(ctx, v.o.Staging, m.Objects, kind, func(r seenRow) error {
			v.tick(StageStaging)
			c.add(kind, r)
			return checkRow(t, kind, r, lineages)
		})
		if err != nil {
			return nil, err
		}
	}
	if err := v.quarantine(ctx, t, lineages); err != nil {
		return nil, err
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		if err := lineages[kind].balance(m, c.as[kind].rows); err != nil {
			return nil, err
		}
	}
	if n := c.as[lake.KindAbsence].rows; n != m.Absences() {
		return nil, newDifference(nextStaging, "absent ids", m.Absences(), n)
	}
	if n := c.as[lake.KindMerge].rows; n != m.Merges() {
		return nil, newDifference(nextStaging, "merged guests", m.Merges(), n)
	}
	if n := c.as[lake.KindErasure].rows; n != m.Erasures {
		return nil, newDifference(nextStaging, "requests to forget a guest", m.Erasures, n)
	}
	return c, nil
}

// quarantine reads a result's refusals and notes.
func (v *verification) quarantine(ctx context.Context, t *trail, lineages map[string]*lineage) error {
	refusal := func(r *reservation.Refusal) seenRow {
		out := seenRow{reading: r.Reading, of: r.Kind, line: r.Line, sound: true, unread: r.Reason == reservation.ReasonUnread}
		if r.Noted {
			out.note = strings.TrimSpace(r.Reason + " " + r.Field)
		}
		return out
	}
	for _, o := range t.result.Manifest.Objects {
		if o.Kind != lake.KindQuarantine {
			continue
		}
		err := readRows(ctx, v.o.Staging, o, refusal, func(r seenRow) error {
			v.tick(StageStaging)
			if l := lineages[r.of]; r.reading == t.id.String() && l != nil {
				return l.quarantine(r)
			}
			return newDifference(nextStaging, "the quarantine", "records of the reading",
				"line "+itoa(r.line)+" of kind "+r.of+" of reading "+r.reading)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRow looks at one row.
func checkRow(t *trail, kind string, r seenRow, lineages map[string]*lineage) error {
	where := kind + " line " + itoa(r.line)
	l := lineages[r.of]
	switch {
	case r.reading != t.id.String():
		return newDifference(nextStaging, where, "a row of the reading", "one of reading "+r.reading)
	case !r.sound:
		return newDifference(nextStaging, where, "the digest of the row's content", "another")
	case l == nil:
		return newDifference(nextStaging, where, "a kind that the result counts", r.of)
	case kind == lake.KindErasure: // its record has a row of its own, or is in quarantine
		return l.within(r.line)
	}
	return l.take(r.line)
}
