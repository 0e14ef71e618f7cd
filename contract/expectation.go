package contract

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Expectations say what all expectations have in common: which earlier days they follow from, and how wide they are.
type Expectations struct {
	Weeks      int     `yaml:"weeks"`      // so many weeks back, the same weekday of each
	Days       int     `yaml:"days"`       // with fewer earlier days nothing is expected
	Deviations float64 `yaml:"deviations"` // standard deviations to each side
}

// Expectation is what is expected of a day's rows of a table, judged by the day's own history. In the document it is a custom
// rule, as the standard has them, of the engine "covers".
type Expectation struct {
	Name, Description string
	Severity          string // SeverityError or SeverityWarning
	Measure           string
	Column            string   // of MeasureShare: the column whose values are counted
	Values            []string // of MeasureShare: these together; nil: each value by itself
	Among             []string // of MeasureShare: of the rows with one of these; nil: of all
	Least             int64    // of MeasureQuiet: never an alarm up to so many minutes more than usual

	// Never an alarm within these factors of the usual (of a share: of its odds); 0: no alarm on that side.
	Below, Above float64
}

// The severities of an expectation. A reading that breaks one of SeverityError is not loaded.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
)

// The measures.
const (
	MeasureRows  = "rows"  // how many rows the day has
	MeasureShare = "share" // which part of the rows has a value
	MeasureKnown = "known" // which part of the rows is not null, of each column that may be
	MeasureSpend = "spend" // the mean spend of a cover
	MeasureQuiet = "quiet" // minutes from the newest change to the end of the day
)

type implementation struct {
	Measure string   `yaml:"measure"`
	Column  string   `yaml:"column"`
	Values  []string `yaml:"values"`
	Among   []string `yaml:"among"`
	Below   float64  `yaml:"below"`
	Above   float64  `yaml:"above"`
	Least   int64    `yaml:"least"`
}

func (e *Expectations) parse(property any) error {
	text, err := yaml.Marshal(property)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, e); err != nil {
		return err
	}
	if e.Days < 3 || e.Weeks < e.Days || e.Deviations < 3 {
		return errors.New("want weeks, at least as many as days; days, 3 or more; deviations, 3 or more")
	}
	return nil
}

func (q qualityDoc) expectation() (Expectation, error) {
	i := q.Implementation
	e := Expectation{
		Name: q.Name, Description: q.Description, Severity: q.Severity, Measure: i.Measure, Column: i.Column,
		Values: i.Values, Among: i.Among, Below: i.Below, Above: i.Above, Least: i.Least,
	}
	measures := []string{MeasureRows, MeasureShare, MeasureKnown, MeasureSpend, MeasureQuiet}
	switch {
	case q.Engine != "covers":
		return e, fmt.Errorf("a custom rule of the engine %q: want covers", q.Engine)
	case q.Severity != SeverityError && q.Severity != SeverityWarning:
		return e, fmt.Errorf("severity %q: want %s or %s", q.Severity, SeverityError, SeverityWarning)
	case !slices.Contains(measures, i.Measure):
		return e, fmt.Errorf("measure %q: want one of %v", i.Measure, measures)
	case (i.Measure == MeasureShare) != (i.Column != ""):
		return e, errors.New("a column belongs to the measure share, and to no other")
	case i.Measure == MeasureQuiet && i.Least <= 0:
		return e, errors.New("the measure quiet wants least, in minutes")
	case i.Measure != MeasureQuiet && (i.Below == 0 && i.Above == 0 ||
		i.Below != 0 && i.Below <= 1 || i.Above != 0 && i.Above <= 1):
		return e, errors.New("want below, above or both, each above 1")
	}
	return e, nil
}
