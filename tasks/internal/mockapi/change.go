package mockapi

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// changing is what a scenario did to a shelf, as far as what comes later depends on it. The shelf's mutex guards it.
type changing struct {
	shelf  *shelf
	zone   *time.Location // of OpenTable's local times; nil elsewhere
	prefix string         // of OpenTable's ids, "1001-"

	clock   int64 // of the last change, in milliseconds since 1970
	restart int64 // since when the sequence is another one; 0: it never restarted
	base    int64 // the highest number of the sequence before that
	made    int   // records added
	gone    map[uuid.UUID]int64
}

func newChanging(sh *shelf) *changing {
	c := &changing{shelf: sh, gone: map[uuid.UUID]int64{}}
	sh.since = c
	return c
}

// outdated reports whether a line of a day that comes in now is of a record that was removed after it. Where the sequence
// restarted, the line gets its number in the new one.
func (c *changing) outdated(l *simulator.Line) bool {
	if id, err := c.shelf.served(l.ID); err == nil && c.gone[id] >= l.UpdatedAt {
		return true
	}
	if c.restart == 0 || l.UpdatedAt < c.restart || l.SequenceID <= c.base {
		return false
	}
	number := l.SequenceID - c.base
	if gjson.ValidBytes(l.Record) && gjson.GetBytes(l.Record, "sequence_id").Raw == strconv.FormatInt(l.SequenceID, 10) {
		if record, err := sjson.SetRawBytes(l.Record, "sequence_id", strconv.AppendInt(nil, number, 10)); err == nil {
			l.Record = record
		}
	}
	l.SequenceID = number
	return false
}

// change is a record that a scenario changed, as GET /scenario lists it. From is null for one that is new, To for one that
// is gone.
type change struct {
	Kind     scenario.Kind `json:"kind"` // a rule's, or healed
	Platform string        `json:"platform"`
	Records  string        `json:"records"`
	ID       string        `json:"id"` // the platform's
	From     *version      `json:"from"`
	To       *version      `json:"to"`
}

// version is what a record's versions are told apart by.
type version struct {
	UpdatedAt  time.Time `json:"updated_at"`
	SequenceID int64     `json:"sequence_id,omitempty"` // OpenTable
}

func versionOf(e entry) *version {
	return &version{UpdatedAt: time.UnixMilli(e.updated).UTC(), SequenceID: e.sequence}
}

// healed is the change that takes a rule's change back. No rule has this kind.
const healed scenario.Kind = "healed"

// healing is a record that is to be changed back: its field to what it was, or away where it was none.
type healing struct {
	due   int // at this number of requests
	sh    *shelf
	id    uuid.UUID
	field string
	was   []byte
}

// change does a rule's changes. It is called with h.mu.
func (h *hostile) change(f *scenario.Rule, n *count, t target, r *http.Request, draw *rand.Rand) error {
	sh := h.shelf(t, r, draw)
	if sh == nil {
		return nil // nothing that anybody has
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := h.edit(sh)
	want := f.PerPage
	for place := range e.candidates(t, r, draw) {
		if want == 0 {
			break
		}
		undo, ok, err := e.apply(f, e.view.entries[place], draw)
		if err != nil {
			return e.end(err)
		}
		if !ok {
			continue
		}
		want--
		if undo.field != "" && f.HealAfter > 0 {
			undo.due = n.met + f.HealAfter
			n.heal = append(n.heal, undo)
		}
	}
	return e.end(nil)
}

// heal changes back what is due. It is called with h.mu.
func (h *hostile) heal(n *count) error {
	var later []healing
	for i, w := range n.heal {
		if w.due > n.met {
			later = append(later, w)
			continue
		}
		if err := h.healOne(w); err != nil {
			n.heal = append(later, n.heal[i:]...)
			return err
		}
	}
	n.heal = later
	return nil
}

func (h *hostile) healOne(w healing) error {
	w.sh.mu.Lock()
	defer w.sh.mu.Unlock()
	e := h.edit(w.sh)
	old, ok := e.view.find(w.id)
	if !ok {
		return e.end(nil) // removed meanwhile
	}
	record, err := w.sh.spool.bytes(old.at())
	if err == nil {
		if w.was == nil {
			record, err = sjson.DeleteBytes(record, w.field)
		} else {
			record, err = sjson.SetRawBytes(record, w.field, w.was)
		}
	}
	if err == nil {
		err = e.move(healed, old, record)
	}
	return e.end(err)
}

// shelf returns the shelf that a request is about. For a group it draws one of the group's.
func (h *hostile) shelf(t target, r *http.Request, draw *rand.Rand) *shelf {
	params := r.URL.Query()
	if t.route == scenario.Record {
		id, err := bare(r.PathValue("id"))
		for _, sh := range h.server.shelves {
			if _, ok := sh.view.Load().find(id); ok && err == nil && sh.platform == t.platform && sh.kind == t.records {
				return sh
			}
		}
		return nil
	}
	if t.platform == reservation.OpenTable {
		rid, err := strconv.ParseInt(params.Get("rid"), 10, 64)
		if err != nil {
			return nil
		}
		if t.records == reservation.KindCustomer {
			return h.server.openTable.guests[rid]
		}
		return h.server.openTable.reservations[rid]
	}
	if t.records == reservation.KindCustomer {
		return h.server.theFork.customers
	}
	if sh := h.server.theFork.reservations[params.Get("restaurantUuid")]; sh != nil {
		return sh
	}
	if all := h.server.theFork.all; len(all) > 0 && params.Get("groupUuid") != "" {
		return all[draw.IntN(len(all))].shelf
	}
	return nil
}
