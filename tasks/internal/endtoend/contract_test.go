package endtoend

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"covers/contract"
)

// What is loaded keeps every rule that the contract states: nullability, allowed values, ranges, patterns, and the quality
// queries of whole tables.
func TestLoadedRowsKeepTheContract(t *testing.T) {
	p := newPlatforms(t)
	w := p.world(t)
	for _, day := range days {
		w.day(day)
	}
	db, err := sql.Open("duckdb", filepath.Join(w.root, "covers.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int) {
		if err := db.QueryRow(query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	for _, name := range []string{"reservation_observations", "customer_observations"} {
		table := contract.Get().Table(name)
		if count("SELECT count(*) FROM "+name) == 0 {
			t.Fatalf("%s is empty: nothing is tested", name)
		}
		for _, c := range table.Columns {
			for what, broken := range brokenBy(c) {
				if n := count(fmt.Sprintf("SELECT count(*) FROM %s WHERE %s", name, broken)); n > 0 {
					t.Errorf("%s.%s: %d rows break %s", name, c.Name, n, what)
				}
			}
		}
		for _, q := range table.Quality {
			if n := count(q.Query); n > 0 {
				t.Errorf("%s: %d rows break %s: %s", name, n, q.Name, q.Description)
			}
		}
	}
}

// brokenBy gives, for each rule of a column, the condition of the rows that break it.
func brokenBy(c contract.Column) map[string]string {
	rules := map[string]string{}
	if c.Required {
		rules["required"] = c.Name + " IS NULL"
	}
	if c.Values != nil {
		rules["allowed values"] = fmt.Sprintf("%s NOT IN ('%s')", c.Name, strings.Join(c.Values, "', '"))
	}
	if c.Minimum != nil {
		rules["minimum"] = fmt.Sprintf("%s < %d", c.Name, *c.Minimum)
	}
	if c.Maximum != nil {
		rules["maximum"] = fmt.Sprintf("%s > %d", c.Name, *c.Maximum)
	}
	if c.Pattern != "" {
		rules["pattern"] = fmt.Sprintf("NOT regexp_matches(%s, '%s')", c.Name, c.Pattern)
	}
	return rules
}
