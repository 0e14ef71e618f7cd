package warehouse

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
)

const nextSnowflake = "use snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME&role=NAME&storage_integration=NAME"

// snowflakeParameters are what may follow the question mark of a Snowflake URL, and what each sets.
var snowflakeParameters = map[string]func(c *gosnowflake.Config, value string) bool{
	"warehouse": func(c *gosnowflake.Config, v string) bool { c.Warehouse = v; return identifier.MatchString(v) },
	"role":      func(c *gosnowflake.Config, v string) bool { c.Role = v; return identifier.MatchString(v) },
	"host":      func(c *gosnowflake.Config, v string) bool { c.Host = v; return v != "" },
	"port": func(c *gosnowflake.Config, v string) (ok bool) {
		n, err := strconv.ParseUint(v, 10, 16)
		c.Port = int(n)
		return err == nil && n > 0
	},
	"protocol": func(c *gosnowflake.Config, v string) bool { c.Protocol = v; return v == "https" || v == "http" },
	// How the processed zone is reached (stageOfURL).
	"stage":               func(_ *gosnowflake.Config, v string) bool { return stageName.MatchString(v) },
	"storage_integration": func(_ *gosnowflake.Config, v string) bool { return identifier.MatchString(v) },
}

// identifier is a name as Snowflake takes it without quotes; it reads it in upper case.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]{0,254}$`)

// parseSnowflakeURL reads snowflake://USER@ACCOUNT/DATABASE[/SCHEMA]?warehouse=NAME…; the schema is PUBLIC where none is
// named. Its errors repeat nothing of the URL but a parameter's name.
func parseSnowflakeURL(u *url.URL) (*gosnowflake.Config, error) {
	refuse := func(format string, args ...any) (*gosnowflake.Config, error) {
		return nil, fault.New(fault.Usage, nextSnowflake, format, args...)
	}
	c := &gosnowflake.Config{User: u.User.Username(), Account: u.Host}
	c.Database, c.Schema, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	if c.Schema == "" {
		c.Schema = "PUBLIC"
	}
	switch _, password := u.User.Password(); {
	case password || u.Fragment != "":
		return refuse("a Snowflake URL has neither a password nor a fragment")
	case c.User == "" || c.Account == "" || !identifier.MatchString(c.Database) || !identifier.MatchString(c.Schema):
		return refuse("a Snowflake URL names a user, an account and a database, and may name a schema")
	}
	for name, v := range u.Query() {
		set, ok := snowflakeParameters[name]
		if !ok || len(v) != 1 || !set(c, v[0]) {
			return refuse("a Snowflake URL does not take this %s=", name)
		}
	}
	return c, nil
}
