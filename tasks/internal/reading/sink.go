package reading

import (
	"context"
	"sync"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/platform"
)

// sink is where a sweep's pages go: entries are counted, what is new becomes a line in raw.
type sink struct {
	mu      sync.Mutex // records that come one by one come from several goroutines
	tally   *tally
	objects *objects
	report  func(done, total int64)
	done    int64 // lines written
	total   int64 // as the platform says; 0 where it does not
	paged   bool
}

// write makes a line of a record, and says so.
func (s *sink) write(ctx context.Context, from platform.Answer, record []byte) error {
	s.done++
	s.report(s.done, s.total)
	return s.objects.append(ctx, from.RequestID, from.At, record)
}

// record takes an entry that was listed with its content: every distinct content is kept.
func (s *sink) record(ctx context.Context, from platform.Answer, record []byte) error {
	if !s.tally.list(keyOf(record)) {
		return nil
	}
	return s.write(ctx, from, record)
}

// page marks the end of a page; the first is a place where a test may kill the run.
func (s *sink) page() {
	if !s.paged {
		s.paged = true
		failpoint.Hit("extract/first-page")
	}
}
