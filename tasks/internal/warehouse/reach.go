package warehouse

import (
	"context"

	"covers/tasks/internal/fault"
)

var (
	reachQuery  = query("reach")
	tracesQuery = query("traces")
	foundQuery  = query("found_guests")
	othersQuery = query("other_keys")
	forgetQuery = query("to_forget")
)

// Reach says what Forget of these guests would do, and does nothing: a warehouse opened for reading will do.
func (w *Warehouse) Reach(ctx context.Context, subjects []Subject) (out Forgotten, err error) {
	if len(subjects) == 0 {
		return out, fault.New(fault.Usage, "name at least one guest", "forget: nobody")
	}
	err = w.anew(ctx, func() error {
		return w.withTables(ctx, func(s session) (err error) {
			if err := s.name(ctx, subjects); err != nil {
				return err
			}
			out, err = s.reach(ctx)
			return err
		})
	})
	return out, err
}

// name puts the guests into asked_for, and with them those whom merges connect with them into newly_erased. Both are tables of
// this session alone.
func (s session) name(ctx context.Context, subjects []Subject) error {
	if err := s.execAll(ctx, askedTables); err != nil {
		return err
	}
	if err := insert(ctx, s, "asked_for", subjects); err != nil {
		return err
	}
	return s.connect(ctx)
}

// connect fills newly_erased from asked_for.
func (s session) connect(ctx context.Context) error {
	if err := s.execAll(ctx, named[:2]); err != nil {
		return err
	}
	_, err := s.until(ctx, named[2:])
	return err
}

func (s session) reach(ctx context.Context) (Forgotten, error) {
	return oneOf[Forgotten](ctx, s, reachQuery)
}

// Trace is a record that says something of a guest: its place among the lines of its kind in raw.
type Trace struct {
	Kind    string `sql:"kind"` // reservation, customer, or merge, whose line is among those of customers
	Reading string `sql:"reading"`
	Line    int64  `sql:"line"` // among the reading's lines of the kind, from 1
}

// Traces returns the records of guests, sorted by reading, kind and line, each once. After an erasure those of reservations are
// not to be found any more. What was refused, and so never loaded, is not among them.
func (w *Warehouse) Traces(ctx context.Context, subjects []Subject) (out []Trace, err error) {
	if len(subjects) == 0 {
		return nil, fault.New(fault.Usage, "name at least one guest", "follow a guest: nobody")
	}
	err = w.with(ctx, func(s session) error {
		if err := s.name(ctx, subjects); err != nil {
			return err
		}
		out, err = allOf[Trace](ctx, s, tracesQuery)
		return err
	})
	return out, err
}

// ToForget returns all whom a person ever asked to forget (Forget), these guests, and all whom merges connect with any of them.
// Whom a platform alone asked to forget is not among them.
func (w *Warehouse) ToForget(ctx context.Context, also []Subject) (all []Subject, err error) {
	err = w.anew(ctx, func() error {
		return w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, askedTables); err != nil {
				return err
			}
			if err := insert(ctx, s, "asked_for", also); err != nil {
				return err
			}
			if err := s.execAll(ctx, seek[1:]); err != nil {
				return err
			}
			if err := s.connect(ctx); err != nil {
				return err
			}
			all, err = allOf[Subject](ctx, s, forgetQuery)
			return err
		})
	})
	return all, err
}

// Sought is a token that a guest is looked for by.
type Sought struct {
	Kind  string `sql:"kind"` // SoughtEmail or SoughtPhone
	Token string `sql:"token"`
}

// The kinds of tokens that a person is looked for by. (Names are many people's, and a platform's person is an id.)
const (
	SoughtEmail = "email"
	SoughtPhone = "phone"
)

// FoundGuest is a guest whom Seek found, or of whom Describe tells.
type FoundGuest struct {
	Subject
	Source       string `sql:"source,null"`        // whose guest it is: "opentable/101", "thefork/group-main"
	RestaurantID int64  `sql:"restaurant_id,null"` // 0 where the platform keeps guests by account
	ByEmail      int64  `sql:"by_email"`           // observations with a token that was looked for
	ByPhone      int64  `sql:"by_phone"`
	Observations int64  `sql:"observations"` // of the guest
	Bookings     int64  `sql:"bookings"`     // distinct ones that name the guest
	Merged       int64  `sql:"merged"`       // 1: not meant itself, but held for one person with one who is
}

// Seek finds the guests who ever had one of the tokens, and all whom merges connect with them, sorted by platform, source and
// id. prefix is what the tokens begin with: others counts the guests who have tokens under other keys alone, and could not be
// found by these. It does nothing: a warehouse opened for reading will do.
func (w *Warehouse) Seek(ctx context.Context, tokens []Sought, prefix string) (found []FoundGuest, others int64, err error) {
	err = w.anew(ctx, func() error {
		return w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, askedTables); err != nil {
				return err
			}
			if err := s.execAll(ctx, soughtTables); err != nil {
				return err
			}
			if err := insert(ctx, s, "sought", tokens); err != nil {
				return err
			}
			if err := s.execAll(ctx, seek[:1]); err != nil {
				return err
			}
			if err := s.connect(ctx); err != nil {
				return err
			}
			if found, err = allOf[FoundGuest](ctx, s, foundQuery); err != nil {
				return err
			}
			type row struct {
				Guests int64 `sql:"guests"`
			}
			other, err := oneOf[row](ctx, s, othersQuery, prefix+"%")
			others = other.Guests
			return err
		})
	})
	return found, others, err
}

// Describe tells of guests by their ids, and of all whom merges connect with them, as Seek does.
func (w *Warehouse) Describe(ctx context.Context, subjects []Subject) (found []FoundGuest, err error) {
	err = w.anew(ctx, func() error {
		return w.withTables(ctx, func(s session) error {
			if err := s.execAll(ctx, soughtTables); err != nil {
				return err
			}
			if err := s.name(ctx, subjects); err != nil {
				return err
			}
			found, err = allOf[FoundGuest](ctx, s, foundQuery)
			return err
		})
	})
	return found, err
}

// holdingsOf are the tables of holdings.sql, in its order.
var holdingsOf = []string{"customer_observations", "customers", "reservation_observations", "reservations", "merges", "absences",
	"erasures", "held_erasures"}

// Holdings returns every row that says anything of guests, or of whom merges connect with them, by table. It does nothing: a
// warehouse opened for reading will do.
func (w *Warehouse) Holdings(ctx context.Context, subjects []Subject) (rows map[string][]Row, err error) {
	err = w.anew(ctx, func() error {
		rows = map[string][]Row{}
		return w.withTables(ctx, func(s session) error {
			if err := s.name(ctx, subjects); err != nil {
				return err
			}
			for i, table := range holdingsOf {
				rows[table] = []Row{}
				err := s.each(ctx, holdings[i], nil, func(names, types []string, values []any) error {
					rows[table] = append(rows[table], rowOf(names, types, values))
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	return rows, err
}
