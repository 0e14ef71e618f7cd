package loadcheck

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"covers/tasks/internal/fault"
)

const whatRetention = "Time Travel"

// parameter is a setting of the session or the account, and what it should be.
type parameter struct {
	name, scope string
	judge       func(c *check, value string)
}

// parameters are asked of the session, the schema and the account. A role that may not see one is told so.
// https://docs.snowflake.com/en/sql-reference/parameters
var parameters = []parameter{
	{"TIMEZONE", "SESSION", func(c *check, v string) { c.sessionHas("TIMEZONE", v, v == "UTC" || v == "Etc/UTC", "UTC") }},
	{"LOCK_TIMEOUT", "SESSION", func(c *check, v string) {
		n, err := strconv.Atoi(v)
		// An idle transaction of a client that died is ended after 300 s: a wait must outlast that.
		c.sessionHas("LOCK_TIMEOUT", v, err == nil && n > 300, "more than 300 s")
	}},
	{"READ_CONSISTENCY_MODE", "ACCOUNT", func(c *check, v string) {
		says := v
		if v != "GLOBAL" {
			says += ": a session may not see at once what another committed; a load proves that it does, or begins anew"
		}
		c.right("READ_CONSISTENCY_MODE", says)
	}},
	{"DATA_RETENTION_TIME_IN_DAYS", "SCHEMA", func(c *check, v string) { c.retention(v) }},
	{"MIN_DATA_RETENTION_TIME_IN_DAYS", "ACCOUNT", func(c *check, v string) {
		if n, err := strconv.Atoi(v); err != nil || n > 1 {
			c.note(
				"MIN_DATA_RETENTION_TIME_IN_DAYS",
				"the account keeps what was erased for "+v+" days, whatever the schema says",
				"ask the account's administrator whether that is meant; name it to your guests",
			)
			return
		}
		c.right("MIN_DATA_RETENTION_TIME_IN_DAYS", v)
	}},
	{"ALLOW_BIND_VALUES_ACCESS", "ACCOUNT", func(c *check, v string) {
		if strings.EqualFold(v, "false") {
			c.right("ALLOW_BIND_VALUES_ACCESS", "the history of queries shows no bound values")
			return
		}
		c.note("ALLOW_BIND_VALUES_ACCESS", "the history of queries keeps bound values for a year: the ids of guests whom "+
			"care forget names are among them", "as ACCOUNTADMIN: ALTER ACCOUNT SET ALLOW_BIND_VALUES_ACCESS = FALSE;")
	}},
}

func (c *check) parameters(ctx context.Context) {
	for _, p := range parameters {
		scope := p.scope
		if scope == "SCHEMA" {
			scope += " " + c.place
		}
		rows, err := c.query(ctx, fmt.Sprintf("SHOW PARAMETERS LIKE '%s' IN %s", p.name, scope))
		if err != nil {
			c.unknown(p.name, err)
			continue
		}
		row := byName(rows, "key", p.name)
		if row == nil {
			c.unknown(p.name, errors.New("no such parameter is shown"))
			continue
		}
		p.judge(c, row["value"])
	}
}

func (c *check) sessionHas(name, value string, ok bool, want string) {
	if ok {
		c.right(name, value)
		return
	}
	c.wrong(name, fault.Usage, fmt.Sprintf("the session has %s, and a load needs %s", value, want),
		"something sets it after the session has begun: look at the user's and the account's policies")
}

// retention judges for how many days the schema can be read as it was.
func (c *check) retention(value string) {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		c.unknown(whatRetention, err)
	case n > 1:
		c.note(whatRetention, fmt.Sprintf("what was erased can be read as it was for %d days", n),
			"ALTER SCHEMA "+c.place+" SET DATA_RETENTION_TIME_IN_DAYS = 1; or name it to your guests")
	case n == 0:
		c.note(whatRetention, "0 days: a mistake cannot be undone by Snowflake", "load rebuild makes a warehouse anew")
	default:
		c.right(whatRetention, "what was erased can be read as it was for a day")
	}
}
