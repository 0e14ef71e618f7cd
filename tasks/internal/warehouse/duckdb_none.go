//go:build !cgo

package warehouse

import (
	"context"
	"net/url"

	"covers/tasks/internal/fault"
)

// openDuckDB says that a program built without cgo has no DuckDB inside.
func openDuckDB(context.Context, *url.URL, Mode, wrapper) (Engine, error) {
	return nil, fault.New(fault.Usage, "build it with CGO_ENABLED=1 and a C compiler (make build), or load into another warehouse",
		"this program was built without cgo and has no DuckDB")
}
