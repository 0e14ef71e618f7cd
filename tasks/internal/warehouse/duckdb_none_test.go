//go:build !cgo

package warehouse

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

func TestNoDuckDB(t *testing.T) {
	_, err := Open(t.Context(), machine.This(), "duckdb:///data/covers.duckdb", ReadWrite)
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "without cgo") ||
		!strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("got %v", err)
	}
}
