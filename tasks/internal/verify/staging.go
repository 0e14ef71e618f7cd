package verify

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

const nextStaging = "remove the result's manifest and run validate, transform and load for the day, or derive it at a raised rank"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// staging counts what validation made of a reading, and sees to it that each line of raw became exactly one thing: an accepted
// row, an absent id, or a record in quarantine.
func (v *verification) staging(ctx context.Context, t *trail) (expired bool, err error) {
	if t.result == nil {
		if t.raw == nil && len(t.taken)+len(t.ledger) > 0 {
			return true, nil
		}
		return false, differs("run validate for the day, then transform and load", "a result of the reading", "one", "none: it is not there yet, or was removed")
	}
	m := t.result.Manifest
	if t.raw != nil && m.Input != t.raw.SHA256 {
		return false, differs("find out who changed the reading's manifest; restore it, or run validate, transform and load for the day",
			"the SHA-256 of the reading's manifest, as result "+t.result.Key+" names it", m.Input, t.raw.SHA256)
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		n := m.Counts[kind]
		if t.raw == nil {
			t.lines[kind] = n.Received + n.Absent
		} else if raw := t.raw.Manifest.Counts[kind]; raw.Received != n.Received || raw.Absent != n.Absent {
			return false, differs(nextStaging, kind+": records received and absent, by result "+t.result.Key,
				fmt.Sprintf("%d and %d", raw.Received, raw.Absent), fmt.Sprintf("%d and %d", n.Received, n.Absent))
		}
	}
	c, err := v.derived(ctx, t)
	if err != nil {
		return false, err
	}
	if m.Refused { // rows may be kept, and contribute nothing
		for _, kind := range []string{reservation.KindReservation, reservation.KindCustomer, lake.KindAbsence} {
			c.as[kind], c.later[kind] = &tally{}, &tally{}
		}
	}
	var objects []lake.Object
	for _, o := range m.Objects {
		if !m.Refused || o.Kind == lake.KindErasure {
			objects = append(objects, o)
		}
	}
	t.rows, t.from, t.source = c, stageStaging, v.sideOf(v.o.Staging, objects, t.id.String())
	return false, nil
}

// derived reads a result's rows and accounts for the reading's lines.
func (v *verification) derived(ctx context.Context, t *trail) (*contribution, error) {
	m := t.result.Manifest
	accounts := map[string]*account{}
	for kind := range m.Counts {
		accounts[kind] = newAccount(kind, t.lines[kind])
	}
	c := newContribution()
	for _, kind := range rowKinds {
		err := v.eachRow(ctx, v.o.Staging, m.Objects, kind, func(r seenRow) error {
			v.tick(stageStaging)
			c.add(kind, r)
			return checkRow(t, kind, r, accounts)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, o := range m.Objects {
		if o.Kind != lake.KindQuarantine {
			continue
		}
		err := readRows(ctx, v.o.Staging, o, func(r *reservation.Refusal) seenRow {
			return seenRow{reading: r.Reading, of: r.Kind, line: r.Line, sound: true}
		}, func(r seenRow) error {
			v.tick(stageStaging)
			if a := accounts[r.of]; r.reading == t.id.String() && a != nil {
				return a.refuse(r.line)
			}
			return differs(nextStaging, "the quarantine", "records of the reading", "line "+itoa(r.line)+" of kind "+r.of+" of reading "+r.reading)
		})
		if err != nil {
			return nil, err
		}
	}
	absent := int64(0)
	for _, kind := range slices.Sorted(maps.Keys(m.Counts)) {
		if err := accounts[kind].balance(m, c.as[kind].rows); err != nil {
			return nil, err
		}
		absent += m.Counts[kind].Absent
	}
	if n := c.as[lake.KindAbsence].rows; !m.Refused && n != absent {
		return nil, differs(nextStaging, "absent ids", absent, n)
	}
	if n := c.as[lake.KindErasure].rows; n != m.Erasures {
		return nil, differs(nextStaging, "requests to forget a guest", m.Erasures, n)
	}
	return c, nil
}

// checkRow looks at one row.
func checkRow(t *trail, kind string, r seenRow, accounts map[string]*account) error {
	where := kind + " line " + itoa(r.line)
	a := accounts[r.of]
	switch {
	case r.reading != t.id.String():
		return differs(nextStaging, where, "a row of the reading", "one of reading "+r.reading)
	case !r.sound:
		return differs(nextStaging, where, "the digest of the row's content", "another")
	case a == nil:
		return differs(nextStaging, where, "a kind that the result counts", r.of)
	case kind == lake.KindErasure: // its record has a row of its own, or is in quarantine
		return a.within(r.line)
	}
	return a.take(r.line)
}

// account says what became of a reading's lines of one kind: two bits a line.
type account struct {
	kind           string
	lines          int64
	taken, refused bitmap
}

func newAccount(kind string, lines int64) *account {
	return &account{kind: kind, lines: lines}
}

func (a *account) where(line int64) string { return a.kind + " line " + itoa(line) }

func (a *account) within(line int64) error {
	if line < 1 || line > a.lines {
		return differs(nextStaging, a.where(line), "a line from 1 to "+itoa(a.lines), "a row of it")
	}
	return nil
}

func (a *account) take(line int64) error {
	if err := a.within(line); err != nil {
		return err
	}
	if a.taken.has(line) {
		return differs(nextStaging, a.where(line), "one row", "two")
	}
	a.taken.set(line)
	return nil
}

// refuse may meet a line again: a row a reason.
func (a *account) refuse(line int64) error {
	if err := a.within(line); err != nil {
		return err
	}
	if a.taken.has(line) {
		return differs(nextStaging, a.where(line), "a row or a refusal", "both")
	}
	a.refused.set(line)
	return nil
}

// balance compares what became of the lines with what the result counts.
func (a *account) balance(m lake.Result, accepted int64) error {
	n := m.Counts[a.kind]
	if refused := a.refused.count(); refused != n.Quarantined {
		return differs(nextStaging, a.kind+": records in quarantine", n.Quarantined, refused)
	}
	if m.Refused && accepted == 0 {
		return nil // only the quarantine is kept
	}
	if accepted != n.Accepted {
		return differs(nextStaging, a.kind+": rows accepted", n.Accepted, accepted)
	}
	if m.Refused {
		return nil // absent ids are not kept
	}
	for line := int64(1); line <= a.lines; line++ {
		if !a.taken.has(line) && !a.refused.has(line) {
			return differs(nextStaging, a.where(line), "a row, an absent id or a refusal", "none")
		}
	}
	return nil
}

// bitmap has a bit for each line, from 1. It is as long as the lines that were met, whatever a manifest says.
type bitmap []uint64

func (b bitmap) has(line int64) bool {
	return line/64 < int64(len(b)) && b[line/64]&(1<<(line%64)) != 0
}

func (b *bitmap) set(line int64) {
	if missing := int(line/64) + 1 - len(*b); missing > 0 {
		*b = append(*b, make(bitmap, missing)...)
	}
	(*b)[line/64] |= 1 << (line % 64)
}

func (b bitmap) count() (n int64) {
	for _, w := range b {
		n += int64(bits.OnesCount64(w))
	}
	return n
}
