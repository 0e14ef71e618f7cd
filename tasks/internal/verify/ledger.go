package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/text"
)

// ledgered holds the ledger's entry against the result.
func ledgered(t *trail) error {
	if len(t.ledger) != 1 {
		next, found := "run load for the day", notThere
		if len(t.ledger) > 1 {
			next, found = nextWarehouse, text.Count(len(t.ledger), "row")
		}
		return newDifference(next, "the reading's row of the ledger", "one", found)
	}
	e := t.ledger[0]
	if t.chosen == nil {
		return nil // expired: nothing to hold it against
	}
	in := t.chosen.input
	switch rank := in.Rank.String(); {
	case e.Rank < rank:
		return newDifference("run load for the day", "the rank that the ledger says is loaded", rank, e.Rank)
	case e.Rank > rank:
		return newDifference("find out what became of the newer result, and derive the day again with the settings of that rank",
			"the rank that the ledger says is loaded", rank, e.Rank)
	case e.Refused != in.Refused:
		return newDifference(nextWarehouse, "refused, by the ledger", in.Refused, e.Refused)
	case e.Erasures != in.Erasures:
		return newDifference(nextWarehouse, "requests to forget a guest, by the ledger", in.Erasures, e.Erasures)
	case e.Result != in.Result:
		return newDifference(nextWarehouse, "the result that the ledger names", in.Result, e.Result)
	}
	var noted, unread int64
	withheld := []string{}
	for _, kind := range slices.Sorted(maps.Keys(in.Counts)) {
		n := in.Counts[kind]
		noted, unread = noted+n.Noted, unread+n.Unread
		if n.Withheld != "" {
			withheld = append(withheld, kind)
		}
	}
	want := fmt.Sprintf("%d, %d, %s", noted, unread, strings.Join(withheld, " and "))
	if have := fmt.Sprintf("%d, %d, %s", e.Noted, e.Unread, strings.Join(e.Withheld, " and ")); have != want {
		return newDifference(nextWarehouse, "records with a note, records not read and kinds withheld, by the ledger", want, have)
	}
	for _, kind := range slices.Sorted(maps.Keys(in.Counts)) {
		want, have := in.Counts[kind], e.Counts[kind]
		if have.Received != want.Received || have.Accepted != want.Accepted || have.Quarantined != want.Quarantined {
			return newDifference(nextWarehouse, kind+" records received, accepted and quarantined, by the ledger",
				fmt.Sprintf("%d, %d, %d", want.Received, want.Accepted, want.Quarantined),
				fmt.Sprintf("%d, %d, %d", have.Received, have.Accepted, have.Quarantined))
		}
	}
	return nil
}
