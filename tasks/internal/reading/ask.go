package reading

import (
	"context"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
)

// Asked is what came of an id that was asked for.
type Asked int

// What can come of it, beside a record: a record is not told, but goes the way of a listed one.
const (
	Absent      Asked = iota // not there, twice, where a listed record is: a line says so
	Unconfirmed              // not there, as it seems, and nothing vouches for that
	Denied                   // not shown to this credential
)

// Ask asks for records of a kind by their ids, several at once, to see whether they are there. It tells of each that is not, one
// at a time.
//
// One answer of 404 is not enough to take a record out: a platform that looks in the wrong place says the same. So each is
// asked for once more when all were asked. In between, ids that a list has just had (listed) are asked for until one is found.
// Where none of them is found either, no "not found" is believed, and the error is fault.Data. Without any listed no absence is
// written. An id that this credential may not see is told as Denied, unless all ids are so: then that is the error.
func (w *Work) Ask(ctx context.Context, kind string, ids, listed []string, tell func(id string, a Asked)) error {
	w.sinks[kind].total = 0
	w.now = purpose{kind: kind}
	ctx, cancel := w.within(ctx)
	defer cancel()
	err := w.ask(withPurpose(ctx, kind, 0), kind, ids, listed, tell)
	if err == nil {
		err = ctx.Err()
	}
	return w.spent(ctx, err)
}

func (w *Work) ask(ctx context.Context, kind string, ids, listed []string, tell func(string, Asked)) error {
	s := w.sinks[kind]
	var away, denied []string
	var denial error
	err := w.each(ctx, kind, ids, func(id string, r reply) error {
		switch {
		case r.denied != nil:
			denied, denial = append(denied, id), r.denied
		case r.notFound:
			away = append(away, id)
		case r.unclear:
			tell(id, Unconfirmed)
		case r.missed != "":
			tell(id, Unconfirmed)
			return s.askedInVain(ctx, id, r)
		default:
			return s.answered(ctx, id, r.answer)
		}
		return nil
	})
	if err != nil {
		return err
	}
	vouched := false
	if all := len(ids) > 0 && len(denied) == len(ids); len(away) > 0 || all {
		if vouched, err = w.vouched(ctx, kind, listed, len(away)); err != nil {
			return err
		}
		if all && !vouched {
			return denial
		}
	}
	for _, id := range denied {
		tell(id, Denied)
	}
	slices.Sort(away) // they came as they were answered
	return w.each(ctx, kind, away, func(id string, r reply) error {
		switch {
		case r.denied != nil:
			tell(id, Denied)
		case r.notFound && vouched:
			tell(id, Absent)
			return s.absent(ctx, id, r.answer)
		case r.notFound, r.unclear:
			tell(id, Unconfirmed)
		case r.missed != "":
			tell(id, Unconfirmed)
			return s.askedInVain(ctx, id, r)
		default:
			return s.answered(ctx, id, r.answer)
		}
		return nil
	})
}

// vouched asks for listed records by their ids, until one is there. It is false where none was listed.
func (w *Work) vouched(ctx context.Context, kind string, listed []string, away int) (bool, error) {
	found := false
	var denial error
	for _, id := range listed {
		err := w.each(ctx, kind, []string{id}, func(_ string, r reply) error {
			found = r.denied == nil && !r.notFound && !r.unclear && r.missed == ""
			if r.denied != nil {
				denial = r.denied
			}
			return nil
		})
		if found || err != nil {
			return found, err
		}
	}
	if denial != nil || len(listed) == 0 {
		return false, denial
	}
	return false, fault.New(fault.Data,
		"compare api_url and the source's ids in restaurants.yaml with the platform's, or ask the platform; then run again",
		"%s: of %s the platform lists records that it does not find by their ids (%d asked for): "+
			"so nothing shows that the %d others that it does not find are gone",
		w.o.Source.ID, kind, len(listed), away)
}

// reply is how the platform answered to an id: with a record unless one of the others is set.
type reply struct {
	answer   platform.Answer
	notFound bool
	unclear  bool   // a 404 that is not about the record
	denied   error  // 401 or 403, of the call and not of asking for a token
	missed   string // why this record alone cannot be had
}

// reply asks for one id. A record that cannot be had for itself alone is no error, unless so many are that the platform fails.
func (w *Work) reply(ctx context.Context, kind, id string, buf *platform.Buffer) (reply, error) {
	s := w.sinks[kind]
	answer, gone, err := w.api.Record(ctx, kind, id, fewTries, buf)
	r := reply{answer: answer}
	if why, one := platform.IsOfOne(err); one {
		s.mu.Lock()
		s.row++
		fails := s.row > rowAtMost
		s.mu.Unlock()
		if r.missed = why; !fails {
			return r, nil
		}
		r.missed = ""
		answer, gone, err = w.api.Record(ctx, kind, id, 0, buf)
		r.answer = answer
	}
	switch {
	case err != nil && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden):
		r.denied = err
	case err != nil:
		return r, err
	case gone:
		r.notFound = w.api.notFound(kind, answer)
		r.unclear = !r.notFound
	}
	s.had()
	return r, nil
}

// each asks for ids, several at once, and hands on the replies one at a time.
func (w *Work) each(ctx context.Context, kind string, ids []string, use func(id string, r reply) error) error {
	s := w.sinks[kind]
	buffers := newBuffers(w.o.InFlight)
	calls, callCtx := errgroup.WithContext(ctx)
	calls.SetLimit(w.o.InFlight)
	for _, id := range ids {
		calls.Go(func() error {
			if callCtx.Err() != nil {
				return nil // one failed: what comes after it would fail too
			}
			buf := <-buffers
			defer func() { buffers <- buf }()
			r, err := w.reply(callCtx, kind, id, buf)
			if err != nil {
				return err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if err := use(id, r); err != nil {
				return err
			}
			return w.log.failed()
		})
	}
	return calls.Wait()
}
