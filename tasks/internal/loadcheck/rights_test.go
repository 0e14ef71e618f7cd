package loadcheck

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestTablesAndViewsAreTheSchemas: no table and no view is forgotten.
func TestTablesAndViewsAreTheSchemas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "covers.duckdb")
	_, err := warehouse.Migrate(t.Context(), machine.This(), "duckdb://"+path, false)
	wt.Check(t, err)
	db, err := sql.Open("duckdb", path)
	wt.Check(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT table_name, table_type FROM information_schema.tables ORDER BY 1")
	wt.Check(t, err)
	defer rows.Close()
	var tables, seen []string
	for rows.Next() {
		var name, kind string
		wt.Check(t, rows.Scan(&name, &kind))
		if kind == "VIEW" {
			seen = append(seen, name)
		} else {
			tables = append(tables, name)
		}
	}
	wt.Check(t, rows.Err())
	if diff := gocmp.Diff(tables, slices.Sorted(maps.Keys(needed))); diff != "" {
		t.Errorf("tables: - schema, + needed\n%s", diff)
	}
	if diff := gocmp.Diff(seen, views); diff != "" {
		t.Errorf("views: - schema, + needed\n%s", diff)
	}
}

// TestRightsAreTheStatements: what a load's statements change is granted, and nothing else. The reference tables are filled by
// INSERT … VALUES, and emptied before.
func TestRightsAreTheStatements(t *testing.T) {
	all, err := warehouse.LoadStatements("snowflake://u@acc/COVERS/MAIN?stage=S")
	wt.Check(t, err)
	changes := map[string]map[string]bool{}
	for _, table := range []string{"restaurants", "restaurant_history", "platforms"} {
		changes[table] = map[string]bool{"INSERT": true, "DELETE": true}
	}
	changes["erasure_decisions"] = map[string]bool{"INSERT": true} // by care erasures
	changing := regexp.MustCompile(`(?m)^\s*(INSERT|DELETE|UPDATE|MERGE)(?: INTO| FROM)? (\w+)`)
	clause := regexp.MustCompile(`THEN (INSERT|DELETE|UPDATE)`)
	for _, st := range all {
		for _, m := range changing.FindAllStringSubmatch(st.SQL, -1) {
			if _, permanent := needed[m[2]]; !permanent {
				continue // temporary
			}
			if changes[m[2]] == nil {
				changes[m[2]] = map[string]bool{}
			}
			if m[1] != "MERGE" {
				changes[m[2]][m[1]] = true
				continue
			}
			for _, what := range clause.FindAllStringSubmatch(st.SQL, -1) {
				changes[m[2]][what[1]] = true
			}
		}
	}
	for table, privileges := range needed {
		want := slices.Sorted(maps.Keys(changes[table]))
		got := slices.Sorted(slices.Values(privileges))
		got = slices.DeleteFunc(got, func(p string) bool { return p == "SELECT" })
		if !slices.Equal(got, want) {
			t.Errorf("%s: needed %v, the statements %v", table, got, want)
		}
		for _, p := range neverHeld[table] {
			if slices.Contains(privileges, p) {
				t.Errorf("%s on %s is needed and never held", p, strings.ToUpper(table))
			}
		}
	}
}

// TestTheScriptsGrantWhatIsNeeded: what bootstrap.sql and grants.sql give the load's role is what it needs, table by table, and
// no more.
func TestTheScriptsGrantWhatIsNeeded(t *testing.T) {
	granted := map[string][]string{}
	for _, name := range []string{"bootstrap.sql", "grants.sql"} {
		text, err := os.ReadFile(filepath.Join("../../../snowflake", name))
		wt.Check(t, err)
		grant := regexp.MustCompile(`(?m)^GRANT ([A-Z, ]+) ON (FUTURE TABLES IN SCHEMA|TABLE) ` +
			`COVERS\.MAIN(?:\.(\w+))? TO ROLE COVERS_LOADER;`)
		for _, m := range grant.FindAllStringSubmatch(string(text), -1) {
			tables := []string{strings.ToLower(m[3])}
			if m[3] == "" { // of every table to come
				tables = slices.Collect(maps.Keys(needed))
			}
			for _, table := range tables {
				granted[table] = append(granted[table], strings.Split(m[1], ", ")...)
			}
		}
	}
	if diff := gocmp.Diff(needed, granted); diff != "" {
		t.Errorf("- needed, + granted\n%s", diff)
	}
}

