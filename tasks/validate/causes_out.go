package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/step"
)

// writeCSV writes causes to a file, one a line, for a spreadsheet: whole or not at all.
func writeCSV(path string, causes []Cause) error {
	var text bytes.Buffer
	err := causesTo(&text, causes)
	if err == nil {
		err = step.ReplaceFile(path, text.Bytes())
	}
	if err != nil {
		return fault.New(fault.Usage, "name a file that can be written with --csv", "write the causes: %w", err)
	}
	return nil
}

func causesTo(w io.Writer, causes []Cause) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{
		"source", "kind", "reason", "field", "rule", "records", "first_day", "last_day", "example_object", "example_line",
		"refused_before", "came_back", "withheld",
	})
	for _, c := range causes {
		number := func(n int64) string { return fmt.Sprint(n) }
		err = errors.Join(err, out.Write([]string{
			cell(c.Source), cell(c.Kind), cell(c.Reason), cell(c.Field), cell(c.Rule), number(c.Records), cell(c.First), cell(c.Last), cell(c.Object),
			number(c.Line), number(c.Before), number(c.CameBack), number(c.Withheld),
		}))
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// cell keeps a spreadsheet from taking a text for a formula. The texts are Covers' own, the contract's and restaurants.yaml's; that
// none of them begins like one is not left to them. (OWASP, "CSV Injection": such a cell gets an apostrophe in front.)
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

// causesText is the causes for people.
func causesText(causes []Cause, days []string) string {
	when := days[0]
	if last := days[len(days)-1]; last != when {
		when += " to " + last
	}
	if len(causes) == 0 {
		return fmt.Sprintf("no record of %s is in quarantine\n", when)
	}
	again := false
	for _, c := range causes {
		again = again || c.Before > 0
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.SetTitle("in quarantine, " + when)
	header := table.Row{"source", "kind", "reason", "field", "records", "first", "last"}
	if again {
		header = append(header, "refused before", "came back", "withheld")
	}
	t.AppendHeader(header)
	for _, c := range causes {
		field := c.Field
		if field == "" {
			field = "the record"
		}
		row := table.Row{c.Source, c.Kind, c.Reason, field, c.Records, c.First, c.Last}
		if again {
			row = append(row, c.Before, c.CameBack, c.Withheld)
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: 40, WidthMaxEnforcer: text.WrapSoft}})
	return t.Render() + "\na record with two causes counts in both; --csv has rules and an example of each\n"
}
