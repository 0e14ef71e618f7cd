package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// rowKinds are the kinds of rows that a reading contributes, in the order of their comparison.
var rowKinds = []string{reservation.KindReservation, reservation.KindCustomer, lake.KindAbsence, lake.KindMerge, lake.KindErasure}

// mark is the hash of all that a row says: its place, when it was read, the digest it carries and its content.
type mark [16]byte

// seenRow is a row as it is compared.
type seenRow struct {
	reading string
	of      string // the kind of raw line: reservation or customer
	line    int64
	mark    mark
	later   mark // of what the warehouse makes of it, its guest having been erased or not
	sound   bool // the digest it carries is its content's, or there is none since its guest was erased on demand
	erased  bool // its guest is to be forgotten; of a request, that it is heeded or held

	// These are of rows of the quarantine.
	note   string // "<reason> <field>" of a field that was left out; empty where the record was refused
	unread bool   // there is a record, and it could not be had
}

// hasher makes marks. It serves one goroutine.
type hasher struct {
	d      reservation.Digester
	buf    []byte
	erased map[warehouse.Subject]bool
	held   map[requested]bool
}

// requested is a guest whom a reading asks to forget, and who is not erased: the request is held.
type requested struct {
	reading string
	guest   warehouse.Subject
}

func (h *hasher) mark(kind string, line, readAt int64, digest string, content []byte) mark {
	h.buf = append(append(h.buf[:0], kind...), 0)
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(line))
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(readAt))
	h.buf = append(append(append(h.buf, digest...), 0), content...)
	sum := sha256.Sum256(h.buf)
	return mark(sum[:16])
}

func (h *hasher) reservation(r *reservation.Reservation) seenRow {
	content := h.d.Reservation(r)
	out := seenRow{reading: r.Reading, of: reservation.KindReservation, line: r.Line, sound: string(content) == r.Digest}
	out.sound = out.sound || r.Digest == "" && r.CustomerID == nil // nobody's: there is nothing to compare
	out.mark = h.mark(out.of, r.Line, r.ReadAt, r.Digest, content)
	out.later = out.mark
	if r.CustomerID != nil && h.erased[warehouse.Subject{Platform: r.Platform, CustomerID: *r.CustomerID}] {
		without := *r
		without.CustomerID = nil
		out.erased, out.later = true, h.mark(out.of, r.Line, r.ReadAt, "", h.d.Reservation(&without))
	}
	return out
}

func (h *hasher) customer(c *reservation.Customer) seenRow {
	content := h.d.Customer(c)
	out := seenRow{reading: c.Reading, of: reservation.KindCustomer, line: c.Line, sound: string(content) == c.Digest}
	out.sound = out.sound || c.Erased() && h.erased[warehouse.Subject{Platform: c.Platform, CustomerID: c.CustomerID}]
	out.mark = h.mark(out.of, c.Line, c.ReadAt, c.Digest, content)
	out.later = out.mark
	if h.erased[warehouse.Subject{Platform: c.Platform, CustomerID: c.CustomerID}] {
		// This is what warehouse/sql/load/07_erase.sql leaves.
		without := reservation.Customer{
			Platform: c.Platform, RestaurantID: c.RestaurantID, CustomerID: c.CustomerID,
			ClockEpoch: c.ClockEpoch, Clock: c.Clock, Forgotten: true,
		}
		out.erased, out.later = true, h.mark(out.of, c.Line, c.ReadAt, "", h.d.Customer(&without))
	}
	return out
}

// stored returns a row as the warehouse has it: what is to be erased is erased already.
func stored(r seenRow) seenRow {
	r.later = r.mark
	return r
}

func (h *hasher) absence(a *reservation.Absence) seenRow {
	out := seenRow{reading: a.Reading, of: a.Kind, line: a.Line, sound: true}
	out.mark = h.mark(a.Kind, a.Line, a.ReadAt, "", fmt.Appendf(nil, "%q %q %q", a.Platform, a.Source, a.ID))
	out.later = out.mark
	return out
}

func (h *hasher) merge(m *reservation.Merge) seenRow {
	out := seenRow{reading: m.Reading, of: reservation.KindCustomer, line: m.Line, sound: true}
	survivor := ""
	if m.SurvivorID != nil {
		survivor = *m.SurvivorID
	}
	out.mark = h.mark(lake.KindMerge, m.Line, m.ReadAt, "", fmt.Appendf(nil, "%q %q %q %t %q", m.Platform, m.Source, m.CustomerID,
		m.SurvivorID != nil, survivor))
	out.later = out.mark
	return out
}

func (h *hasher) erasure(e *reservation.Erasure) seenRow {
	out := seenRow{reading: e.Reading, of: reservation.KindCustomer, line: e.Line, sound: true}
	out.mark = h.mark(lake.KindErasure, e.Line, 0, "", fmt.Appendf(nil, "%q %q", e.Platform, e.CustomerID))
	guest := warehouse.Subject{Platform: e.Platform, CustomerID: e.CustomerID}
	out.later, out.erased = out.mark, h.erased[guest] || h.held[requested{e.Reading, guest}]
	return out
}
