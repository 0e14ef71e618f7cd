package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	// testName is a test, in Go or in Python.
	testName = regexp.MustCompile(`^(?:func|\s*(?:async )?def) ((?:Test|Fuzz)[A-Z]\w*|test_\w+)\(`)
	// claimed is the name of a test in a page. A name that ends in an ellipsis stands for those that begin so.
	claimed = regexp.MustCompile(`\b((?:Test|Fuzz)[A-Z]\w*|test_\w+)(…?)`)
	// used is an action of a workflow, and pinned one that is named by its commit, with its version beside it.
	used   = regexp.MustCompile(`^\s*(?:- )?uses: (.*)$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
)

// pagesOf reads the pages for people, line by line.
func pagesOf(root string, paths []string) (map[string][]string, error) {
	pages := map[string][]string{}
	for _, p := range paths {
		if path.Ext(p) != ".md" || p == "CHANGELOG.md" { // which tells of what was
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			return nil, err
		}
		pages[p] = strings.Split(string(text), "\n")
	}
	return pages, nil
}

// proofs looks for tests that a page says hold something and that are not there.
func (t tree) proofs(pages map[string][]string) measured {
	m := measured{what: "tests that pages name and are not there", bound: "none"}
	tests := map[string]bool{}
	for p, lines := range t.texts {
		tests[strings.TrimSuffix(path.Base(p), ".py")] = true // a file of Python's tests stands for all in it
		for _, line := range lines {
			if found := testName.FindStringSubmatch(line); found != nil {
				tests[found[1]] = true
			}
		}
	}
	seen := 0
	for page, lines := range pages {
		for i, line := range lines {
			for _, found := range claimed.FindAllStringSubmatch(line, -1) {
				seen++
				if !tests[found[1]] && (found[2] == "" || !anyBegins(tests, found[1])) {
					m.broken = append(m.broken, finding{fmt.Sprintf("%s:%d", page, i+1), found[1]})
				}
			}
		}
	}
	m.found = fmt.Sprintf("%d of %d", len(m.broken), seen)
	return m
}

func anyBegins(tests map[string]bool, with string) bool {
	for name := range tests {
		if strings.HasPrefix(name, with) {
			return true
		}
	}
	return false
}

// workflows looks for what a workflow takes from others by a name that can be moved, and for one that does not say what it may.
func (t tree) workflows() measured {
	m := measured{what: "actions not named by their commit, rights not said", bound: "none"}
	seen := 0
	for p, lines := range t.texts {
		if path.Dir(p) != ".github/workflows" {
			continue
		}
		said := false
		for i, line := range lines {
			said = said || strings.HasPrefix(line, "permissions:")
			if found := used.FindStringSubmatch(line); found != nil {
				if seen++; !pinned.MatchString(found[1]) {
					m.broken = append(m.broken, finding{fmt.Sprintf("%s:%d", p, i+1), found[1]})
				}
			}
		}
		if !said {
			m.broken = append(m.broken, finding{p, "permissions"})
		}
	}
	m.found = fmt.Sprintf("%d of %d", len(m.broken), seen)
	return m
}
