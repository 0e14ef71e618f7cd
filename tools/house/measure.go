package main

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// measure returns the table.
func (t tree) measure() []measured {
	return append([]measured{t.functions(), t.packages(), t.columns(), t.circles(), t.exported(), t.folders()}, t.once()...)
}

// functions measures from `func` to the closing brace. One that is long says why: its comment has a sentence that begins with
// "Long because".
func (t tree) functions() measured {
	longest := 0
	m := measured{what: "lines of the longest function",
		bound: fmt.Sprintf("at most %d, above %d with a reason", mostLines, mostWithoutCause)}
	for _, f := range t.code() {
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.set.Position(fn.End()).Line - t.set.Position(fn.Pos()).Line + 1
			longest = max(longest, lines)
			reason := fn.Doc != nil && strings.Contains(strings.ReplaceAll(fn.Doc.Text(), "\n", " "), "Long because")
			if lines > mostLines || lines > mostWithoutCause && !reason {
				m.broken = append(m.broken,
					finding{t.set.Position(fn.Pos()).String(), fmt.Sprintf("%s has %d lines", fn.Name.Name, lines)})
			}
		}
	}
	m.found = fmt.Sprint(longest)
	return m
}

// packages counts the files of each folder that are no tests.
func (t tree) packages() measured {
	files := map[string]int{}
	for _, f := range t.code() {
		files[path.Dir(f.path)]++
	}
	m := measured{what: "files of the largest package", bound: fmt.Sprintf("at most %d", mostFiles)}
	most := 0
	for _, folder := range keys(files) {
		most = max(most, files[folder])
		if files[folder] > mostFiles {
			m.broken = append(m.broken, finding{folder, fmt.Sprintf("%d files", files[folder])})
		}
	}
	m.found = fmt.Sprint(most)
	return m
}

// appliedOnce are the schema's files: one that was applied to a warehouse is never changed, not even in its form.
const appliedOnce = "tasks/internal/warehouse/sql/schema/"

// columns measures lines. A tab counts as four columns.
func (t tree) columns() measured {
	m := measured{what: "columns of the widest line", bound: fmt.Sprintf("at most %d", mostColumns)}
	widest := 0
	for _, p := range t.sorted() {
		if strings.HasPrefix(p, appliedOnce) {
			continue
		}
		for i, line := range t.texts[p] {
			n := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
			if isOneWord(line) {
				continue
			}
			widest = max(widest, n)
			if n > mostColumns {
				m.broken = append(m.broken, finding{fmt.Sprintf("%s:%d", p, i+1), fmt.Sprintf("%d columns", n)})
			}
		}
	}
	m.found = fmt.Sprint(widest)
	return m
}

// isOneWord reports whether a line is a comment or a string that has no place to be broken, as an address.
func isOneWord(line string) bool {
	words := strings.Fields(strings.TrimLeft(strings.TrimSpace(line), "/#-* "))
	return len(words) == 1
}

// circles looks for a package that imports itself in a round way, tests included: what the compiler allows of test packages.
func (t tree) circles() measured {
	imports := map[string]map[string]bool{}
	for _, f := range t.code() {
		from := path.Dir(f.path)
		if imports[from] == nil {
			imports[from] = map[string]bool{}
		}
		for _, i := range f.syntax.Imports {
			if to, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "covers/"); ours {
				imports[from][to] = true
			}
		}
	}
	m := measured{what: "circles of imports", bound: "none"}
	for _, start := range keys(imports) {
		if reaches(imports, start, start, map[string]bool{}) {
			m.broken = append(m.broken, finding{start, "imports itself in a circle"})
		}
	}
	m.found = fmt.Sprint(len(m.broken))
	return m
}

// reaches reports whether a package imports another one, directly or not.
func reaches(imports map[string]map[string]bool, from, to string, seen map[string]bool) bool {
	for next := range imports[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(imports, next, to, seen) {
				return true
			}
		}
	}
	return false
}

// exported looks for names that package main exports to nobody.
func (t tree) exported() measured {
	m := measured{what: "exported names in package main", bound: "none"}
	for _, f := range t.code() {
		if f.syntax.Name.Name != "main" {
			continue
		}
		for _, name := range declared(f.syntax) {
			if ast.IsExported(name.Name) {
				m.broken = append(m.broken, finding{t.set.Position(name.Pos()).String(), name.Name})
			}
		}
	}
	m.found = fmt.Sprint(len(m.broken))
	return m
}

// declared returns the names that a file declares outside of functions, methods of exported names included.
func declared(f *ast.File) (names []*ast.Ident) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name)
				case *ast.ValueSpec:
					names = append(names, s.Names...)
				}
			}
		}
	}
	return names
}

// folders measures what stands beside a step's main: flags, texts and the result line alone.
func (t tree) folders() measured {
	m := measured{what: "lines of the longest file in a step's folder", bound: fmt.Sprintf("at most %d", mostFolder)}
	longest := 0
	for _, f := range t.code() {
		if ok, _ := path.Match("tasks/*/*.go", f.path); !ok || strings.HasPrefix(f.path, "tasks/internal/") {
			continue
		}
		n := len(t.texts[f.path]) - 1
		longest = max(longest, n)
		if n > mostFolder {
			m.broken = append(m.broken, finding{f.path, fmt.Sprintf("%d lines", n)})
		}
	}
	m.found = fmt.Sprint(longest)
	return m
}

// keys returns the keys of a map, sorted.
func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