// TestAnalystsSeeViewsAlone, and none that is a load's own.
func TestAnalystsSeeViewsAlone(t *testing.T) {
	text, err := os.ReadFile("../../../snowflake/grants.sql")
	wt.Check(t, err)
	given := regexp.MustCompile(`(?m)^GRANT (.*) ON (\w+) COVERS\.MAIN\.(\w+) TO ROLE COVERS_ANALYST;`)
	var seen []string
	for _, m := range given.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "SELECT" || m[2] != "VIEW" {
			t.Errorf("more than reading a view: %s", m[0])
		}
		seen = append(seen, strings.ToLower(m[3]))
	}
	own := []string{"merge_links", "standing_merges", "superseding", "survivors"}
	want := slices.DeleteFunc(slices.Clone(views), func(v string) bool { return slices.Contains(own, v) })
	if diff := gocmp.Diff(want, seen); diff != "" {
		t.Errorf("- wanted, + given\n%s", diff)
	}
}

// TestTheScriptsTakeBackWhatIsNotNeeded: of what an earlier bootstrap gave, all that is not needed, and nothing that is.
func TestTheScriptsTakeBackWhatIsNotNeeded(t *testing.T) {
	text, err := os.ReadFile("../../../snowflake/grants.sql")
	wt.Check(t, err)
	revoke := regexp.MustCompile(`(?m)^REVOKE ([A-Z, ]+) ON TABLE COVERS\.MAIN\.(\w+) FROM ROLE COVERS_LOADER;`)
	revoked := map[string][]string{}
	for _, m := range revoke.FindAllStringSubmatch(string(text), -1) {
		revoked[strings.ToLower(m[2])] = strings.Split(m[1], ", ")
	}
	want := map[string][]string{}
	for table, privileges := range needed {
		for _, p := range []string{"INSERT", "UPDATE", "DELETE"} {
			if !slices.Contains(privileges, p) {
				want[table] = append(want[table], p)
			}
		}
	}
	if diff := gocmp.Diff(want, revoked); diff != "" {
		t.Errorf("- not needed, + taken back\n%s", diff)
	}
}

// TestPeopleAndLoadsHaveWarehousesOfTheirOwn, with a monitor each: dashboards can neither hold up a load nor stop it.
func TestPeopleAndLoadsHaveWarehousesOfTheirOwn(t *testing.T) {
	text, err := os.ReadFile("../../../snowflake/bootstrap.sql")
	wt.Check(t, err)
	find := func(pattern string) (found []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			found = append(found, strings.Join(m[1:], " "))
		}
		return found
	}
	for what, c := range map[string]struct{ got, want []string }{
		"usage": {find(`(?m)^GRANT USAGE ON WAREHOUSE (\w+) TO ROLE (\w+);`), []string{
			"COVERS_LOAD_WH COVERS_OWNER", "COVERS_LOAD_WH COVERS_LOADER", "COVERS_BI_WH COVERS_ANALYST"}},
		"monitors": {find(`(?s)ALTER WAREHOUSE (\w+) SET[^;]*RESOURCE_MONITOR = (\w+)`), []string{
			"COVERS_LOAD_WH COVERS_LOAD_MONITOR", "COVERS_BI_WH COVERS_BI_MONITOR"}},
		"what stops": {find(`(?s)CREATE RESOURCE MONITOR IF NOT EXISTS (\w+) WITH[^;]*ON (\d+) PERCENT DO (SUSPEND)\b`),
			[]string{"COVERS_BI_MONITOR 100 SUSPEND"}},
	} {
		if diff := gocmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: - wanted, + in the script\n%s", what, diff)
		}
	}
}
