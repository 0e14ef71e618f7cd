package validate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// withheld returns why a kind's rows do not go in, empty where they do. A share alone says little of few records, so that their
// number must be too large as well, or none of at least two be in order.
func (o Options) withheld(kind string, received int64, n *kindCounts) string {
	share := fmt.Sprintf("%d of %d %s records refused, more than %g%%", n.quarantined, received, kind, o.MaxRefused*100)
	switch {
	case float64(n.quarantined) <= o.MaxRefused*float64(received):
		return ""
	case n.quarantined > o.MaxRefusedRecords:
		return fmt.Sprintf("%s and than %d", share, o.MaxRefusedRecords)
	case received > 1 && n.accepted+n.merged == 0:
		return share + " and none in order"
	}
	return ""
}

// refuse marks a reading of which nothing goes in.
func refuse(r *lake.Result) {
	var why []string
	for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
		n := r.Counts[kind]
		if n.Withheld != "" {
			why = append(why, n.Withheld)
		} else if n.Received+n.Absent > 0 {
			return
		}
	}
	r.Refused, r.Why = len(why) > 0, strings.Join(why, "; ")
}

// held returns why a reading's requests to forget guests wait for a person, empty where they do not. It is a function of the
// reading and of limits that are pinned under the rank: what other days had has no say, so that it does not matter in which
// order days are read, validated or loaded. The share is low, because few of those who book ask to be forgotten; the number
// lets a small restaurant's requests pass.
func (o Options) held(received, requests int64) string {
	share := fmt.Sprintf("%d of %d guests ask to be forgotten, more than %g%%", requests, received, o.MaxErased*100)
	switch {
	case float64(requests) <= o.MaxErased*float64(received):
		return ""
	case requests > o.MaxErasedRecords:
		return fmt.Sprintf("%s and than %d", share, o.MaxErasedRecords)
	case received > 1 && requests >= received:
		return share + " and all of them"
	}
	return ""
}

// note notes a result where it withholds or holds something.
func (out *Outcome) note(r lake.Result) {
	if r.WithholdsAny() {
		out.Withheld = append(out.Withheld, r)
	}
	if r.Held != "" {
		out.Held = append(out.Held, r)
	}
}

// verdict fails where the newest reading withholds something. An older one is no reason to stop the day, since a newer one made
// up for it.
func (out *Outcome) verdict(o Options, newest map[string]string) error {
	for _, r := range slices.Backward(out.Withheld) {
		if newest[r.By] != r.Reading {
			continue
		}
		next := "see `validate quarantine`, then have the platform's records corrected and run extract again, or " + o.raise(r)
		if r.Refused {
			return fault.New(fault.Data, next, "refuse reading %s: %s", r.Reading, r.Why)
		}
		var others []string
		for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
			if n := r.Counts[kind]; n.Withheld == "" && n.Received+n.Absent > 0 {
				others = append(others, kind)
			}
		}
		return fault.New(fault.Data, next, "withhold %s records of reading %s: %s; its %s records go in",
			strings.Join(r.Withheld(), " and "), r.Reading, r.WhyWithheld(), strings.Join(others, " and "))
	}
	return nil
}

// raise says which limit lets a result in, and under which revision it can be raised: limits are pinned under the rank.
func (o Options) raise(r lake.Result) string {
	limit := "--max-refused-records"
	for _, kind := range r.Withheld() {
		if n := r.Counts[kind]; n.Received > 1 && n.Accepted+n.Merged == 0 {
			limit = "--max-refused" // the number does not matter where none is in order
		}
	}
	return fmt.Sprintf("raise %s and the revision of %s in restaurants.yaml from %d to %d", limit, o.Source.ID, o.Source.Revision,
		o.Source.Revision+1)
}
