package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// broken measures a tree of these files, and returns the places that break the bound.
func broken(t *testing.T, what string, files map[string]string) []finding {
	t.Helper()
	root := t.TempDir()
	var paths []string
	for p, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, p)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, p), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	tree, err := read(root, paths)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range tree.measure() {
		if strings.HasPrefix(m.what, what) {
			return m.broken
		}
	}
	t.Fatalf("nothing measures %q", what)
	return nil
}

// function returns a function of so many lines.
func function(name string, lines int) string {
	return "func " + name + "() {\n" + strings.Repeat("\tprintln()\n", lines-2) + "}\n"
}

func TestEachBoundIsHeld(t *testing.T) {
	files := map[string]string{}
	for i := range mostFiles {
		files[fmt.Sprintf("tasks/internal/a/%d.go", i)] = "package a\n"
	}
	more := map[string]string{"tasks/internal/a/one_more.go": "package a\n"}
	for p, text := range files {
		more[p] = text
	}
	wide := "package a\n\n// a " + strings.Repeat("x", mostColumns-5)
	for _, c := range []struct {
		what      string
		good, bad map[string]string
	}{
		{"lines of the longest function",
			map[string]string{
				"a/a.go": "package a\n" + function("f", 60) + "\n// g is long.\n// Long because it is a\n// table.\n" +
					function("g", 80),
				"a/a_test.go": "package a\n" + function("h", 200),
			},
			map[string]string{"a/a.go": "package a\n" + function("f", 61) + "\n// g is. Long because of a table.\n" +
				function("g", 81)}},
		{"files of the largest package", files, more},
		{"columns of the widest line",
			map[string]string{"a/a.go": wide, "a/b.py": strings.Repeat("x", 500),
				"a/testdata/a.go": "package a // " + strings.Repeat("x ", 100)},
			map[string]string{"a/a.go": wide + " y", "a/b.sql": strings.Repeat("x ", 70),
				"Makefile": "\t" + strings.Repeat("x ", 64)}},
		{"circles of imports",
			map[string]string{"a/a.go": `package a; import "covers/b"`, "b/b.go": "package b",
				"b/b_test.go": `package b_test; import "covers/a"`},
			map[string]string{"a/a.go": `package a; import "covers/b"`, "b/b.go": `package b; import "covers/c"`,
				"c/c.go": `package c; import "covers/a"`}},
		{"exported names in package main",
			map[string]string{"a/a.go": "package main\ntype t int\nfunc (t) Exported() {}\n",
				"b/b.go": "package b\nfunc Exported() {}\n"},
			map[string]string{"a/a.go": "package main\nconst Exported, also = 1, 2\ntype Type int\n",
				"a/b.go": "package main\nfunc Exported() {}\n"}},
		{"lines of the longest file in a step's folder",
			map[string]string{"tasks/a/main.go": "package main\n" + strings.Repeat("\n", mostFolder-1),
				"tasks/internal/a.go": "package a\n" + strings.Repeat("\n", 500)},
			map[string]string{"tasks/a/main.go": "package main\n" + strings.Repeat("\n", mostFolder)}},
	} {
		if found := broken(t, c.what, c.good); len(found) > 0 {
			t.Errorf("%s: got %v of what keeps to it", c.what, found)
		}
		if found := broken(t, c.what, c.bad); len(found) == 0 {
			t.Errorf("%s: got nothing of what breaks it", c.what)
		}
	}
}

func TestARuleStandsInItsPlaceAlone(t *testing.T) {
	defer func(were []rule) { rules = were }(rules)
	rules = []rule{{"a test's", regexp.MustCompile(`func plural\(`), "tasks/internal/text"}}
	const what = "rule: a test's"
	home := map[string]string{"tasks/internal/text/text.go": "package text\nfunc plural() {}\n",
		"tasks/a/main_test.go": "package main\nfunc plural() {}\n"}
	if found := broken(t, what, home); len(found) > 0 {
		t.Errorf("got %v of a rule in its place", found)
	}
	home["tasks/a/main.go"] = "package main\n\n// func plural() is elsewhere.\nfunc plural() {}\n"
	if found := broken(t, what, home); len(found) != 1 || found[0].place != "tasks/a/main.go:4" {
		t.Errorf("got %v of a copy", found)
	}
	delete(home, "tasks/a/main.go")
	delete(home, "tasks/internal/text/text.go")
	if found := broken(t, what, home); len(found) != 1 {
		t.Errorf("got %v of a rule that is nowhere", found)
	}
}

func TestPagesNameWhatIsThere(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "tasks/internal/lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	page := "See `tasks/internal/lake`, `internal/lake` and `no/path`.\n`internal/rows` is gone, `tasks/<step>/main.go` is a " +
		"form.\n"
	if err := os.WriteFile(filepath.Join(root, "page.md"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := guides(root, []string{"page.md"})
	if err != nil || len(m.broken) != 1 || m.broken[0] != (finding{"page.md:2", "internal/rows"}) {
		t.Errorf("got %v, %v", m.broken, err)
	}
}

func TestPagesNameTestsThatAreThere(t *testing.T) {
	tests := tree{texts: map[string][]string{
		"a/a_test.go": {"func TestThere(t *testing.T) {", "func FuzzThis(f *testing.F) {", "func TestOfMany(t *testing.T) {",
			"// TestSaid("},
		"a/test_a.py": {"def test_here() -> None:", "    def test_there(self) -> None:"},
	}}
	pages := map[string][]string{"page.md": {"`a` TestThere and FuzzThis, test_here and test_there, TestOf…",
		"TestGone, TestSaid, test_gone, None…"}}
	want := []finding{{"page.md:2", "TestGone"}, {"page.md:2", "TestSaid"}, {"page.md:2", "test_gone"}}
	if m := tests.proofs(pages); !slices.Equal(m.broken, want) {
		t.Errorf("got %v", m.broken)
	}
}

func TestWorkflowsNameCommits(t *testing.T) {
	sum := strings.Repeat("0a", 20)
	workflow := func(lines ...string) tree { return tree{texts: map[string][]string{".github/workflows/a.yml": lines}} }
	for name, c := range map[string]struct {
		tree
		broken int
	}{
		"by their commits": {
			workflow("permissions: {}", "  - uses: a/b@"+sum+" # v1.2.3", "    uses: a/b/c@"+sum+" # v1.2.3"), 0,
		},
		"by a tag":          {workflow("permissions: {}", "  - uses: a/b@v1"), 1},
		"by a branch":       {workflow("permissions: {}", "    uses: a/b@main"), 1},
		"without a version": {workflow("permissions: {}", "  - uses: a/b@"+sum), 1},
		"without rights":    {workflow("on: push", "    permissions: {contents: write}"), 1},
	} {
		if m := c.workflows(); len(m.broken) != c.broken {
			t.Errorf("%s: got %v", name, m.broken)
		}
	}
}
