package reading

import (
	"context"
	"sync"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
)

// sink is where the records of one kind go: entries are counted, what is new becomes a line in raw.
type sink struct {
	mu      sync.Mutex // records that come one by one come from several goroutines
	kind    string
	listing *listing
	objects *objects
	keep    func(kind, asked string, record []byte) bool
	report  func(done, total int64)
	done    int64 // lines written
	total   int64 // of a list, as the platform says; 0 where it does not
	paged   bool

	aside []missed // put aside until the end of the sweep
	row   int      // put aside in a row
	any   bool     // whether any record could be had
}

// take writes down a record that was not met before, unless nobody wants it.
func (s *sink) take(ctx context.Context, from platform.Answer, record []byte) error {
	if s.keep != nil && !s.keep(s.kind, "", record) {
		s.listing.known()
		return nil
	}
	s.written()
	return s.objects.record(ctx, from.RequestID, from.At, record)
}

func (s *sink) written() {
	s.done++
	s.report(s.done, s.total)
}

// record takes an entry that was listed with its content: every distinct content is kept.
func (s *sink) record(ctx context.Context, from platform.Answer, record []byte) error {
	if isNew, err := s.listing.list(keyOf(record)); !isNew {
		return err
	}
	return s.take(ctx, from, record)
}

// answered takes the record of one id that was asked for. The caller holds mu.
func (s *sink) answered(ctx context.Context, id string, from platform.Answer) error {
	s.listing.asked()
	return s.takeAsked(ctx, id, from)
}

// askedInVain writes down that the record of an id that was asked for is not read. The caller holds mu.
func (s *sink) askedInVain(ctx context.Context, id string, r reply) error {
	s.listing.asked()
	return s.unread(ctx, missed{id: id, times: 1, why: r.missed, from: r.answer})
}

// takeAsked is take for the record of an id that was asked for.
func (s *sink) takeAsked(ctx context.Context, id string, from platform.Answer) error {
	if s.keep != nil && !s.keep(s.kind, id, from.Body) {
		s.listing.known()
		return nil
	}
	s.written()
	return s.objects.asked(ctx, from.RequestID, from.At, id, from.Body)
}

// absent writes down that an id asked for is not there. The caller holds mu.
func (s *sink) absent(ctx context.Context, id string, from platform.Answer) error {
	s.listing.asked()
	s.listing.absent()
	s.written()
	return s.objects.absent(ctx, from.RequestID, from.At, id)
}

// page marks the end of a page; the first is a place where a test may kill the run. It fails where the way through the list comes
// to no end: more than twice as many entries in a row as there are known ones, and none of them new.
func (s *sink) page() error {
	if !s.paged {
		s.paged = true
		failpoint.Hit("extract/first-page")
	}
	if known := s.listing.seen.n; s.listing.idle > 2*known+idleMin {
		return fault.New(
			fault.Unavailable,
			"tell the platform",
			"list %ss: %d entries in a row were met before, and there are %d: the list comes to no end",
			s.kind,
			s.listing.idle,
			known,
		)
	}
	return nil
}

// idleMin is how many entries that were met before may follow each other in a short list.
const idleMin = 5000
