package rowhash

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSum: the sum of hashes does not depend on the order, and does on how often a row is there.
func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 32, 32)).Draw(t, "rows")
		sum := func(rows [][]byte) string {
			var m Sum
			for _, r := range rows {
				m.Add([32]byte(r))
			}
			return m.String()
		}
		shuffled := rapid.Permutation(rows).Draw(t, "shuffled")
		if sum(rows) != sum(shuffled) {
			t.Fatal("the order matters")
		}
		if len(rows) > 0 && sum(rows) == sum(append(slices.Clone(rows), rows[0])) {
			t.Fatal("a row twice does not matter")
		}
	})
}

// TestRow: a row's hash is that of its columns by name, whatever their order and the engine's own types, and tells NULL from "".
func TestRow(t *testing.T) {
	one := New("read_at").Row([]string{"a", "read_at", "b"}, []string{"BIGINT", "VARCHAR", "VARCHAR"}, []any{int64(1), "x", nil})
	same := New("read_at").Row([]string{"b", "a", "read_at"}, []string{"TEXT", "FIXED", "TEXT"}, []any{nil, "1", "y"})
	other := New("read_at").Row([]string{"a", "b", "read_at"}, []string{"BIGINT", "VARCHAR", "VARCHAR"}, []any{int64(1), "", "x"})
	if one != same || one == other {
		t.Errorf("%x, %x, %x", one, same, other)
	}
}
