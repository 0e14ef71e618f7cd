package loadcheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/findings"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse/engine"
)

// What is asked of Snowflake alone.
const (
	whatRole      = "role"
	whatWarehouse = "warehouse"
	whatDatabase  = "database and schema"
	whatStage     = "stage"
	whatClock     = "clock"
	whatResults   = "results"
)

// session says who is signed in as what, and whether what the URL names is there for the role. Snowflake lets a session begin
// with a warehouse or a schema that the role may not use, and says so by having none.
func (c *check) session(ctx context.Context) {
	rows, err := c.query(ctx, "SELECT CURRENT_USER() AS u, CURRENT_ROLE() AS r, CURRENT_WAREHOUSE() AS w, "+
		"CURRENT_DATABASE() AS d, CURRENT_SCHEMA() AS s")
	if err == nil && len(rows) != 1 {
		err = fault.New(fault.Defect, "report it with this text", "asked who is signed in: %d rows", len(rows))
	}
	if err != nil {
		c.add(findings.Failed(whatSignIn, err))
		return
	}
	is := rows[0]
	asked, err := url.Parse(c.URL)
	if err != nil {
		c.wrong(whatSignIn, fault.Usage, "the warehouse's URL cannot be read", "correct --warehouse")
		return
	}
	want := asked.Query()
	c.right(whatSignIn, "signed in as "+is["u"])
	c.role = is["r"]
	asRole := c.named(whatRole, c.role, want.Get("role"),
		"role=COVERS_LOADER in --warehouse; GRANT ROLE %s TO USER "+is["u"]+";")
	c.named(whatWarehouse, is["w"], want.Get("warehouse"),
		"warehouse=NAME in --warehouse; GRANT USAGE ON WAREHOUSE %s TO ROLE "+c.role+";")
	if !asRole {
		defer func() { c.role = "" }()
	}
	c.place = is["d"] + "." + is["s"]
	path := strings.Split(strings.Trim(asked.Path, "/"), "/")
	named := strings.ToUpper(strings.Join(path, "."))
	if len(path) == 1 {
		named += ".PUBLIC"
	}
	if c.place == named {
		c.right(whatDatabase, c.place)
		return
	}
	c.wrong(whatDatabase, fault.Usage, fmt.Sprintf("%s does not exist, or the role %s may not use it", named, c.role),
		fmt.Sprintf("run snowflake/bootstrap.sql; GRANT USAGE ON DATABASE %s TO ROLE %s; GRANT USAGE ON SCHEMA %s TO ROLE %s;",
			strings.ToUpper(path[0]), c.role, named, c.role))
	c.place = named
}

// named says, and reports, whether the session has what the URL asks for, or whatever the user has by default.
func (c *check) named(what, is, want, next string) bool {
	switch {
	case is == "":
		c.wrong(what, fault.Usage, "the session has none"+suffix(" of the name ", want),
			"name one: "+fmt.Sprintf(next, cmp.Or(strings.ToUpper(want), "NAME")))
	case want != "" && !strings.EqualFold(is, want):
		c.wrong(what, fault.Usage, fmt.Sprintf("the session has %s, not %s", is, strings.ToUpper(want)),
			"name it: "+fmt.Sprintf(next, strings.ToUpper(want)))
	default:
		says := is
		if want == "" {
			says += ", the user's default"
		}
		c.right(what, says)
		return true
	}
	return false
}

