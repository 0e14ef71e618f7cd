package mockapi

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/tidwall/sjson"

	"covers/tasks/internal/mockapi/scenario"
)

// edit is one change of a shelf's view, of several records. The shelf's mutex is held.
type edit struct {
	h      *hostile
	c      *changing
	view   *view
	first  entry // the candidate that comes first by its clock
	top    int64 // the highest number of the sequence
	newest int64 // the latest clock

	drop  map[uuid.UUID]bool
	fresh []entry
	out   *filling
	log   []change
}

func (h *hostile) edit(sh *shelf) *edit {
	e := &edit{h: h, c: h.state[sh], view: sh.view.Load(), drop: map[uuid.UUID]bool{}, out: sh.spool.fill()}
	for i := range e.view.entries {
		en := &e.view.entries[i]
		e.newest = max(e.newest, en.updated)
		if en.updated >= e.c.restart {
			e.top = max(e.top, en.sequence)
		}
	}
	return e
}

// end makes the changes visible, all or none.
func (e *edit) end(err error) error {
	if cerr := e.out.close(err != nil); err == nil {
		err = cerr
	}
	if err != nil || len(e.log) == 0 {
		return err
	}
	left := &view{entries: slices.DeleteFunc(slices.Clone(e.view.entries), func(en entry) bool { return e.drop[en.id] })}
	left.byID = newIndex(left.entries)
	came := slices.Clone(e.fresh)
	v := merge(left, e.fresh, e.c.shelf.order)
	v.states = slices.Clone(e.c.shelf.states)
	e.c.shelf.view.Store(v)
	if e.c.shelf.changed != nil {
		e.c.shelf.changed(e.view, v, came)
	}
	e.h.changes = append(e.h.changes, e.log...)
	for _, done := range e.log {
		e.h.injected[done.Kind]++
	}
	return nil
}

// candidates returns places in the view, in an order that is drawn: a single record's own, or those of a list's records that
// changed after the moment at which what is asked for begins.
func (e *edit) candidates(t target, r *http.Request, draw *rand.Rand) func(yield func(int) bool) {
	var places []int
	id, _ := bare(r.PathValue("id"))
	since := begin(r)
	for i, en := range e.view.entries {
		if t.route == scenario.Record && en.id != id || en.updated <= since {
			continue
		}
		places = append(places, i)
		if len(places) == 1 || compareVersions(en, e.first) < 0 {
			e.first = en
		}
	}
	return func(yield func(int) bool) {
		for i := range places {
			k := i + draw.IntN(len(places)-i)
			places[i], places[k] = places[k], places[i]
			if !yield(places[i]) {
				return
			}
		}
	}
}

// begin returns the moment at which what is asked for by change begins, in milliseconds since 1970; 0 where it has none.
func begin(r *http.Request) int64 {
	params := r.URL.Query()
	if t, err := time.Parse(time.RFC3339, params.Get("updated_after")); err == nil {
		return t.UnixMilli()
	}
	if t, err := time.Parse(time.DateOnly, params.Get("startDate")); err == nil && params.Get("filterBy") != "mealDate" {
		return t.UnixMilli()
	}
	return 0
}

// now returns the platform's clock at the next change. It goes on with each by the least that the platform's records tell apart,
// OpenTable's a second, TheFork's a millisecond, and is later than every record.
func (e *edit) now() int64 {
	first := e.h.plan.Now.UnixMilli()
	if e.h.plan.Now.IsZero() {
		first = time.UnixMilli(e.newest).UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).UnixMilli()
		if e.c.clock > 0 {
			first = 0 // it has begun
		}
	}
	tick := int64(1)
	if e.c.zone != nil {
		tick = time.Second.Milliseconds()
	}
	e.c.clock = max(first, e.c.clock+1, e.newest+1) + tick - 1
	e.c.clock -= e.c.clock % tick
	return e.c.clock
}

