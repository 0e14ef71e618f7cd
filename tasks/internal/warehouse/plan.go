package warehouse

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse/engine"
)

// Taken is a reading that a load takes: at which rank, and from which manifest.
type Taken struct {
	lake.Input
	Manifest string // key of the processed manifest
	Before   string // the rank that the ledger has, "" where it has none
}

// noted returns how many accepted records lack a field that could not be read.
func (t Taken) noted() (n int64) {
	for _, c := range t.Counts {
		n += c.Noted
	}
	return n
}

// unread returns how many records the platform has and did not give.
func (t Taken) unread() (n int64) {
	for _, c := range t.Counts {
		n += c.Unread
	}
	return n
}

// Withheld returns the kinds of which nothing goes in, because too much of them was refused, sorted. A result of an older program
// that is refused names none.
func (t Taken) Withheld() (kinds []string) {
	for _, kind := range slices.Sorted(maps.Keys(t.Counts)) {
		if t.Counts[kind].Withheld != "" {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// plan is what one load is to take.
type plan struct {
	readings  []Taken // all that the manifests name, sorted by reading
	taken     []Taken // of them, those that the ledger lacks
	left      []Taken // and of these, those left out
	manifests []lake.Found[lake.Processed]
	known     // what the warehouse knew of readings when it was planned
}

// newPlan chooses, for each reading that the manifests name, its newest rank, and leaves out what the ledger has at that rank
// or a newer one. Of two manifests with the same result it takes the first by key. A rank of a newer contract than this
// program's is a usage fault; two different results of one reading and rank are a data fault, since the first one of a name
// should have won.
func newPlan(found []lake.Found[lake.Processed], k known, o LoadOptions) (plan, error) {
	newest := map[string]Taken{}
	for _, f := range found {
		for _, in := range f.Manifest.Inputs {
			if o.Only != nil && o.Only[in.Reading] != in.Rank.String() {
				continue
			}
			t := Taken{Input: in, Manifest: f.Key, Before: k.ranks[in.Reading]}
			other, ok := newest[in.Reading]
			if ok && other.Rank == in.Rank && other.SHA256 != in.SHA256 {
				return plan{}, fault.New(fault.Data,
					"look at staging for two results of the reading, remove the manifest that is wrong and derive the day again",
					"%s and %s name different results of reading %s at rank %s", other.Manifest, f.Key, in.Reading, in.Rank)
			}
			if !ok || cmp.Or(in.Rank.Compare(other.Rank), strings.Compare(other.Manifest, f.Key)) > 0 {
				newest[in.Reading] = t
			}
		}
	}
	p := plan{known: k, readings: slices.SortedFunc(maps.Values(newest),
		func(a, b Taken) int { return strings.Compare(a.Reading, b.Reading) })}
	for _, t := range p.readings {
		if o.again != nil && !o.again[t.Reading] || t.Before > t.Rank.String() ||
			t.Before == t.Rank.String() && !o.again[t.Reading] {
			continue
		}
		if t.Rank.Contract > o.Revision {
			return plan{}, fault.New(fault.Usage, "use the newer program here too",
				"reading %s is at rank %s in %s: revision %d of the contract is newer than this program's, %d",
				t.Reading, t.Rank, t.Manifest, t.Rank.Contract, o.Revision)
		}
		if r, known := revisionOf(o.Registry, t.Source); known && t.Rank.Source > r {
			return plan{}, fault.New(fault.Usage, "use the newer restaurants.yaml here too; if there is none, somebody wrote a "+
				"result that no settings give: see who in staging and processed",
				"reading %s is at rank %s in %s: revision %d of %s is newer than that of restaurants.yaml, %d",
				t.Reading, t.Rank, t.Manifest, t.Rank.Source, t.Source, r)
		}
		p.taken = append(p.taken, t)
	}
	p.use(found)
	return p, nil
}

// revisionOf returns the revision that restaurants.yaml gives to a source. One that is not in the file any more has none.
func revisionOf(r *source.Registry, id string) (revision int64, known bool) {
	if r == nil {
		return 0, false
	}
	s, err := r.Source(id)
	return s.Revision, err == nil
}

// use keeps the manifests that something is taken from.
func (p *plan) use(found []lake.Found[lake.Processed]) {
	used := map[string]bool{}
	for _, t := range append(p.erasing(), p.taken...) {
		used[t.Manifest] = true
	}
	p.manifests = nil
	for _, f := range found {
		if used[f.Key] {
			p.manifests = append(p.manifests, f)
		}
	}
}

// leaveOut takes out of the plan what o says is not to be loaded. What is loaded already, at whatever rank, stays and is
// brought up: a raised rank is not lost.
func (p *plan) leaveOut(ctx context.Context, o LoadOptions) error {
	if o.LeaveOut == nil || len(p.taken) == 0 {
		return nil
	}
	left, err := o.LeaveOut(ctx, p.readings)
	if err != nil {
		return err
	}
	var taken []Taken
	for _, t := range p.taken {
		if left[t.Reading] && t.Before == "" {
			p.left = append(p.left, t)
		} else {
			taken = append(taken, t)
		}
	}
	p.taken = taken
	p.use(p.manifests)
	return nil
}

// erases reports whether a load needs the tables of what is to be erased: requests to forget land, or merges, which carry
// erasures on, or some are held already.
func (p plan) erases() bool {
	return len(p.objects(lake.KindErasure)) > 0 || p.loaded().Merges > 0 || p.holding()
}

// erasing returns the readings that are left out and ask to forget somebody, or did at an older rank: that is looked at all the
// same.
func (p plan) erasing() (out []Taken) {
	for _, t := range p.left {
		if t.Erasures > 0 || p.holds[t.Reading].Requests > 0 {
			out = append(out, t)
		}
	}
	return out
}

// heeds reports whether a reading's requests to forget are heeded. What a person decided counts, at whatever rank; else whether
// the result holds them.
func (p plan) heeds(t Taken) bool {
	switch p.holds[t.Reading].Decision {
	case Confirmed:
		return true
	case RefusedRequests, TakenBack:
		return false
	}
	return t.Held == ""
}

// requests returns how many requests to forget a load brings that are heeded, and how many that are held.
func (p plan) requests() (heeded, held int64) {
	for _, t := range append(p.erasing(), p.taken...) {
		if p.heeds(t) {
			heeded += t.Erasures
		} else {
			held += t.Erasures
		}
	}
	return heeded, held
}

// holding reports whether the warehouse holds requests of a reading that the load brings anew.
func (p plan) holding() bool {
	return slices.ContainsFunc(append(p.erasing(), p.taken...), func(t Taken) bool { return p.holds[t.Reading].Requests > 0 })
}

// objects returns the objects of a kind that hold rows, each once.
func (p plan) objects(kind string) []lake.Object {
	var out []lake.Object
	seen := map[string]bool{}
	for _, f := range p.manifests {
		for _, o := range f.Manifest.Objects {
			if o.Kind == kind && o.Records > 0 && !seen[o.Key] {
				seen[o.Key] = true
				out = append(out, o)
			}
		}
	}
	return out
}

// manifestsOf reads the processed manifests of days; nil means every day of the zone.
func manifestsOf(ctx context.Context, processed *lake.Zone, days []string) ([]lake.Found[lake.Processed], error) {
	if days == nil {
		folders, err := processed.Folders(ctx, "")
		if err != nil {
			return nil, err
		}
		for _, f := range folders {
			if _, err := time.Parse(time.DateOnly, f); err == nil {
				days = append(days, f)
			}
		}
	}
	of := make([][]lake.Found[lake.Processed], len(days))
	err := lake.AtOnce(len(days), func(i int) (err error) {
		of[i], err = lake.ProcessedOf(ctx, processed, days[i])
		return err
	})
	return slices.Concat(of...), err
}

// tag names the load in the history of a warehouse that keeps one.
func (p plan) tag(m machine.Machine, o LoadOptions) engine.QueryTag {
	t := engine.QueryTag{Program: "covers " + o.Program, Run: m.Name(4), Readings: len(p.taken)}
	if len(p.taken) > 0 {
		t.First = p.taken[0].Reading
	}
	return t
}