func suffix(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// stage holds the stage's location against the processed zone's.
// https://docs.snowflake.com/en/sql-reference/sql/desc-stage
func (c *check) stage(ctx context.Context) {
	asked, err := url.Parse(c.URL)
	if err != nil {
		return // said already
	}
	name, integration := asked.Query().Get("stage"), asked.Query().Get("storage_integration")
	switch {
	case name == "" && integration == "":
		c.wrong(whatStage, fault.Usage, "the warehouse's URL does not say how Snowflake may read the processed zone",
			"add stage=COVERS.EXTERNAL.PROCESSED to --warehouse")
		return
	case name == "":
		c.right(whatStage, "each load makes one of its own with the integration "+strings.ToUpper(integration))
		return
	}
	rows, err := c.query(ctx, "DESC STAGE "+name)
	if err != nil {
		f := findings.Failed(whatStage, err)
		f.Next = "run snowflake/bootstrap.sql, and: GRANT USAGE ON STAGE " + strings.ToUpper(name) + " TO ROLE " + c.role + ";"
		if f.Kind == fault.Defect { // a server that does not know the statement
			c.unknown(whatStage, err)
			return
		}
		c.add(f)
		return
	}
	where := strings.Trim(byName(rows, "property", "URL")["property_value"], `[]"`)
	zone, _, _ := strings.Cut(c.Processed, "?")
	if c.Processed != "" && strings.TrimRight(where, "/") != strings.TrimRight(zone, "/") {
		c.wrong(whatStage, fault.Usage,
			fmt.Sprintf("the stage %s is at %s, the processed zone at %s", strings.ToUpper(name), where, zone),
			"make the stage where --processed is, with a slash at its end, or correct --processed")
		return
	}
	c.right(whatStage, strings.ToUpper(name)+" is at "+where)
}

// askStorage is what an administrator asks to see why an object cannot be read. Only a role that may use the integration can.
// https://docs.snowflake.com/en/sql-reference/functions/system_validate_storage_integration
func (c *check) askStorage(zone *lake.Zone, o lake.Object) string {
	address, _, _ := strings.Cut(zone.URL(), "?")
	name := "COVERS_S3"
	if asked, err := url.Parse(c.URL); err == nil && asked.Query().Get("storage_integration") != "" {
		name = strings.ToUpper(asked.Query().Get("storage_integration"))
	}
	return fmt.Sprintf("where S3 refuses, ACCOUNTADMIN may ask SELECT SYSTEM$VALIDATE_STORAGE_INTEGRATION(%s, %s, %s, 'read');",
		engine.Literal(name), engine.Literal(strings.TrimRight(address, "/")+"/"), engine.Literal(o.Key))
}

// Snowflake's clock may differ by so much from this machine's: a key's token is good for a minute around its time.
const (
	clockNamed = 30 * time.Second
	clockWrong = time.Minute
)

func (c *check) clock(ctx context.Context) {
	before := c.Machine.Now()
	rows, err := c.query(ctx, "SELECT DATE_PART(EPOCH_SECOND, CURRENT_TIMESTAMP()) AS t")
	if err != nil {
		c.unknown(whatClock, err)
		return
	}
	seconds, err := strconv.ParseFloat(rows[0]["t"], 64)
	if err != nil {
		c.unknown(whatClock, errors.New("the answer is no time"))
		return
	}
	theirs := time.Unix(int64(seconds), 0)
	off := theirs.Sub(before.Truncate(time.Second))
	if took := c.Machine.Since(before); off > 0 { // they answered some time between
		off = max(0, off-took)
	}
	says := fmt.Sprintf("this machine and Snowflake are %s apart", off.Abs())
	const next = "set this machine's clock by NTP"
	switch {
	case off.Abs() > clockWrong:
		c.wrong(whatClock, fault.Usage, says, next)
	case off.Abs() > clockNamed:
		c.note(whatClock, says, next)
	default:
		c.right(whatClock, says)
	}
}

// results fetches a result that is too large for the answer itself: the rest comes from Snowflake's own storage, at hosts of
// their own.
func (c *check) results(ctx context.Context) {
	const rows = 5000 // of a thousand characters: some megabytes, which do not compress
	q := fmt.Sprintf("SELECT RANDSTR(1000, RANDOM()) AS x FROM TABLE(GENERATOR(ROWCOUNT => %d))", rows)
	result, err := c.conn.QueryContext(ctx, q)
	if err != nil {
		c.unknown(whatResults, c.engine.Explain(ctx, "ask for a large result", err))
		return
	}
	defer func() { _ = result.Close() }()
	n := 0
	for result.Next() {
		n++
	}
	err = result.Err()
	if err == nil && n == rows {
		c.right(whatResults, fmt.Sprintf("a result of %d rows came whole", rows))
		return
	}
	c.wrong(whatResults, fault.Unavailable,
		fmt.Sprintf("of a result of %d rows %d came: its parts lie at other hosts than the account's", rows, n),
		"let this machine reach what SELECT SYSTEM$ALLOWLIST(); names as STAGE, through its proxy too")
}