// apply changes one record as a rule says. ok is false where this one cannot be changed.
func (e *edit) apply(f *scenario.Rule, old entry, draw *rand.Rand) (undo healing, ok bool, err error) {
	record, err := e.c.shelf.spool.bytes(old.at())
	if err != nil || !e.c.changeable(record, old) {
		return undo, false, err
	}
	switch f.Kind {
	case scenario.Moved:
		return undo, true, e.move(f.Kind, old, record)
	case scenario.Restarted:
		e.begin()
		return undo, true, e.move(f.Kind, old, record)
	case scenario.Removed:
		at := e.now()
		e.c.gone[old.id], e.drop[old.id] = at, true
		e.note(f.Kind, old.id, versionOf(old), nil)
		return undo, true, nil
	case scenario.Added:
		twin := old
		twin.updated, twin.sequence = e.now(), e.next()
		return undo, true, e.add(f.Kind, twin, record, draw)
	case scenario.Late:
		twin := old
		twin.updated, twin.sequence = e.first.updated, e.first.sequence
		if e.c.zone != nil {
			twin.sequence--
		}
		e.first = twin
		return undo, true, e.add(f.Kind, twin, record, draw)
	}
	name, was := e.c.telling(record)
	undo = healing{sh: e.c.shelf, id: old.id, field: name, was: was}
	switch f.Kind {
	case scenario.SameVersion:
		record, err = sjson.SetRawBytes(record, name, other(was))
		if err == nil {
			err = e.put(f.Kind, old, old, record)
		}
		return healing{}, true, err
	case scenario.ExtraField:
		undo.field, undo.was = extraField, nil
		record, err = sjson.SetRawBytes(record, extraField, []byte(`{"tier":"gold","points":120}`))
	case scenario.NewType:
		record, err = sjson.SetRawBytes(record, name, retyped(f.Form, was))
	}
	if err == nil {
		err = e.move(f.Kind, old, record)
	}
	return undo, true, err
}

// begin begins the sequence again.
func (e *edit) begin() {
	if e.c.restart == 0 {
		e.c.base, e.top = e.top, 0
		e.c.restart = e.now()
	}
}

// next returns the next number of the sequence. TheFork has none.
func (e *edit) next() int64 {
	if e.c.zone == nil {
		return 0
	}
	e.top++
	return e.top
}

// move makes a record a version that is changed now.
func (e *edit) move(kind scenario.Kind, old entry, record []byte) error {
	moved := old
	moved.updated, moved.sequence = e.now(), e.next()
	return e.put(kind, old, moved, record)
}

// put takes a version in, in the place of another, and writes its clock into the record.
func (e *edit) put(kind scenario.Kind, old, now entry, record []byte) error {
	record, err := e.c.clocked(record, now)
	if err != nil {
		return err
	}
	if err := e.keep(&now, record); err != nil {
		return err
	}
	e.drop[old.id] = true
	e.note(kind, old.id, versionOf(old), versionOf(now))
	return nil
}

// add takes a copy of a record in, under an id of its own.
func (e *edit) add(kind scenario.Kind, twin entry, record []byte, draw *rand.Rand) error {
	e.c.made++
	old := e.c.prefix + idText(twin.id)
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(draw.Uint32())
	}
	twin.id = uuid.UUID(raw)
	twin.id[6], twin.id[8] = twin.id[6]&0x0f|0x40, twin.id[8]&0x3f|0x80
	if twin.confirmation > 0 {
		twin.confirmation += int64(e.c.made) << 32 // nobody else's
	}
	record, err := e.c.renamed(record, old, e.c.prefix+idText(twin.id), twin.confirmation)
	if err == nil {
		record, err = e.c.clocked(record, twin)
	}
	if err == nil {
		err = e.keep(&twin, record)
	}
	if err == nil {
		e.note(kind, twin.id, nil, versionOf(twin))
	}
	return err
}

func (e *edit) keep(en *entry, record []byte) error {
	at, err := e.out.add(record)
	if err != nil {
		return err
	}
	en.offset, en.length = at.offset, uint32(at.length)
	e.fresh = append(e.fresh, *en)
	return nil
}

func (e *edit) note(kind scenario.Kind, id uuid.UUID, from, to *version) {
	sh := e.c.shelf
	e.log = append(e.log, change{
		Kind: kind, Platform: sh.platform, Records: sh.kind, ID: e.c.prefix + idText(id), From: from, To: to,
	})
}
