package verify

import (
	"cmp"
	"slices"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse"
)

// trail is what is known of one reading.
type trail struct {
	id  lake.ReadingID
	raw *lake.Found[lake.Reading] // nil: expired
	// results are those that staging has, and result is the one that stands; nil: expired.
	results []lake.Found[lake.Result]
	result  *lake.Found[lake.Result]
	named   []naming // by which processed manifests, at whatever rank
	ledger  []warehouse.Entry
	broken  map[Stage]error  // a manifest that cannot be read
	lines   map[string]int64 // by kind, as raw counts them or, once expired, as the result does
	rows    *contribution    // as staging has them or, once expired, processed
	source  side             // of these rows, to look again
	from    Stage            // the stage that they are of
	chosen  *naming
	ends    *Difference
	fates   map[Stage]fate
}

func newTrail(id lake.ReadingID) *trail {
	return &trail{id: id, broken: map[Stage]error{}, lines: map[string]int64{}, fates: map[Stage]fate{}}
}

// stand chooses the result that stands, as transform does.
func (t *trail) stand() {
	named := func(r lake.Result) bool {
		return slices.ContainsFunc(t.named, func(n naming) bool { return n.input.Rank == r.Rank })
	}
	for _, f := range lake.Standing(t.results, named) { // they are of one reading
		t.result = &f
	}
}

// naming is a processed manifest that names a reading.
type naming struct {
	manifest *lake.Found[lake.Processed]
	input    lake.Input
}

// choose returns the manifest that a reading's newest result is loaded from: the ledger's, or the one that a load would take.
func (t *trail) choose() *naming {
	var best *naming
	better := func(a, b *naming) bool {
		return cmp.Or(a.input.Rank.Compare(b.input.Rank), t.loaded(a)-t.loaded(b)) > 0
	}
	for i := range t.named {
		x := &t.named[i]
		if t.result != nil && x.input.Rank != t.result.Manifest.Rank {
			continue
		}
		if best == nil || better(x, best) { // they are sorted by key: of equal ones the first stays
			best = x
		}
	}
	return best
}

// loaded returns 1 where the ledger names the manifest, and 0 where it does not.
func (t *trail) loaded(n *naming) int {
	if slices.ContainsFunc(t.ledger, func(e warehouse.Entry) bool { return e.Manifest == n.manifest.Key }) {
		return 1
	}
	return 0
}
