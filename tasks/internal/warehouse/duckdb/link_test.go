//go:build cgo && linux

package duckdb

import (
	"debug/elf"
	"strings"
	"testing"
)

// TestExportsNoNames: a program with DuckDB inside exports none of its names.
func TestExportsNoNames(t *testing.T) {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	exported := 0
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && strings.Contains(s.Name, "duckdb") {
			exported++
		}
	}
	if exported > 0 {
		t.Errorf("the program exports %d of DuckDB's names: every process holds them in memory", exported)
	}
}
