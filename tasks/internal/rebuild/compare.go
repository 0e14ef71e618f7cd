package rebuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
	"covers/tasks/internal/warehouse/rowhash"
)

// table is one that both warehouses must agree about, row by row.
type table struct {
	name  string
	rows  string   // the query; "" for all of them
	key   []string // in which they are ordered, and found again
	shown []string // what is said of a row that differs: places and readings, never a guest
	omit  []string // columns that say how the row came, not what is true
}

var byPlace = []string{"reading", "line"}

// compared are all tables but the load's own. Views follow from them.
var compared = []table{
	{name: "reservation_observations", key: byPlace, shown: byPlace},
	{name: "customer_observations", key: byPlace, shown: byPlace},
	{name: "absences", key: byPlace, shown: byPlace},
	{name: "merges", key: byPlace, shown: byPlace},
	{name: "reservations", key: []string{"platform", "reservation_id"}, shown: byPlace},
	{name: "customers", key: []string{"platform", "customer_id"}, shown: byPlace},
	{name: "erasures", rows: "SELECT DISTINCT platform, customer_id FROM erasures", key: []string{"platform", "customer_id"},
		shown: []string{"platform"}},
	{name: "held_erasures", key: []string{"reading", "line", "customer_id"}, shown: byPlace},
	{name: "erasure_decisions", key: []string{"decision_number"}, shown: []string{"reading", "decision"}},
	// Of equal results the first manifest is taken that is found; the rest is when and by what it was loaded.
	{name: "loads", key: []string{"reading"}, shown: []string{"reading"}, omit: []string{"manifest", "program", "loaded_at"}},
	{name: "restaurants", key: []string{"restaurant_id"}, shown: []string{"restaurant_id"}},
	{name: "restaurant_history", key: []string{"restaurant_id", "first_day"}, shown: []string{"restaurant_id", "first_day"}},
	{name: "platforms", key: []string{"platform"}, shown: []string{"platform"}},
}

// notCompared are the load's own tables: how often it ran, and which files made the schema.
var notCompared = []string{"load_gate", "schema_versions"}

// Difference says how a table of the two warehouses differs.
type Difference struct {
	Table   string   `json:"table"`
	OldOnly int64    `json:"old_only"` // rows by key
	NewOnly int64    `json:"new_only"`
	Changed int64    `json:"changed"`
	First   []string `json:"first"` // a few of them

	oldSum, newSum string
}

// firstFew is how many rows of a table are named.
const firstFew = 3

// compare holds the build against the old warehouse, and refuses differences that nobody has accepted.
func (r *rebuilding) compare(ctx context.Context) error {
	r.out.Differences, r.out.Fingerprint = nil, ""
	err := r.both(ctx, func(old, build *place) error {
		for _, t := range compared {
			d, err := t.compare(ctx, old, build)
			if err != nil {
				return err
			}
			if d != nil {
				r.out.Differences = append(r.out.Differences, *d)
			}
		}
		return nil
	})
	if err != nil || r.out.Differences == nil {
		return err
	}
	r.out.Fingerprint = fingerprint(r.out.Differences)
	if r.Accept == r.out.Fingerprint {
		return nil
	}
	var says []string
	for _, d := range r.out.Differences {
		says = append(says, fmt.Sprintf("%s: %d rows only in the old one, %d only in the new one, %d changed", d.Table, d.OldOnly,
			d.NewOnly, d.Changed))
	}
	return fault.New(fault.Data,
		"look at the rows that are named (load explain, care verify): where the old warehouse is the one "+
			"that is wrong, run again with --accept-differences "+r.out.Fingerprint+"; else report it. The old one is as it was",
		"the new warehouse differs from %s: %s", r.site.oldName(), strings.Join(says, "; "))
}

func fingerprint(all []Difference) string {
	const digits = 12
	h := sha256.New()
	for _, d := range all {
		fmt.Fprintf(h, "%s %s %s\n", d.Table, d.oldSum, d.newSum)
	}
	return hex.EncodeToString(h.Sum(nil))[:digits]
}

// compare returns how a table differs, nil where it does not.
func (t table) compare(ctx context.Context, old, build *place) (*Difference, error) {
	var sums [2]string
	for i, p := range []*place{old, build} {
		var sum rowhash.Sum
		hasher := rowhash.New(t.omit...)
		err := p.each(ctx, t.query(), func(names, types []string, values []any) error {
			sum.Add(hasher.Row(names, types, values))
			return nil
		})
		if err != nil {
			return nil, err
		}
		sums[i] = sum.String()
	}
	if sums[0] == sums[1] {
		return nil, nil
	}
	d := &Difference{Table: t.name, First: []string{}, oldSum: sums[0], newSum: sums[1]}
	return d, t.find(ctx, old, build, d)
}

func (t table) query() string {
	if t.rows != "" {
		return t.rows
	}
	return "SELECT * FROM " + t.name
}

// keyed is a row as it is found again.
type keyed struct {
	key   []string
	hash  [sha256.Size]byte
	shown string
}

// find goes through both tables in the order of their keys, a row of each at a time.
func (t table) find(ctx context.Context, old, build *place, d *Difference) error {
	ofOld, stopOld := iter.Pull2(t.sorted(ctx, old))
	defer stopOld()
	ofNew, stopNew := iter.Pull2(t.sorted(ctx, build))
	defer stopNew()
	say := func(row keyed, how string) {
		if len(d.First) < firstFew {
			d.First = append(d.First, row.shown+how)
		}
	}
	a, errA, moreA := ofOld()
	b, errB, moreB := ofNew()
	for moreA || moreB {
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		order := slices.Compare(a.key, b.key)
		switch {
		case !moreB || moreA && order < 0:
			d.OldOnly++
			say(a, ", only in the old one")
			a, errA, moreA = ofOld()
		case !moreA || order > 0:
			d.NewOnly++
			say(b, ", only in the new one")
			b, errB, moreB = ofNew()
		default:
			if a.hash != b.hash {
				d.Changed++
				say(a, ", changed")
			}
			a, errA, moreA = ofOld()
			b, errB, moreB = ofNew()
		}
	}
	return errors.Join(errA, errB)
}

// sorted are a table's rows in the order of their keys.
func (t table) sorted(ctx context.Context, p *place) iter.Seq2[keyed, error] {
	errStop := errors.New("no more is wanted")
	return func(yield func(keyed, error) bool) {
		hasher := rowhash.New(t.omit...)
		err := p.each(ctx, "SELECT * FROM ("+t.query()+") v ORDER BY "+strings.Join(t.key, ", "),
			func(names, types []string, values []any) error {
				row := keyed{hash: hasher.Row(names, types, values)}
				var shown []string
				for _, k := range t.key {
					i := slices.Index(names, k)
					row.key = append(row.key, ordered(k, engine.Text(types[i], values[i])))
				}
				for _, s := range t.shown {
					i := slices.Index(names, s)
					shown = append(shown, s+" "+engine.Text(types[i], values[i]))
				}
				row.shown = strings.Join(shown, ", ")
				if !yield(row, nil) {
					return errStop
				}
				return nil
			})
		if err != nil && !errors.Is(err, errStop) {
			yield(keyed{}, err)
		}
	}
}

// numbers are the columns of keys that are numbers: engines order them by value.
var numbers = []string{"line", "decision_number", "restaurant_id"}

// ordered writes a key's value so that its text has the engines' order.
func ordered(column, value string) string {
	const digits = 20 // more than a BIGINT has
	if slices.Contains(numbers, column) {
		return strings.Repeat("0", max(0, digits-len(value))) + value
	}
	return value
}
