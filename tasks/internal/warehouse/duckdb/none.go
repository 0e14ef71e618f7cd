//go:build !cgo

package duckdb

import (
	"context"
	"net/url"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// open says that a program built without cgo has no DuckDB inside.
func open(context.Context, machine.Machine, *url.URL, engine.Mode, engine.Wrapper) (engine.Engine, error) {
	return nil, fault.New(fault.Usage,
		"build it with CGO_ENABLED=1 and a C compiler (make build), or load into another warehouse",
		"this program was built without cgo and has no DuckDB")
}

func compact(ctx context.Context, m machine.Machine, u *url.URL) (engine.Compacted, error) {
	_, err := open(ctx, m, u, engine.ReadWrite, nil)
	return engine.Compacted{}, err
}
