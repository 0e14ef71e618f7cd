//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// What lies beside a database while it is made anew: the new file, and a second name of the old one. A rebuild keeps old files
// under names with the third.
const (
	newSuffix  = ".compacting"
	heldSuffix = ".compacted"
	keptInfix  = ".before-"
	journal    = ".wal" // DuckDB's own
)

// compact makes a database's file anew. DuckDB marks rows as deleted, and leaves in free blocks what stood there; a checkpoint
// does not change that. So all tables and views are copied into a new file, which takes the old one's name. The old one is
// locked from before the copy until after the change, by a second name: DuckDB's journal goes by a file's name, and must not
// meet the new file. Killed anywhere, a whole database is under the name; what lies beside it is removed by the next run.
func compact(ctx context.Context, m machine.Machine, u *url.URL) (out engine.Compacted, err error) {
	if u.Host == inMemory {
		return out, nil
	}
	path, err := filepath.EvalSymlinks(filepath.Clean(u.Path)) // names are changed where the file is, not where a link is
	if err != nil {
		return out, compacting(path, err)
	}
	for _, left := range []string{path + newSuffix, path + newSuffix + journal, path + heldSuffix} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, compacting(path, err)
		}
	}
	settled, err := open(ctx, m, u, engine.ReadWrite, nil) // writes what a killed program left in the journal into the file
	if err != nil {
		return out, err
	}
	if err := settled.Close(); err != nil {
		return out, explain("close "+path, err)
	}
	if err := os.Link(path, path+heldSuffix); err != nil {
		return out, compacting(path, err)
	}
	defer func() { err = errors.Join(err, os.Remove(path+heldSuffix)) }()
	before, err := os.Stat(path)
	if err != nil {
		return out, compacting(path, err)
	}
	if err := copyDatabase(ctx, path, settingsOf(path, engine.ReadWrite)); err != nil {
		return out, err
	}
	after, err := os.Stat(path)
	if err != nil {
		return out, compacting(path, err)
	}
	out = engine.Compacted{File: true, Before: before.Size(), After: after.Size(), Kept: []string{}}
	others, err := os.ReadDir(filepath.Dir(path))
	for _, o := range others {
		if strings.HasPrefix(o.Name(), filepath.Base(path)+keptInfix) {
			out.Kept = append(out.Kept, o.Name())
		}
	}
	return out, compacting(path, err)
}

// copyDatabase copies what is in a database into a new file and puts that in its place, while nobody else can write to the old
// one.
func copyDatabase(ctx context.Context, path string, settings url.Values) (err error) {
	c, err := duckdb.NewConnector(path+heldSuffix+"?"+settings.Encode(), nil)
	if err != nil {
		return explainOpening("open "+path, err)
	}
	db := sql.OpenDB(c)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := os.Stat(path + journal); err == nil {
		return fault.New(fault.Temporary, "run it again", "compact %s: another program was killed while it wrote to it", path)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return explain("connect to "+path, err)
	}
	defer func() { _ = conn.Close() }()
	var name string
	if err := conn.QueryRowContext(ctx, "SELECT current_database()").Scan(&name); err != nil {
		return explain("look at "+path, err)
	}
	quotedName := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	for _, text := range []string{
		"SET preserve_insertion_order = true", // rows that were read at a time stay together
		"ATTACH " + engine.Literal(path+newSuffix) + " AS compacting",
		"COPY FROM DATABASE " + quotedName + " TO compacting",
		"CHECKPOINT compacting",
	} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return explain("copy "+path, err)
		}
	}
	if err := sameRows(ctx, conn, quotedName); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "DETACH compacting"); err != nil {
		return explain("close the copy of "+path, err)
	}
	if err := secure(path); err != nil {
		return compacting(path, err)
	}
	failpoint.Hit("compact/before-swap")
	if err := os.Rename(path+newSuffix, path); err != nil {
		return compacting(path, err)
	}
	failpoint.Hit("compact/after-swap")
	return compacting(path, syncFile(filepath.Dir(path)))
}

// sameRows counts tables, views and rows of both again.
func sameRows(ctx context.Context, conn *sql.Conn, name string) error {
	var statements sql.NullString
	err := conn.QueryRowContext(ctx, `SELECT string_agg(format('SELECT (SELECT COUNT(*) FROM {}."{}"."{}") <> `+
		`(SELECT COUNT(*) FROM compacting."{}"."{}") AS v', ?, schema_name, table_name, schema_name, table_name), ' UNION ALL ')
FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND database_name = current_database()`, name).Scan(&statements)
	if err != nil || !statements.Valid {
		return explain("count what was copied", err)
	}
	var differ bool
	err = conn.QueryRowContext(ctx, "SELECT bool_or(v) OR ("+
		"SELECT COUNT(DISTINCT n) <> 1 FROM (SELECT COUNT(*) AS n FROM duckdb_views() WHERE NOT internal AND database_name IN "+
		"(current_database(), 'compacting') GROUP BY database_name) c) FROM ("+statements.String+") t").Scan(&differ)
	if err != nil {
		return explain("count what was copied", err)
	}
	if differ {
		return fault.New(fault.Defect, "report it; the old file is as it was",
			"the copy of the database is not whole")
	}
	return nil
}

// secure brings the new file to the disk, for the same people as the old one.
func secure(path string) error {
	is, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path+newSuffix, is.Mode().Perm()); err != nil {
		return err
	}
	return syncFile(path + newSuffix)
}

// syncFile brings a file, or a folder's names, to the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func compacting(path string, err error) error {
	if err == nil {
		return nil
	}
	kind, next := fault.Usage, "put the warehouse on a file system with hard links and room for a second one"
	switch {
	case errors.Is(err, fs.ErrPermission):
		kind, next = fault.Denied, "give the program's user the right to the folder"
	case fault.KindOf(err) == fault.Temporary:
		kind, next = fault.Temporary, "free space on that disk and run again"
	}
	return fault.New(kind, next, "make %s anew: %w", path, err)
}
