package validate

import (
	"strings"

	"covers/tasks/internal/lake"
)

// kindCounts are how many records of one kind there are.
type kindCounts struct {
	accepted, quarantined, merged int64
	absent, unread                int64 // these are no records
	reasons                       map[string]int64
	noted                         int64 // of those accepted or merged
	notes                         map[fieldNote]int64
}

// fieldNote is why a field was left out.
type fieldNote struct{ reason, field string }

// noteCounts returns the notes as a manifest has them; nil where there are none.
func (n *kindCounts) noteCounts() map[string]int64 {
	if len(n.notes) == 0 {
		return nil
	}
	counts := map[string]int64{}
	for note, records := range n.notes {
		counts[strings.TrimSpace(note.reason+" "+note.field)] += records
	}
	return counts
}

// newCounts makes the counts of each kind that a reading counts.
func newCounts(reading lake.Reading) map[string]*kindCounts {
	counts := map[string]*kindCounts{}
	for kind := range reading.Counts {
		counts[kind] = &kindCounts{reasons: map[string]int64{}, notes: map[fieldNote]int64{}}
	}
	return counts
}

// add adds what another checker counted.
func (n *kindCounts) add(other *kindCounts) {
	n.accepted += other.accepted
	n.quarantined += other.quarantined
	n.merged += other.merged
	n.absent += other.absent
	n.unread += other.unread
	n.noted += other.noted
	for reason, records := range other.reasons {
		n.reasons[reason] += records
	}
	for note, records := range other.notes {
		n.notes[note] += records
	}
}
