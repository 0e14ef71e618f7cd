package rebuild

import (
	"context"
	"database/sql"
	"time"

	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
)

// marker is a table of the build alone: it says that a rebuild made this, and which program. What has none was not made here, and
// is not touched.
const marker = "rebuilding"

// begin makes the build, or goes on with one that a stopped run has left; one that was made by another program, or from readings
// that the old warehouse does not have so, is begun anew.
func (r *rebuilding) begin(ctx context.Context, was state) error {
	goOn, err := r.reusable(ctx, was)
	if err != nil {
		return err
	}
	if !goOn {
		if err := r.site.clear(ctx); err != nil {
			return err
		}
	}
	if _, err := warehouse.Migrate(ctx, r.Machine, r.site.buildURL(), false); err != nil {
		return err
	}
	build, err := r.open(ctx, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer build.close()
	if goOn {
		return nil
	}
	err = build.exec(ctx, build.conn, "CREATE TABLE IF NOT EXISTS "+marker+
		" (program VARCHAR NOT NULL, begun_at DATETIME NOT NULL)")
	if err != nil {
		return err
	}
	return build.exec(ctx, build.conn, "INSERT INTO "+marker+" (program, begun_at) VALUES (?, ?)", r.Program,
		r.Machine.Now().UTC().Format(engine.TimestampForm))
}

// reusable reports whether there is a build to go on with.
func (r *rebuilding) reusable(ctx context.Context, was state) (bool, error) {
	there, err := r.site.buildThere(ctx)
	if err != nil || !there {
		return false, err
	}
	build, err := r.open(ctx, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return false, err
	}
	defer build.close()
	marked, err := build.there(ctx, marker)
	if err != nil || !marked {
		return false, err
	}
	same, err := build.number(ctx, "SELECT COUNT(*) AS n FROM "+marker+" WHERE program = "+engine.Literal(r.Program))
	if err != nil || same == 0 {
		return false, err
	}
	if ledger, err := build.there(ctx, "loads"); err != nil || !ledger {
		return false, err
	}
	if same, err := r.sameDecisions(ctx, build); err != nil || !same {
		return false, err
	}
	fits := true
	err = build.each(ctx, "SELECT reading, rank FROM loads", func(_, types []string, values []any) error {
		pin, ok := was.pins[engine.Text(types[0], values[0])]
		fits = fits && ok && engine.Text(types[1], values[1]) <= pin
		return nil
	})
	return fits, err
}

// sameDecisions reports whether the build was loaded under the decisions on requests to forget that the old warehouse has now:
// what was decided since may take back what the build has erased. A build that has no reading takes them with its erasures.
func (r *rebuilding) sameDecisions(ctx context.Context, build *place) (bool, error) {
	if there, err := build.there(ctx, "erasure_decisions"); err != nil || !there {
		return false, err
	}
	if loaded, err := build.number(ctx, "SELECT COUNT(*) AS n FROM loads"); err != nil || loaded == 0 {
		return err == nil, err
	}
	old, err := r.open(ctx, r.URL, warehouse.ReadOnly)
	if err != nil {
		return false, err
	}
	defer old.close()
	const last = "SELECT COALESCE(MAX(decision_number), 0) AS n FROM erasure_decisions"
	was, err := old.number(ctx, last)
	if err != nil {
		return false, err
	}
	have, err := build.number(ctx, last)
	return have == was, err
}

// referenceTables are copied as they are: restaurants.yaml may not know any more what they say of old restaurants.
var referenceTables = []string{"restaurants", "restaurant_history", "platforms"}

// Carried erasures, every row of them: those that care forget made are in no reading.
const (
	carriedTable  = "CREATE OR REPLACE TEMPORARY TABLE carried AS SELECT * FROM erasures WHERE 1 = 0"
	carryErasures = `INSERT INTO erasures SELECT c.* FROM carried c
WHERE NOT EXISTS (
  SELECT 1 FROM erasures x WHERE x.platform = c.platform AND x.customer_id = c.customer_id
    AND COALESCE(x.reading, '') = COALESCE(c.reading, '') AND COALESCE(x.line, 0) = COALESCE(c.line, 0)
    AND COALESCE(x.cause, '') = COALESCE(c.cause, '')
)`
	notErased = `SELECT DISTINCT platform, customer_id FROM carried c
WHERE NOT EXISTS (SELECT 1 FROM erasures x WHERE x.platform = c.platform AND x.customer_id = c.customer_id)`
	// forgottenHere is the cause of the rows under which Forget works; those that are carried take their place.
	forgottenHere = "rebuild"
)

// carryFirst carries the erasures into a build that has no reading yet: whatever lands then is erased as it comes.
func (r *rebuilding) carryFirst(ctx context.Context) error {
	return r.both(ctx, func(old, build *place) error {
		readings, err := build.number(ctx, "SELECT COUNT(*) AS n FROM loads")
		if err != nil || readings > 0 {
			return err // carryLast applies them to what is there
		}
		if err := carried(ctx, old, build); err != nil {
			return err
		}
		return build.transact(ctx, func(tx *sql.Tx) error {
			if err := build.exec(ctx, tx, carryErasures); err != nil {
				return err
			}
			if err := build.exec(ctx, tx, "DELETE FROM erasure_decisions"); err != nil {
				return err
			}
			return copyRows(ctx, old, build, "SELECT * FROM erasure_decisions", tx, "erasure_decisions")
		})
	})
}

// carryLast applies the erasures that the build does not have yet, then takes their rows as they are, and the reference tables.
func (r *rebuilding) carryLast(ctx context.Context) error {
	var missing []warehouse.Subject
	err := r.both(ctx, func(old, build *place) error {
		if err := carried(ctx, old, build); err != nil {
			return err
		}
		return build.each(ctx, notErased, func(_, types []string, values []any) error {
			missing = append(missing, warehouse.Subject{
				Platform: engine.Text(types[0], values[0]), CustomerID: engine.Text(types[1], values[1]),
			})
			return nil
		})
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		if err := r.forget(ctx, missing); err != nil {
			return err
		}
	}
	return r.both(ctx, func(old, build *place) error {
		if err := carried(ctx, old, build); err != nil {
			return err
		}
		return build.transact(ctx, func(tx *sql.Tx) error {
			if err := build.exec(ctx, tx, carryErasures); err != nil {
				return err
			}
			if err := build.exec(ctx, tx, "DELETE FROM erasures WHERE cause = "+engine.Literal(forgottenHere)); err != nil {
				return err
			}
			// What is held of readings that are not loaded, only left out, is in no ledger.
			if err := build.exec(ctx, tx,
				"DELETE FROM held_erasures WHERE reading NOT IN (SELECT reading FROM loads)"); err != nil {
				return err
			}
			const held = "SELECT * FROM held_erasures WHERE reading NOT IN (SELECT reading FROM loads)"
			if err := copyRows(ctx, old, build, held, tx, "held_erasures"); err != nil {
				return err
			}
			for _, table := range referenceTables {
				if err := build.exec(ctx, tx, "DELETE FROM "+table); err != nil {
					return err
				}
				if err := copyRows(ctx, old, build, "SELECT * FROM "+table, tx, table); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (r *rebuilding) forget(ctx context.Context, subjects []warehouse.Subject) error {
	w, err := warehouse.Open(ctx, r.Machine, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	_, err = w.Forget(ctx, subjects, forgottenHere, r.Machine.Now().Truncate(time.Microsecond))
	return err
}

// carried fills the temporary table carried with the old warehouse's erasures.
func carried(ctx context.Context, old, build *place) error {
	if err := build.exec(ctx, build.conn, carriedTable); err != nil {
		return err
	}
	return copyRows(ctx, old, build, "SELECT * FROM erasures", build.conn, "carried")
}

// both runs work with a session in each of the two.
func (r *rebuilding) both(ctx context.Context, work func(old, build *place) error) error {
	old, err := r.open(ctx, r.URL, warehouse.ReadOnly)
	if err != nil {
		return err
	}
	defer old.close()
	build, err := r.open(ctx, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer build.close()
	return work(old, build)
}

// finish gives the build a gate's number that no load which began on the old warehouse can take for its own: one that is between
// its first statement and the gate then begins anew.
func (r *rebuilding) finish(ctx context.Context, passed int64) error {
	const beyond = 2
	build, err := r.open(ctx, r.site.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer build.close()
	return build.exec(ctx, build.conn, "UPDATE load_gate SET passed = ?", passed+beyond)
}
