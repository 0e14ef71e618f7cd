package warehouse

import (
	"context"
	"errors"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse/engine"
)

// Decision is what a person decided of the requests to forget that a reading brought.
type Decision string

// The decisions. What is refused or taken back stays among what is held: it is not lost, and can be confirmed later.
const (
	Confirmed       Decision = "confirmed"
	RefusedRequests Decision = "refused"
	TakenBack       Decision = "taken_back"
)

// Decider says who decided, when, and with which program.
type Decider struct {
	By      string
	At      time.Time
	Program string
}

// Hold is a reading's requests to forget that are not heeded, and what was decided of them last.
type Hold struct {
	Reading   string    `json:"reading" sql:"reading"`
	Requests  int64     `json:"requests" sql:"requests"` // that are not heeded; 0 where they were confirmed
	Guests    int64     `json:"guests" sql:"guests"`
	Decision  Decision  `json:"decision,omitempty" sql:"decision,null"` // empty where nobody has decided yet
	DecidedAt time.Time `json:"decided_at,omitzero" sql:"decided_at,null"`
	DecidedBy string    `json:"decided_by,omitempty" sql:"decided_by,null"`
	Program   string    `json:"program,omitempty" sql:"program,null"`
}

// Waits reports whether a person has still to decide.
func (h Hold) Waits() bool { return h.Requests > 0 && h.Decision == "" }

// Holds returns the readings with requests to forget that are held, or were decided about, sorted.
func (w *Warehouse) Holds(ctx context.Context) (out []Hold, err error) {
	err = w.with(ctx, func(s session) error {
		out, err = allOf[Hold](ctx, s, holdsQuery)
		return err
	})
	return out, err
}

// Holds returns them as Warehouse.Holds does.
func (m *Moment) Holds(ctx context.Context) ([]Hold, error) { return allOf[Hold](ctx, m.s, holdsQuery) }

// Decided says what a decision did.
type Decided struct {
	Changed  bool  // it was not decided so before
	Requests int64 // that it moved, or left where they were
	Forgotten
}

// Decide confirms or refuses the requests to forget that are held of a reading. Confirmed ones erase as if they had never been
// held: what is there now, and whatever a later load brings. Refused ones stay where they are. Repeated, it does nothing. A
// reading of which nothing is held is a data fault.
func (w *Warehouse) Decide(ctx context.Context, reading string, d Decision, by Decider) (out Decided, err error) {
	unsure := false // whether the commit of an earlier try had no answer
	err = w.anew(ctx, func() error {
		err := w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, landingTables); err != nil {
				return err
			}
			return w.patiently(ctx, func() error {
				try, err := s.decide(ctx, reading, d, by)
				if try.Changed || !unsure {
					out = try
				}
				return err
			})
		})
		if _, ok := errors.AsType[*uncertainCommit](err); ok {
			unsure = true
		}
		return err
	})
	return out, err
}

func (s session) decide(ctx context.Context, reading string, d Decision, by Decider) (out Decided, err error) {
	if err := s.execAll(ctx, askedTables); err != nil { // newly_erased is one of them, and DDL comes before the transaction
		return out, err
	}
	err = s.transact(ctx, func(s session) (bool, error) {
		if err := s.takeGate(ctx); err != nil {
			return false, err
		}
		hold, err := s.hold(ctx, reading)
		if err != nil || hold.Decision == d {
			out = Decided{Requests: hold.Requests}
			return false, err
		}
		if hold.Requests == 0 {
			return false, fault.New(fault.Data,
				"`care erasures` lists what is held; what was heeded already is taken back by `care unforget`",
				"%s: no request to forget of reading %s is held", d, reading)
		}
		out = Decided{Changed: true, Requests: hold.Requests}
		if d == Confirmed {
			if err := s.confirm(ctx, reading, &out); err != nil {
				return false, err
			}
		}
		return true, s.writeDecision(ctx, reading, d, hold.Requests, by)
	})
	return out, err
}

// hold returns what is held of one reading.
func (s session) hold(ctx context.Context, reading string) (hold Hold, err error) {
	err = rowsOf(ctx, s, holdsQuery, nil, func(h *Hold) error {
		if h.Reading == reading {
			hold = *h
		}
		return nil
	})
	return hold, err
}

// confirm has a reading's held requests heeded, as a load would have.
func (s session) confirm(ctx context.Context, reading string, out *Decided) error {
	named, err := s.exec(ctx, decide[0], reading)
	if err != nil {
		return err
	}
	for _, st := range decide[1:3] {
		if _, err := s.exec(ctx, st, reading); err != nil {
			return err
		}
	}
	more, err := s.until(ctx, connected)
	if err != nil {
		return err
	}
	out.Subjects, out.Connected = named+more, more
	c := contribution{session: s}
	if err := c.chooseAgain(ctx, reached); err != nil {
		return err
	}
	if out.CustomerObservations, err = s.exec(ctx, eraseThere[0]); err != nil {
		return err
	}
	if out.ReservationObservations, err = s.exec(ctx, eraseThere[1]); err != nil {
		return err
	}
	return c.choose(ctx)
}

func (s session) writeDecision(ctx context.Context, reading string, d Decision, requests int64, by Decider) error {
	_, err := s.exec(ctx, decide[3], string(d), requests, by.At.UTC().Format(engine.TimestampForm), by.By, by.Program, reading)
	return err
}
