package loadcheck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
)

// The privileges on a table. TRUNCATE and OWNERSHIP are none that any load needs.
const (
	ownership = "OWNERSHIP"
	truncate  = "TRUNCATE"
)

// needed are the rights that load, report and care need on each table and view, but for care unforget, which the tables' owner
// runs. Tests hold the tables and views against those of the schema, and the rights against the statements.
var needed = map[string][]string{
	"schema_versions":          {"SELECT"},
	"load_gate":                {"SELECT", "UPDATE"},
	"loads":                    {"SELECT", "INSERT", "DELETE"},
	"erasures":                 {"SELECT", "INSERT"},
	"held_erasures":            {"SELECT", "INSERT", "DELETE"},
	"erasure_decisions":        {"SELECT", "INSERT"},
	"absences":                 {"SELECT", "INSERT", "DELETE"},
	"merges":                   {"SELECT", "INSERT", "DELETE"},
	"reservation_observations": {"SELECT", "INSERT", "UPDATE", "DELETE"},
	"customer_observations":    {"SELECT", "INSERT", "UPDATE", "DELETE"},
	"reservations":             {"SELECT", "INSERT", "DELETE"},
	"customers":                {"SELECT", "INSERT", "DELETE"},
	"restaurants":              {"SELECT", "INSERT", "DELETE"},
	"restaurant_history":       {"SELECT", "INSERT", "DELETE"},
	"platforms":                {"SELECT", "INSERT", "DELETE"},
}

// neverHeld are the rights that a load's role must not have: with them a stolen key could forge what the schema is, or take back
// who asked to be forgotten.
var neverHeld = map[string][]string{
	"schema_versions":   {"INSERT", "UPDATE", "DELETE", truncate},
	"erasures":          {"UPDATE", "DELETE", truncate},
	"erasure_decisions": {"UPDATE", "DELETE", truncate},
}

// views are those that load, report and care read.
var views = []string{
	"channel_mix", "daily_service", "evenings", "guest_return", "lead_time", "ledger", "merge_links", "payments",
	"reservation_versions", "standing_merges", "status_funnel", "superseding", "survivors",
}

const (
	whatRights = "rights"
	whatBeyond = "rights beyond need"
)

// grants are the privileges of a role and of those that it inherits, by the kind and full name of what they are on.
type grants map[string]map[string]bool

func (g grants) has(kind, name, privilege string) bool { return g[kind+" "+name][privilege] }

// grantsOf asks for a role's privileges, and for those of the roles granted to it.
// https://docs.snowflake.com/en/sql-reference/sql/show-grants
func (c *check) grantsOf(ctx context.Context, role string) (grants, error) {
	all, seen := grants{}, map[string]bool{role: true}
	for left := []string{role}; len(left) > 0; left = left[1:] {
		rows, err := c.query(ctx, `SHOW GRANTS TO ROLE "`+strings.ReplaceAll(left[0], `"`, `""`)+`"`)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			kind, name := strings.ReplaceAll(r["granted_on"], "_", " "), strings.ReplaceAll(r["name"], `"`, "")
			if kind == "ROLE" && r["privilege"] == "USAGE" && !seen[name] {
				seen[name] = true
				left = append(left, name)
			}
			at := kind + " " + name
			if all[at] == nil {
				all[at] = map[string]bool{}
			}
			all[at][r["privilege"]] = true
		}
	}
	return all, nil
}

// rights holds what the role has against what a load needs, and against what it must not have.
func (c *check) rights(ctx context.Context) {
	if c.role == "" {
		return // said already: the session has none, or another than was asked for
	}
	held, err := c.grantsOf(ctx, c.role)
	if err != nil {
		c.unknown(whatRights, err)
		return
	}
	if held.has("TABLE", c.place+".SCHEMA_VERSIONS", ownership) {
		c.note(whatRights, "the role "+c.role+" owns the tables: it is the one of load migrate, and may do all that a load does",
			"check once more as the role that loads, such as COVERS_LOADER")
		return
	}
	var lacks, grant, beyond, revoke []string
	ask := func(kind, object string, privileges []string) {
		name := c.place + "." + strings.ToUpper(object)
		missing := slices.DeleteFunc(slices.Clone(privileges), func(p string) bool { return held.has(kind, name, p) })
		if len(missing) > 0 && !held.has(kind, name, ownership) {
			list := strings.Join(missing, ", ")
			lacks = append(lacks, list+" on "+name)
			grant = append(grant, fmt.Sprintf("GRANT %s ON %s %s TO ROLE %s;", list, kind, name, c.role))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(needed)) {
		ask("TABLE", table, needed[table])
		name := c.place + "." + strings.ToUpper(table)
		extra := slices.DeleteFunc(append(slices.Clone(neverHeld[table]), ownership),
			func(p string) bool { return !held.has("TABLE", name, p) })
		if len(extra) > 0 {
			list := strings.Join(extra, ", ")
			beyond = append(beyond, list+" on "+name)
			revoke = append(revoke, fmt.Sprintf("REVOKE %s ON TABLE %s FROM ROLE %s;", list, name, c.role))
		}
	}
	for _, view := range views {
		ask("VIEW", view, []string{"SELECT"})
	}
	const by = "as SECURITYADMIN: "
	if lacks == nil {
		c.right(whatRights, fmt.Sprintf("the role %s has what load, report and care need on %d tables and %d views", c.role,
			len(needed), len(views)))
	} else {
		c.wrong(whatRights, fault.Denied, "the role "+c.role+" lacks "+strings.Join(lacks, "; "), by+strings.Join(grant, " "))
	}
	if beyond == nil {
		c.right(whatBeyond, "the role can neither change what the schema is said to be nor take an erasure back")
	} else {
		c.wrong(whatBeyond, fault.Usage, "the role "+c.role+" has "+strings.Join(beyond, "; "),
			by+strings.Join(revoke, " ")+" (and the same of FUTURE TABLES, where it came from there)")
	}
}

// byName finds the row of a SHOW or DESC whose column has a value.
func byName(rows []map[string]string, column, value string) map[string]string {
	i := slices.IndexFunc(rows, func(r map[string]string) bool { return r[column] == value })
	if i < 0 {
		return nil
	}
	return rows[i]
}
