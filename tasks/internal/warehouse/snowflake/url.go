package snowflake

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/suggest"
)

const nextURL = "use snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=NAME&role=NAME&stage=NAME"

// parameters are what may follow the question mark of a Snowflake URL, and what each sets.
var parameters = map[string]func(c *gosnowflake.Config, value string) bool{
	// The virtual warehouse that computes; without it the user's default warehouse.
	"warehouse": func(c *gosnowflake.Config, v string) bool { c.Warehouse = v; return isIdentifier(v) },
	// The role of the session; without it the user's default role.
	"role": func(c *gosnowflake.Config, v string) bool { c.Role = v; return isIdentifier(v) },
	// How Snowflake reads the processed zone. Landing's business: here they are no more than known.
	"stage":               func(_ *gosnowflake.Config, v string) bool { return stageName.MatchString(v) },
	"storage_integration": func(_ *gosnowflake.Config, v string) bool { return isIdentifier(v) },
	// The server's name and port where they do not follow from the account: a private link, or a stand-in in tests.
	"host": func(c *gosnowflake.Config, v string) bool { c.Host = v; return hostName.MatchString(v) },
	"port": func(c *gosnowflake.Config, v string) (ok bool) {
		n, err := strconv.ParseUint(v, 10, 16)
		c.Port = int(n)
		return err == nil && n > 0
	},
	// http is for a stand-in alone: it is refused without host, and with a host of Snowflake's.
	"protocol": func(c *gosnowflake.Config, v string) bool { c.Protocol = v; return v == "https" || v == "http" },
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)
	account    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// isIdentifier reports whether a name is one that Snowflake takes without quotes, of 255 characters at most; it reads it in upper
// case. The length is no part of the expression: as a count of repetitions it would take a tenth of a step's start to compile.
func isIdentifier(name string) bool { return len(name) <= 255 && identifier.MatchString(name) }

const domain = ".snowflakecomputing."

// parseURL reads snowflake://USER@ACCOUNT/DATABASE[/SCHEMA]?warehouse=NAME…; the schema is PUBLIC where none is
// named. Anything else is a usage error, which repeats nothing of the URL: where a password was put into it, any part may be
// a part of the password.
func parseURL(u *url.URL) (*gosnowflake.Config, error) {
	refuse := func(format string, args ...any) (*gosnowflake.Config, error) {
		return nil, fault.New(fault.Usage, nextURL, format, args...)
	}
	if _, has := u.User.Password(); has {
		return nil, fault.New(fault.Usage,
			"take it out, change it where it may have been seen, and sign in with a key pair: "+nextURL,
			"a Snowflake URL holds no password")
	}
	if u.Fragment != "" || u.Opaque != "" || u.Port() != "" {
		return refuse("a Snowflake URL has neither a port after the account nor a fragment")
	}
	c := &gosnowflake.Config{User: u.User.Username(), Account: strings.TrimSuffix(u.Host, ".snowflakecomputing.com"),
		Schema: "PUBLIC"}
	if !account.MatchString(c.Account) {
		return refuse("a Snowflake URL names the account, such as ORGANIZATION-ACCOUNT")
	}
	names := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(names) > 2 || slices.ContainsFunc(names, func(n string) bool { return !isIdentifier(n) }) {
		return refuse("a Snowflake URL names a database, and may name a schema, as identifiers without quotes")
	}
	c.Database = names[0]
	if len(names) == 2 {
		c.Schema = names[1]
	}
	known := slices.Sorted(maps.Keys(parameters))
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return refuse("the parameters of the Snowflake URL cannot be read")
	}
	for name, v := range values {
		set, ok := parameters[name]
		if !ok {
			meant := ""
			if word := suggest.Word(name, known); word != "" {
				meant = " (did you mean " + word + "=?)"
			}
			return nil, fault.New(fault.Usage, "use "+strings.Join(known, ", ")+", each once; secrets are never part of the URL",
				"a Snowflake URL has a parameter that is not known%s", meant)
		}
		if len(v) != 1 || !set(c, v[0]) {
			return nil, fault.New(fault.Usage, "use "+strings.Join(known, ", ")+", each once",
				"a Snowflake URL does not take this %s=", name)
		}
	}
	if c.Protocol == "http" {
		if c.Host == "" || strings.Contains(strings.ToLower(net.JoinHostPort(c.Host, "")), domain) {
			return nil, fault.New(fault.Usage, "leave protocol out; http is for a stand-in at a host of your own",
				"Snowflake is not called without encryption")
		}
		c.DisableOCSPChecks = true // there is no certificate
	}
	return c, nil
}
