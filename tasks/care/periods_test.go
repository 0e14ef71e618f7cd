package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestPeriodsAgree: what a receipt reckons with, what Terraform sets and what the threat model tells are the same days.
func TestPeriodsAgree(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := func(text, expression string) string {
		found := regexp.MustCompile(expression).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("nothing is as %s", expression)
		}
		return found[1]
	}
	page, variables := read("docs/threat-model.md"), read("terraform/modules/lake/variables.tf")
	variable := func(name string) string {
		return first(variables, `(?s)variable "`+name+`" \{[^}]*?default\s+= (\d+)\n`)
	}
	for zone, want := range map[string]string{"raw": "30", "staging": "90", "processed": "365"} {
		reckoned := ""
		for _, f := range forgetCommand().Flags {
			if doc, ok := f.(cli.DocGenerationFlag); ok && f.Names()[0] == zone+"-days" {
				reckoned = fmt.Sprint(doc.GetValue())
			}
		}
		told := first(page, `(?m)^\| `+zone+` \|[^|]*\| (\d+) days \|`)
		if set := variable(zone + "_days"); reckoned != want || set != want || told != want {
			t.Errorf("%s: a receipt reckons with %s days, Terraform sets %s, the page tells %s", zone, reckoned, set, told)
		}
	}
	if old := variable("noncurrent_days"); !strings.Contains(page, ", "+old+" of them as old versions") {
		t.Errorf("old versions are kept for %s days, and the page tells otherwise", old)
	}
}
