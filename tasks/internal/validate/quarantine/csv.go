package quarantine

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
)

// CSV returns causes for a spreadsheet, one a line.
func CSV(causes []Cause) ([]byte, error) {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	err := out.Write([]string{
		"source", "kind", "reason", "field", "rule", "became", "records",
		"first_day", "last_day", "example_object", "example_line",
		"refused_before", "came_back", "withheld",
	})
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, c := range causes {
		err = errors.Join(err, out.Write([]string{
			cell(c.Source), cell(c.Kind), cell(c.Reason), cell(c.Field), cell(c.Rule), cell(string(c.Became)),
			number(c.Records),
			cell(c.First), cell(c.Last), cell(c.Object), number(c.Line), number(c.Before), number(c.CameBack), number(c.Withheld),
		}))
	}
	out.Flush()
	return text.Bytes(), errors.Join(err, out.Error())
}

// cell keeps a spreadsheet from taking a text for a formula: such a cell gets an apostrophe in front (OWASP, "CSV Injection").
// The texts are Covers' own, the contract's and restaurants.yaml's, and a later one may begin like a formula.
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}
