package rebuild

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
)

// schema is a warehouse that is a schema of a Snowflake database. The build is a schema beside it, which an administrator made
// (snowflake/rebuild.sql), and takes its place by one statement. The build's marker goes with it, and tells afterwards that the
// statement took effect; it is dropped last.
type schema struct {
	o              Options
	u              *url.URL
	database, name string
	kept           string
}

const buildSchemaSuffix = "_REBUILD"

const nextPrepare = "have an administrator run the first part of snowflake/rebuild.sql, and sign in as the role that it names"

func newSchema(o Options, u *url.URL) (site, error) {
	names := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(names) != 2 {
		return nil, fault.New(fault.Usage, "use snowflake://USER@ACCOUNT/DATABASE/SCHEMA?…",
			"a rebuild needs the schema's name")
	}
	name := strings.ToUpper(names[1])
	return &schema{o: o, u: u, database: strings.ToUpper(names[0]), name: name,
		kept: name + "_BEFORE_" + stampOf(o.Machine.Now())}, nil
}

func (s *schema) full(name string) string { return s.database + "." + name }
func (s *schema) oldName() string         { return s.full(s.name) }
func (s *schema) build() string           { return s.name + buildSchemaSuffix }
func (s *schema) buildName() string       { return s.full(s.build()) }
func (s *schema) keptName() string        { return s.full(s.kept) }
func (s *schema) close() error            { return nil }

func (s *schema) buildURL() string {
	u := *s.u
	u.Path = "/" + s.database + "/" + s.build()
	return u.String()
}

// openBuild opens the build's schema, which only an administrator makes.
func (s *schema) openBuild(ctx context.Context) (*place, error) {
	p, err := openPlace(ctx, s.o, s.buildURL(), warehouse.ReadWrite)
	if fault.KindOf(err) == fault.Usage {
		return nil, fault.New(fault.Usage, nextPrepare, "open %s: %w", s.buildName(), err)
	}
	return p, err
}

// recover finishes a swap whose run was killed behind it: the marker is in the warehouse then.
func (s *schema) recover(ctx context.Context) error {
	p, err := openPlace(ctx, s.o, s.o.URL, warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer p.close()
	marked, err := p.there(ctx, marker)
	if err != nil || !marked {
		return err
	}
	return s.after(ctx, p)
}

func (s *schema) buildThere(ctx context.Context) (bool, error) {
	p, err := s.openBuild(ctx)
	if err != nil {
		return false, err
	}
	defer p.close()
	n, err := p.number(ctx, tablesSQL("COUNT(*)"))
	return n > 0, err
}

func tablesSQL(what string) string {
	return "SELECT " + what + " AS n FROM information_schema.tables WHERE LOWER(table_schema) = LOWER(CURRENT_SCHEMA()) " +
		"AND UPPER(table_type) NOT LIKE '%VIEW%'"
}

// clear empties the build's tables. Its role may not make the schema anew.
func (s *schema) clear(ctx context.Context) error {
	p, err := s.openBuild(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	var tables []string
	err = p.each(ctx, tablesSQL("LOWER(table_name)"), func(_, types []string, values []any) error {
		tables = append(tables, engine.Text(types[0], values[0]))
		return nil
	})
	if err != nil {
		return err
	}
	if len(tables) > 0 && !slices.Contains(tables, marker) {
		return fault.New(fault.Usage, "look at it, and rename or drop it, or name another schema",
			"%s holds tables that no rebuild made", s.buildName())
	}
	// The marker last: without it the rest would not be known again.
	slices.SortFunc(tables, func(a, b string) int {
		return map[bool]int{true: 1}[a == marker] - map[bool]int{true: 1}[b == marker]
	})
	for _, table := range tables {
		if table == "schema_versions" || table == "load_gate" {
			continue // what they say holds
		}
		if err := p.exec(ctx, p.conn, "DELETE FROM "+table); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) swap(ctx context.Context, passed int64, finish func(context.Context, int64) error) (swapped bool, err error) {
	if err := finish(ctx, passed); err != nil {
		return false, err
	}
	gate, err := openPlace(ctx, s.o, s.o.URL, warehouse.ReadWrite)
	if err != nil {
		return false, err
	}
	defer gate.close()
	tx, err := gate.conn.BeginTx(ctx, nil)
	if err != nil {
		return false, gate.engine.Explain(ctx, "begin the transaction", err)
	}
	defer func() { _ = tx.Rollback() }()
	// From here on nobody else loads or erases.
	if err := gate.exec(ctx, tx, "UPDATE load_gate SET passed = passed + 1"); err != nil {
		return false, s.busy(gate, err)
	}
	now, err := numberIn(ctx, gate, tx, gateSQL)
	if err != nil {
		return false, err
	}
	if now != passed+1 {
		return false, nil
	}
	failpoint.Hit("rebuild/before-swap")
	// DDL commits its own session's transaction, and so comes from another one.
	ddl, err := openPlace(ctx, s.o, s.o.URL, warehouse.ReadWrite)
	if err != nil {
		return false, err
	}
	defer ddl.close()
	err = ddl.exec(ctx, ddl.conn, fmt.Sprintf("ALTER SCHEMA %s SWAP WITH %s", s.oldName(), s.buildName()))
	if err != nil && ddl.engine.Lost(err) {
		err = s.wasSwapped(ctx, err)
	}
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.Denied || kind == fault.Usage {
			return false, fault.New(fault.Denied, nextPrepare, "put %s in the place of %s: %w", s.buildName(), s.oldName(), err)
		}
		return false, err
	}
	failpoint.Hit("rebuild/after-swap")
	_ = tx.Rollback() // of the old one's gate
	new, err := openPlace(ctx, s.o, s.o.URL, warehouse.ReadWrite)
	if err != nil {
		return true, err
	}
	defer new.close()
	return true, s.after(ctx, new)
}

// wasSwapped asks, in a new session, whether a swap without an answer took effect: then the marker is in the warehouse.
func (s *schema) wasSwapped(ctx context.Context, unanswered error) error {
	p, err := openPlace(ctx, s.o, s.o.URL, warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer p.close()
	if marked, err := p.there(ctx, marker); err != nil || !marked {
		return unanswered
	}
	return nil
}

// after gives the old warehouse, which has the build's name now, its dated one, and makes the new one a warehouse like any other.
func (s *schema) after(ctx context.Context, p *place) error {
	n, err := p.number(ctx, "SELECT COUNT(*) AS n FROM information_schema.schemata WHERE UPPER(schema_name) = "+
		engine.Literal(s.build()))
	if err != nil {
		return err
	}
	if n > 0 {
		if err := p.exec(ctx, p.conn, fmt.Sprintf("ALTER SCHEMA %s RENAME TO %s", s.buildName(), s.keptName())); err != nil {
			return err
		}
	}
	failpoint.Hit("rebuild/after-swap") // for the second time
	return p.exec(ctx, p.conn, "DROP TABLE "+marker)
}

// busy says of a gate that others hold what to do.
func (s *schema) busy(p *place, err error) error {
	if p.engine.Busy(err) {
		return fault.New(fault.Temporary, "run again when the load has ended: what was made is kept", "%w", err)
	}
	return err
}

// numberIn asks inside a transaction.
func numberIn(ctx context.Context, p *place, tx *sql.Tx, text string) (n int64, err error) {
	if err := tx.QueryRowContext(ctx, text).Scan(&n); err != nil {
		return 0, p.engine.Explain(ctx, "run "+text, err)
	}
	return n, nil
}
