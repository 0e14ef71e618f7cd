package quality

import (
	"maps"
	"slices"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// judging is the work on one expectation of one kind of record.
type judging struct {
	all     contract.Expectations
	e       contract.Expectation
	kind    string
	seen    lake.KindProfile
	earlier []lake.KindProfile
	days    []string
}

func (j judging) findings() []Finding {
	switch j.e.Measure {
	case contract.MeasureRows:
		return j.held("", func(p lake.KindProfile) (measured, bool) { return countOf(p.Rows), true })
	case contract.MeasureShare:
		return j.shares()
	case contract.MeasureKnown:
		return j.known()
	case contract.MeasureSpend:
		return j.held("", func(p lake.KindProfile) (measured, bool) { return spendOf(p.Spend) })
	default:
		return j.held("", func(p lake.KindProfile) (measured, bool) { return quietOf(p) })
	}
}

// shares holds the share of some values together, or of each that was ever seen.
func (j judging) shares() (found []Finding) {
	share := func(values []string) func(p lake.KindProfile) (measured, bool) {
		return func(p lake.KindProfile) (measured, bool) {
			counts := p.Values[j.e.Column]
			of := p.Rows
			if j.e.Among != nil {
				of = sum(counts, j.e.Among)
			}
			return shareOf(sum(counts, values), of), of > 0
		}
	}
	if j.e.Values != nil {
		return j.held("", share(j.e.Values))
	}
	values := map[string]bool{}
	for _, p := range append(slices.Clone(j.earlier), j.seen) {
		for v := range p.Values[j.e.Column] {
			values[v] = true
		}
	}
	for _, v := range slices.Sorted(maps.Keys(values)) {
		found = append(found, j.held(v, share([]string{v}))...)
	}
	return found
}

// known holds the share of rows that are not null, of each column that ever was not.
func (j judging) known() (found []Finding) {
	columns := bookingColumns[:]
	if j.kind == reservation.KindCustomer {
		columns = guestColumns[:]
	}
	for _, column := range columns {
		if j.never(column) {
			continue
		}
		found = append(found, j.held(column, func(p lake.KindProfile) (measured, bool) {
			return shareOf(p.Known[column], p.Rows), p.Rows > 0
		})...)
	}
	return found
}

// never reports whether a column was null in every row of every day.
func (j judging) never(column string) bool {
	return j.seen.Known[column] == 0 &&
		!slices.ContainsFunc(j.earlier, func(p lake.KindProfile) bool { return p.Known[column] > 0 })
}

func sum(counts map[string]int64, of []string) (n int64) {
	for _, v := range of {
		n += counts[v]
	}
	return n
}

// held compares the day's number with those of the earlier days, where there are enough.
func (j judging) held(of string, take func(lake.KindProfile) (measured, bool)) []Finding {
	seen, ok := take(j.seen)
	if !ok {
		return nil
	}
	var earlier []measured
	var days []string
	for i, p := range j.earlier {
		if s, ok := take(p); ok {
			earlier, days = append(earlier, s), append(days, j.days[i])
		}
	}
	if len(earlier) < j.all.Days {
		return nil
	}
	r := rangeOf(seen, earlier, j.e, j.all.Deviations)
	if seen.value >= r.low && seen.value <= r.high {
		return nil
	}
	return []Finding{{
		Expectation: j.e.Name, Severity: j.e.Severity, Kind: j.kind, Of: of, Seen: seen.words(seen.value),
		Expected: r.words(seen), Days: days,
	}}
}
