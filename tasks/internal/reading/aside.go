package reading

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/rs/zerolog"

	"covers/tasks/internal/platform"
)

// What one record may be asked for without holding up the others, and how many may be put aside. Beyond that it is the platform
// that fails, and no longer a record of its.
const (
	fewTries  = 3   // attempts at a record that fails while the platform may be up
	rowAtMost = 4   // put aside one after the other, with none between that could be had
	asideMin  = 10  // of one kind in a reading, in any case
	asidePart = 100 // and a hundredth of what is listed
)

// missed is a record that was listed and could not be had.
type missed struct {
	id    string // the platform's, or its place in the list
	place int    // of a list that gives whole records
	times int64  // it was listed, and counted; 0: it was not
	why   string // in a word or two
	from  platform.Answer
	err   error
}

// ofOne reports whether what came of asking for one record may be so for that record alone, and why it was not had.
func ofOne(answer platform.Answer, err error) (why string, one bool) {
	if s := answer.Status; err != nil && (s == http.StatusForbidden || s == http.StatusNotFound) {
		return strconv.Itoa(s), true
	}
	return platform.IsOfOne(err)
}

// putAside keeps a record for the end of the sweep. It reports false where so many could not be had that the platform fails.
func (s *sink) putAside(ctx context.Context, m missed) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	allowed := max(asideMin, max(s.listing.current.entries, s.total)/asidePart)
	if s.row >= rowAtMost || int64(len(s.aside))+s.listing.counts.Unread >= allowed {
		return false
	}
	s.row++
	s.aside = append(s.aside, m)
	zerolog.Ctx(ctx).Warn().Str("kind", s.kind).Str("request", m.from.RequestID).Str("why", m.why).Msg("a record is put aside")
	return true
}

// had notes that a record could be had.
func (s *sink) had() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row, s.any = 0, true
}

// again asks once more for what was put aside. ask returns what came of one, after it took what it could have of it; where it
// could be had nothing is left to do. What still cannot be had is written down as not read. Where nothing else could be had
// either, that is the error.
func (s *sink) again(ctx context.Context, ask func(m missed, few int) (platform.Answer, error)) error {
	aside := s.aside
	s.aside, s.row = nil, 0
	for _, m := range aside {
		few := fewTries
		if !s.any {
			few = 0
		}
		answer, err := ask(m, few)
		if err == nil {
			continue
		}
		why, one := ofOne(answer, err)
		if !one || !s.any && (len(aside) > 1 || why == "403") {
			return err
		}
		m.from, m.why = answer, why
		write := s.unread
		if m.times == 0 {
			write = s.unreadAt
		}
		if err := write(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// unread writes down that a record that is counted as received is not read.
func (s *sink) unread(ctx context.Context, m missed) error {
	s.listing.unread(m.times)
	s.written()
	zerolog.Ctx(ctx).Warn().Str("kind", s.kind).Str("request", m.from.RequestID).Str("why", m.why).Msg("a record is not read")
	return s.objects.unread(ctx, m.from.RequestID, m.from.At, m.id, m.why)
}

// unreadAt writes down that what is at a place of the list is not read, unless an earlier sweep did.
func (s *sink) unreadAt(ctx context.Context, m missed) error {
	if isNew, err := s.listing.list(keyOf([]byte(m.id))); !isNew {
		return err
	}
	m.times = 1
	return s.unread(ctx, m)
}

// placeOf names a place in a list, for people.
func placeOf(kind, format string, args ...any) string {
	return fmt.Sprintf(format, args...) + " of " + kind + "s"
}
