// Package contract is the data contract, covers.odcs.yaml, as a Go value. It says what every row behind raw looks like;
// what repeats it (Parquet schemas, SQL tables) is compared with it by tests. Start with Get.
//
// The package knows no platform and no step: it declares, it does not validate.
package contract

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed covers.odcs.yaml
var text []byte

// Contract is the part of the document that steps use.
type Contract struct {
	Revision     int64 // first part of a result's rank
	Tables       []Table
	Expectations Expectations
}

// Table is a kind of row.
type Table struct {
	Name        string
	Description string
	Columns     []Column
	Quality     []Quality
	Expected    []Expectation // in the order of the document
}

// Column is one declared column.
type Column struct {
	Name        string
	Type        string   // SQL type: VARCHAR, BIGINT, DECIMAL(18,4), DATETIME, DATE, BOOLEAN
	Required    bool     // never null
	Key         int      // position in the primary key, from 1; 0 outside it
	Class       string   // internal, pseudonymous or personal
	Unit        string   // empty where a value has none
	Values      []string // the closed list of allowed values; nil where any is allowed
	Minimum     *int64
	Maximum     *int64
	Pattern     string
	Description string
}

// Quality is a rule over a whole table: its query counts what breaks it, and must answer 0.
type Quality struct {
	Name, Description, Severity, Query string
}

// Table returns a table by its name; it panics where the contract has none, which is a slip in the program.
func (c Contract) Table(name string) Table {
	for _, t := range c.Tables {
		if t.Name == name {
			return t
		}
	}
	panic("contract has no table " + name)
}

// Column returns a column by its name; it panics where the table has none.
func (t Table) Column(name string) Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		panic("contract: table " + t.Name + " has no column " + name)
	}
	return t.Columns[i]
}

// Get returns the contract built into the step. It panics where the document cannot be read, which a test rules out.
var Get = sync.OnceValue(func() Contract {
	c, err := parse(text)
	if err != nil {
		panic(err)
	}
	return c
})

// document is the subset of Open Data Contract Standard 3.1 that Contract takes from.
type document struct {
	CustomProperties properties `yaml:"customProperties"`
	Schema           []struct {
		Name        string       `yaml:"name"`
		Description string       `yaml:"description"`
		Quality     []qualityDoc `yaml:"quality"`
		Properties  []struct {
			Name        string `yaml:"name"`
			Type        string `yaml:"physicalType"`
			Required    bool   `yaml:"required"`
			KeyPosition int    `yaml:"primaryKeyPosition"`
			Class       string `yaml:"classification"`
			Description string `yaml:"description"`
			Options     struct {
				Minimum *int64 `yaml:"minimum"`
				Maximum *int64 `yaml:"maximum"`
				Pattern string `yaml:"pattern"`
			} `yaml:"logicalTypeOptions"`
			Quality          []qualityDoc `yaml:"quality"`
			CustomProperties properties   `yaml:"customProperties"`
		} `yaml:"properties"`
	} `yaml:"schema"`
}

type qualityDoc struct {
	Type, Name, Description, Severity, Metric, Query, Engine string

	Implementation implementation
	Arguments      struct {
		ValidValues []string `yaml:"validValues"`
	} `yaml:"arguments"`
}

type properties []struct {
	Property string `yaml:"property"`
	Value    any    `yaml:"value"`
}

func (p properties) get(name string) any {
	for _, x := range p {
		if x.Property == name {
			return x.Value
		}
	}
	return nil
}

func parse(text []byte) (Contract, error) {
	var d document
	if err := yaml.Unmarshal(text, &d); err != nil {
		return Contract{}, fmt.Errorf("read the data contract: %w", err)
	}
	revision, ok := d.CustomProperties.get("revision").(int)
	if !ok || revision < 1 || revision > 9999 {
		return Contract{}, fmt.Errorf("read the data contract: customProperties.revision must be 1 to 9999")
	}
	c := Contract{Revision: int64(revision)}
	if err := c.Expectations.parse(d.CustomProperties.get("expectations")); err != nil {
		return Contract{}, fmt.Errorf("read the data contract: customProperties.expectations: %w", err)
	}
	for _, s := range d.Schema {
		t := Table{Name: s.Name, Description: s.Description}
		for _, q := range s.Quality {
			if q.Type == "custom" {
				e, err := q.expectation()
				if err != nil {
					return Contract{}, fmt.Errorf("read the data contract: %s: %s: %w", s.Name, q.Name, err)
				}
				t.Expected = append(t.Expected, e)
				continue
			}
			t.Quality = append(t.Quality, Quality{q.Name, q.Description, q.Severity, q.Query})
		}
		for _, p := range s.Properties {
			col := Column{
				Name: p.Name, Type: p.Type, Required: p.Required, Key: p.KeyPosition, Class: p.Class,
				Minimum: p.Options.Minimum, Maximum: p.Options.Maximum, Pattern: p.Options.Pattern, Description: p.Description,
			}
			col.Unit, _ = p.CustomProperties.get("unit").(string)
			for _, q := range p.Quality {
				if q.Metric == "invalidValues" {
					col.Values = q.Arguments.ValidValues
				}
			}
			t.Columns = append(t.Columns, col)
		}
		c.Tables = append(c.Tables, t)
	}
	return c, nil
}
