package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// tree is the repository as it is measured.
type tree struct {
	texts map[string][]string // of every file whose lines have a bound
	files []goFile
	set   *token.FileSet
}

type goFile struct {
	path   string
	test   bool
	syntax *ast.File
}

// kinds are the files whose lines have a bound. Tables of Markdown and conditions of Terraform cannot be broken well.
var kinds = []string{".go", ".py", ".sql", ".sh", ".yml", ".yaml"}

// read reads the files named, relative to root.
func read(root string, paths []string) (tree, error) {
	t := tree{texts: map[string][]string{}, set: token.NewFileSet()}
	for _, p := range paths {
		if !slices.Contains(kinds, path.Ext(p)) && path.Base(p) != "Makefile" || strings.Contains(p, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, p))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet from the index
		}
		if err != nil {
			return t, err
		}
		t.texts[p] = strings.Split(string(text), "\n")
		if path.Ext(p) != ".go" {
			continue
		}
		syntax, err := parser.ParseFile(t.set, p, text, parser.ParseComments)
		if err != nil {
			return t, err
		}
		t.files = append(t.files, goFile{path: p, test: strings.HasSuffix(p, "_test.go"), syntax: syntax})
	}
	return t, nil
}

// code returns the Go files that are no tests.
func (t tree) code() []goFile {
	return slices.DeleteFunc(slices.Clone(t.files), func(f goFile) bool { return f.test })
}

// sorted returns the paths of the files whose lines have a bound.
func (t tree) sorted() []string {
	var paths []string
	for p := range t.texts {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}
