package reconcile

import (
	"cmp"
	"maps"
	"slices"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
	"covers/tasks/internal/warehouse"
)

// maxListed is how many listed ids are kept, to see whether the platform finds by id what it has. One would do if none left
// the platform meanwhile.
const maxListed = 3

// comparison holds both sides of a range: some 200 bytes for each booking and guest in it. It serves one goroutine.
type comparison struct {
	from, to string
	pairs    map[string]map[string]*pair // by kind and id
	nameless map[string]map[string]int64 // refused records without a readable id, by kind and date
	listing  string                      // the date whose list is being read
	asking   bool                        // ids are being asked for
	erased   map[string]bool             // guests whose erasure the warehouse has
	merges   map[string]string           // guests that the warehouse knows to be merged, and into whom
	listed   map[string][]string         // some ids that lists gave, by kind: maxListed at most
	done     int64
	total    int64
	progress func(done, total int64)

	warehouse string // its address, for the receipt

	in       *record.Reader
	mapper   platforms.Mapper
	digester reservation.Digester
}

func newComparison(m machine.Machine, src source.Source, from, to string) (*comparison, error) {
	// Tokens are made as validation makes them, so that the same is refused, and are thrown away. So the key is a random one.
	key, err := token.New(m.Name(token.MinKey), 1, phone.Read)
	if err != nil {
		return nil, err
	}
	c := &comparison{
		from: from, to: to,
		pairs: map[string]map[string]*pair{}, nameless: map[string]map[string]int64{},
		listed: map[string][]string{}, erased: map[string]bool{}, merges: map[string]string{}, in: &record.Reader{},
	}
	for _, kind := range src.Kinds {
		c.pairs[kind], c.nameless[kind] = map[string]*pair{}, map[string]int64{}
	}
	if c.mapper, err = platforms.NewMapper(src, key, c.in); err != nil {
		return nil, err
	}
	return c, nil
}

// hold takes a row of the warehouse. One that is due is asked for by id if no list has it.
func (c *comparison) hold(kind string, h warehouse.Held, due bool) {
	p := &pair{held: true, ask: due, date: h.Day, there: Clock{h.Epoch, h.Clock}, digest: h.Digest}
	if kind == reservation.KindReservation {
		p.date = cmp.Or(p.date, c.to)
	}
	c.pairs[kind][h.ID] = p
	if due {
		c.total++
	}
}

// heldCounts returns how many rows are compared, by kind.
func (c *comparison) heldCounts() map[string]int64 {
	out := map[string]int64{}
	for kind, pairs := range c.pairs {
		out[kind] = 0
		for _, p := range pairs {
			if p.ask {
				out[kind]++
			}
		}
	}
	return out
}

// keep judges a record that the platform gave, and reports whether it belongs into the reading (reading.Options.Keep).
func (c *comparison) keep(kind, asked string, raw []byte) bool {
	c.done++
	c.progress(c.done, max(c.done, c.total))
	got := c.conform(kind, asked, raw)
	if !c.asking && !got.refused && !got.merged && len(c.listed[kind]) < maxListed {
		c.listed[kind] = append(c.listed[kind], got.id)
	}
	date := c.listing
	if kind != reservation.KindReservation {
		date = ""
	} else if got.date != "" {
		date = got.date
	}
	p := c.pairs[kind][got.id]
	if p == nil && (c.asking || kind == reservation.KindReservation && (date < c.from || date > c.to)) {
		return false // beyond the range, where lists overlap; or another record than was asked for
	}
	if p == nil && got.refused && got.id == "" {
		c.nameless[kind][date]++
		return false
	}
	if p == nil {
		p = &pair{date: date}
		c.pairs[kind][got.id] = p
	}
	p.asked = p.asked || c.asking
	if !got.clock.before(p.platform) {
		p.platform = got.clock
		if !p.held {
			p.digest = got.digest
		}
	}
	if !c.asking && date >= c.from && date <= c.to {
		p.date = date
	}
	// A request to be forgotten counts whether or not the rest of the record is in order or new, as in validation.
	forget := got.forgotten && !c.erased[got.id]
	p.forget = p.forget || forget
	switch {
	case got.refused:
		p.raise(refused)
		return forget
	case got.merged:
		return c.keepMerge(p, got, forget)
	case !p.held:
		p.raise(missing)
	case !forget && p.there == got.clock && (p.digest == "" || p.digest == got.digest):
		p.raise(agrees)
		return false
	default:
		p.raise(different)
	}
	return true
}

// keepMerge judges a record that says that a guest is another now, as keep does. It has no clock: a current row of the guest, or
// another survivor, is what differs.
func (c *comparison) keepMerge(p *pair, got conformed, forget bool) bool {
	p.merged = true
	survivor, known := c.merges[got.id]
	switch {
	case !p.held && !known:
		p.raise(missing)
	case !p.held && survivor == got.survivor && !forget:
		p.raise(agrees)
		return false
	default:
		p.raise(different)
	}
	return true
}

// unlisted returns the ids that the warehouse has and no list had, sorted.
func (c *comparison) unlisted(kind string) (ids []string) {
	for id, p := range c.pairs[kind] {
		if p.ask && p.standing == unseen {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// told notes that the platform answered with no record to an id.
func (c *comparison) told(kind, id string, a reading.Asked) {
	p := c.pairs[kind][id]
	p.asked = true
	switch a {
	case reading.Absent:
		p.raise(gone)
	case reading.Denied:
		p.raise(refused)
	case reading.Unconfirmed:
		p.raise(unconfirmed)
	}
}

// answeredOtherwise notes the ids that were answered with a record of another id, which cannot be compared.
func (c *comparison) answeredOtherwise(kind string, ids []string) {
	for _, id := range ids {
		if p := c.pairs[kind][id]; p.standing == unseen {
			p.asked = true
			p.raise(refused)
		}
	}
}

// missing returns the ids that the warehouse seems not to have, by kind.
func (c *comparison) missing() map[string][]string {
	out := map[string][]string{}
	for kind, pairs := range c.pairs {
		for id, p := range pairs {
			if p.standing == missing {
				out[kind] = append(out[kind], id)
			}
		}
		slices.Sort(out[kind])
	}
	maps.DeleteFunc(out, func(_ string, ids []string) bool { return len(ids) == 0 })
	return out
}

// elsewhere takes a row that the warehouse has under another date or time, or has got meanwhile. Such a row may agree.
func (c *comparison) elsewhere(kind string, h warehouse.Held) {
	p := c.pairs[kind][h.ID]
	p.held, p.standing = true, different
	p.there = Clock{h.Epoch, h.Clock}
	if !p.merged && p.there == p.platform && (h.Digest == "" || h.Digest == p.digest && !p.forget) {
		p.standing = agrees
	}
}
