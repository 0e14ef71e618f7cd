//go:build cgo && linux

package duckdb

// Go's linker has a program export every symbol that it takes from a C library (-rdynamic): for DuckDB 7 MiB of names, which the
// dynamic loader reads whole at each start, so that they are resident in every process. Nothing looks them up: no extension is
// loaded.

// #cgo LDFLAGS: -Wl,--no-export-dynamic
import "C"
