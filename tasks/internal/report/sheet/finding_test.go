package sheet_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"covers/tasks/internal/report/sheet"
)

// Whoever goes through Kinds, as the page's words do, meets every kind that is declared.
func TestKindsAreAllKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "finding.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []sheet.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Kind" {
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, sheet.Kind(word))
		}
		return true
	})
	if len(declared) < 11 || !slices.Equal(declared, sheet.Kinds) {
		t.Errorf("declared are %q, and Kinds are %q", declared, sheet.Kinds)
	}
}
