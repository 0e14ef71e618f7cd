// Package loadcheck asks a warehouse, before it is used, whether a load will find what it needs: signing in, computing, a schema
// of this program's version, rights, a way to the processed zone's objects. Start with Run, which changes nothing: what it makes
// is temporary, and gone with its session. What only one engine has is asked in that engine's own file.
package loadcheck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/findings"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
)

// Options are what to look at.
type Options struct {
	Machine   machine.Machine
	URL       string // of the warehouse
	Processed string // URL of the processed zone; "" leaves out what needs it
}

// Outcome is what was found, in the order in which a load would meet it.
type Outcome struct {
	URL      string         `json:"url"` // without secrets
	Findings []lake.Finding `json:"findings"`
}

// Of returns the findings as a list of one thing's.
func (o Outcome) Of() []findings.Of {
	return []findings.Of{{Thing: "warehouse", Where: o.URL, Found: o.Findings}}
}

// The lines that every engine has.
const (
	whatOpen    = "open"
	whatSignIn  = "sign-in"
	whatCompute = "computing"
	whatSchema  = "schema version"
	whatObjects = "objects"
)

// check is a look at one warehouse.
type check struct {
	Options
	account bool // the warehouse is an account's, not a file of this machine
	engine  engine.Engine
	conn    *sql.Conn
	outcome Outcome
	role    string // the session's, of an account
	place   string // DATABASE.SCHEMA, of an account
}

// Run looks at a warehouse. Findings are no error, but for a context that is done.
func Run(ctx context.Context, o Options) (Outcome, error) {
	c := &check{Options: o, account: strings.HasPrefix(o.URL, "snowflake:")}
	c.run(ctx)
	return c.outcome, ctx.Err()
}

func (c *check) run(ctx context.Context) {
	e, shown, err := warehouse.OpenEngine(ctx, c.Machine, c.URL, warehouse.ReadOnly)
	if errors.Is(err, warehouse.ErrMissing) {
		c.outcome.URL = "file"
		c.note(whatOpen, "there is no warehouse yet: the first load makes it", "")
		c.empty(ctx)
		return
	}
	if err != nil {
		c.add(findings.Failed(whatOpen, err))
		return
	}
	defer func() { _ = e.Close() }()
	c.engine, c.outcome.URL = e, shown
	opened := whatOpen
	if c.account {
		opened = whatSignIn
	}
	if c.conn, err = e.Conn(ctx); err != nil {
		c.add(findings.Failed(opened, e.Explain(ctx, "connect", err)))
		return
	}
	defer func() { _ = c.conn.Close() }()
	if c.account {
		c.session(ctx)
	} else {
		c.right(opened, "the file can be opened and read")
	}
	if !c.compute(ctx) {
		return
	}
	c.schema(ctx)
	if c.account {
		c.rights(ctx)
		c.stage(ctx)
	}
	c.objects(ctx)
	if c.account {
		c.clock(ctx)
		c.parameters(ctx)
		c.results(ctx)
	}
}

// empty tries what can be tried of a file that is not there: whether objects land, in memory.
func (c *check) empty(ctx context.Context) {
	e, _, err := warehouse.OpenEngine(ctx, c.Machine, "duckdb://memory", warehouse.ReadWrite)
	if err != nil {
		c.add(findings.Failed(whatObjects, err))
		return
	}
	defer func() { _ = e.Close() }()
	c.engine = e
	if c.conn, err = e.Conn(ctx); err != nil {
		c.add(findings.Failed(whatObjects, err))
		return
	}
	defer func() { _ = c.conn.Close() }()
	c.objects(ctx)
}

// compute asks something that has to be computed, and reports whether it was.
func (c *check) compute(ctx context.Context) bool {
	_, err := c.query(ctx, "SELECT COUNT(*) AS n FROM information_schema.tables")
	if err != nil {
		c.add(findings.Failed(whatCompute, err))
		return false
	}
	c.right(whatCompute, "a query was answered")
	return true
}

// schema asks what load migrate would do.
func (c *check) schema(ctx context.Context) {
	files, err := warehouse.Migrate(ctx, c.Machine, c.URL, true)
	if err != nil {
		c.add(findings.Failed(whatSchema, err))
		return
	}
	var pending []string
	for _, f := range files {
		if f.State == warehouse.Pending {
			pending = append(pending, f.Name)
		}
	}
	switch {
	case len(pending) == 0:
		c.right(whatSchema, fmt.Sprintf("it is this program's, at %s, and as the data contract says", files[len(files)-1].Name))
	case c.account:
		c.wrong(whatSchema, fault.Usage, "not applied yet: "+strings.Join(pending, ", "),
			"run load migrate with this program, as the schema's owner")
	default:
		c.note(whatSchema, "not applied yet: "+strings.Join(pending, ", "), "nothing: the next load applies it")
	}
}

// query returns the rows of a query as text, by column in lower case; NULL is "".
func (c *check) query(ctx context.Context, text string) (rows []map[string]string, err error) {
	st := engine.Statement{Name: text, SQL: text}
	err = engine.Each(ctx, c.engine, c.conn, st, nil, func(names, types []string, values []any) error {
		row := map[string]string{}
		for i, v := range values {
			row[names[i]] = engine.Text(types[i], v)
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func (c *check) add(f lake.Finding) { c.outcome.Findings = append(c.outcome.Findings, f) }

func (c *check) right(what, says string) {
	c.add(lake.Finding{What: what, Verdict: lake.Right, Says: says})
}

func (c *check) note(what, says, next string) {
	c.add(lake.Finding{What: what, Verdict: lake.Note, Says: says, Next: next})
}

func (c *check) wrong(what string, kind fault.Kind, says, next string) {
	c.add(lake.Finding{What: what, Verdict: lake.Wrong, Says: says, Next: next, Kind: kind})
}

// unknown says that an engine does not tell something, which is no fault.
func (c *check) unknown(what string, err error) {
	f := findings.Failed(what, err)
	c.add(lake.Finding{What: what, Verdict: lake.Unknown, Says: "cannot be found out: " + f.Says})
}
