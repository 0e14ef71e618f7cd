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
var rules = []rule{}

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
