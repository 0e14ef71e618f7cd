package contract

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/columns.md anew")

func TestContractCanBeRead(t *testing.T) {
	c, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	types := []string{"VARCHAR", "BIGINT", "DECIMAL(18,4)", "DATETIME", "DATE", "BOOLEAN"}
	classes := []string{"internal", "pseudonymous", "personal"}
	for _, table := range c.Tables {
		names := map[string]bool{}
		for _, col := range table.Columns {
			if names[col.Name] {
				t.Errorf("%s.%s is declared twice", table.Name, col.Name)
			}
			names[col.Name] = true
			if !slices.Contains(types, col.Type) || !slices.Contains(classes, col.Class) || col.Description == "" {
				t.Errorf("%s.%s: type %q, classification %q, description %q", table.Name, col.Name, col.Type, col.Class,
					col.Description)
			}
		}
	}
}

func TestBadContractsAreRefused(t *testing.T) {
	revision := fmt.Sprintf("revision, value: %d}", Get().Revision)
	for _, change := range [][2]string{
		{revision, "revision, value: 0}"}, {revision, "revision, value: one}"}, {"schema:", "schema: ["},
		{"days: 4", "days: 2"}, {"weeks: 8", "weeks: 3"}, {"deviations: 6", "deviations: 1"}, {"engine: covers", "engine: other"},
		{"measure: rows", "measure: lines"}, {"measure: rows", "measure: share"}, {"below: 1.7", "below: 0.5"},
		{", below: 1.7", ""}, {"least: 180", "least: 0"}, {"severity: error\n        engine", "severity: fatal\n        engine"},
	} {
		if !strings.Contains(string(text), change[0]) {
			t.Fatalf("the contract has no %q: nothing is tested", change[0])
		}
		if _, err := parse([]byte(strings.Replace(string(text), change[0], change[1], 1))); err == nil {
			t.Errorf("%q instead of %q is accepted", change[1], change[0])
		}
	}
}

// docs/columns.md is made from the contract.
func TestDocsRepeatTheContract(t *testing.T) {
	const path = "../docs/columns.md"
	want := markdown(Get())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from the contract: run go test ./contract -update", path)
	}
}

func markdown(c Contract) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Columns\n\nMade from `contract/covers.odcs.yaml`, revision %d, by `go test ./contract -update`.\n",
		c.Revision)
	for _, t := range c.Tables {
		fmt.Fprintf(&b,
			"\n## %s\n\n%s\n\n| column | type | null | class | unit | meaning |\n| --- | --- | --- | --- | --- | --- |\n", t.Name,
			t.Description)
		for _, col := range t.Columns {
			null := "yes"
			if col.Required {
				null = "no"
			}
			meaning := col.Description
			if len(col.Values) > 0 {
				meaning += " One of " + strings.Join(col.Values, ", ") + "."
			}
			if col.Minimum != nil && col.Maximum != nil {
				meaning += fmt.Sprintf(" From %d to %d.", *col.Minimum, *col.Maximum)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", col.Name, col.Type, null, col.Class, col.Unit, meaning)
		}
		for _, q := range t.Quality {
			fmt.Fprintf(&b, "\nRule `%s` (%s): %s\n", q.Name, q.Severity, q.Description)
		}
		for _, e := range t.Expected {
			fmt.Fprintf(&b, "\nExpectation `%s` (%s): %s\n", e.Name, e.Severity, e.Description)
		}
	}
	return b.String()
}
