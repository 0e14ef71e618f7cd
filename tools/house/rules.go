package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// rule is something that must be decided in one place: what its text looks like, and where it may stand.
type rule struct {
	name string
	text *regexp.Regexp // of a line of code
	in   string         // the folder or file that has it, with all below
}

// The rules that were once written in several places. A line elsewhere that looks like one is a second copy.
var rules = []rule{
	{"the newest rank of each reading", defines("[nN]ewest"), "tasks/internal/lake"},
	{"the name of a reading", regexp.MustCompile(`T150405\.000Z"`), "tasks/internal/lake"},
	{"zones opened in a fixed order", defines("([oO]penZones|OpenEach)"), "tasks/internal/lake"},
	{"a newer reading made up for it", defines("([mM]adeUp|isMadeUp)"), "tasks/internal/quality"},
	{"the readings that a day is judged by", defines("(NewHistory|resultsBefore)"), "tasks/internal/quality"},
	{"a secret from variable or file", defines("(FromEnv|FromFile|SecretFromEnv|secretFile)"), "tasks/internal/secret"},
	{"a file written in one step", regexp.MustCompile(`renameio\.New|func ReplaceFile\(`), "tasks/internal/replace"},
	{"the flag of the warehouse", regexp.MustCompile(`StringFlag\("warehouse"`), "tasks/internal/step"},
	{"the flag of days", defines("DaysFlag"), "tasks/internal/step"},
	{"the flag of a zone that may be left out", defines("OptionalZoneFlag"), "tasks/internal/step"},
	{"which row is current", regexp.MustCompile(`^QUALIFY ROW_NUMBER`), "tasks/internal/warehouse/sql/winning_reservations.sql"},
	{"one way to read a row of the warehouse", regexp.MustCompile(`rows\.Scan\(`), "tasks/internal/warehouse/engine"},
	{"which mapper a platform has", regexp.MustCompile(`(opentable|thefork)\.NewMapper\(`), "tasks/internal/platforms"},
	{"a number of things in words", defines("(plural|Count\\[N int \\| int64\\])"), "tasks/internal/text"},
}

// defines matches the definition of a function or a method.
func defines(name string) *regexp.Regexp {
	return regexp.MustCompile(`^func (\([^)]*\) )?` + name + `\(`)
}

// once holds the rules: each stands in its place and nowhere else.
func (t tree) once() []measured {
	var out []measured
	for _, r := range rules {
		m := measured{what: "rule: " + r.name, bound: "in " + r.in + " alone"}
		home := 0
		for _, p := range t.sorted() {
			if !isCode(p) {
				continue
			}
			for i, line := range t.texts[p] {
				if strings.HasPrefix(strings.TrimSpace(line), "//") || strings.HasPrefix(strings.TrimSpace(line), "--") ||
					!r.text.MatchString(line) {
					continue
				}
				if p == r.in || strings.HasPrefix(p, r.in+"/") {
					home++
				} else {
					m.broken = append(m.broken, finding{fmt.Sprintf("%s:%d", p, i+1), strings.TrimSpace(line)})
				}
			}
		}
		if home == 0 {
			m.broken = append(m.broken, finding{r.in, "the rule is not where it should be"})
		}
		m.found = fmt.Sprint(home + len(m.broken))
		out = append(out, m)
	}
	return out
}

// isCode reports whether a file is Go or SQL of a step, and no test.
func isCode(p string) bool {
	return strings.HasPrefix(p, "tasks/") && !strings.HasSuffix(p, "_test.go") && (path.Ext(p) == ".go" || path.Ext(p) == ".sql")
}
