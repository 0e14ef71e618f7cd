//go:build cgo

package duckdb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// staleAfter is the age at which a database in the making was left behind by a killed program.
const staleAfter = time.Hour

// create makes an empty database where there is none. DuckDB itself writes the file in several steps: a program that
// opened it at the same time, or after a kill, would take it for no database. So it is made beside its place, and the first
// one to be whole gets the place.
func create(m machine.Machine, path string) (err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // there, or for DuckDB to say why it cannot be opened
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return creating(path, err)
	}
	prefix := "." + filepath.Base(path) + ".new-"
	sweep(m, folder, prefix)
	making, err := os.MkdirTemp(folder, prefix)
	if err != nil {
		return creating(path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(making)) }()
	file := filepath.Join(making, "new.duckdb")
	c, err := duckdb.NewConnector(file, nil)
	if err != nil {
		return explain("make "+path, err)
	}
	if err := c.Close(); err != nil {
		return explain("make "+path, err)
	}
	err = os.Link(file, path)
	if errors.Is(err, fs.ErrExist) {
		return nil // another program was first
	}
	if err != nil { // a file system without links
		err = os.Rename(file, path)
	}
	return creating(path, err)
}

// sweep removes what killed programs left in the making. It is in nobody's way: what cannot be removed stays.
func sweep(m machine.Machine, folder, prefix string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), prefix) && m.Since(info.ModTime()) > staleAfter {
			_ = os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
}

func creating(path string, err error) error {
	if err == nil {
		return nil
	}
	kind, next := fault.Usage, "correct --warehouse, or make the folder"
	if errors.Is(err, fs.ErrPermission) {
		kind, next = fault.Denied, "give the program's user the right to the folder"
	}
	if k := fault.KindOf(err); k == fault.Temporary { // a full disk
		kind, next = k, "free space on that disk and run again"
	}
	return fault.New(kind, next, "make %s: %w", path, err)
}
