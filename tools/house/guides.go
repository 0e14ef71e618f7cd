package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// named is a path of the repository between backquotes in a page.
var named = regexp.MustCompile("`((?:tasks|internal|contract|dags|images|kubernetes|terraform|tools|tests|snowflake|compose|" +
	"dashboards|notebooks|docs)/[\\w./-]+)`")

// guides looks for paths that a page names and that are not there. `internal/` is short for `tasks/internal/`.
func guides(root string, paths []string) (measured, error) {
	m := measured{what: "paths that pages name and are not there", bound: "none"}
	seen := 0
	for _, page := range paths {
		if path.Ext(page) != ".md" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			return m, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, found := range named.FindAllStringSubmatch(line, -1) {
				p := found[1]
				if strings.HasPrefix(p, "internal/") {
					p = "tasks/" + p
				}
				seen++
				if _, err := os.Stat(filepath.Join(root, p)); err != nil {
					m.broken = append(m.broken, finding{fmt.Sprintf("%s:%d", page, i+1), found[1]})
				}
			}
		}
	}
	m.found = fmt.Sprintf("%d of %d", len(m.broken), seen)
	return m, nil
}
