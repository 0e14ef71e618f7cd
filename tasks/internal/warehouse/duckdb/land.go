//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/warehouse/engine"
)

// landAtOnce bounds how many objects are open, and on disk as copies, at a time.
const landAtOnce = 200

// Land reads local files that lake.Fetch has verified.
func (e *database) Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, l engine.Landing, objects []lake.Object) error {
	for chunk := range slices.Chunk(objects, landAtOnce) {
		if err := e.landChunk(ctx, conn, zone, l.Table, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (e *database) landChunk(ctx context.Context, conn *sql.Conn, zone *lake.Zone, table string,
	objects []lake.Object) (err error) {
	links := &safeLinks{}
	defer func() { err = errors.Join(err, links.remove()) }()
	var paths, pairs []string
	for _, o := range objects {
		local, err := zone.Fetch(ctx, o)
		if err != nil {
			return err
		}
		defer func() { _ = local.Close() }()
		if _, err := parquetrows.OpenVersion1(o, local); err != nil {
			return err
		}
		path, err := links.path(local.Path)
		if err != nil {
			return err
		}
		paths = append(paths, engine.Literal(path))
		pairs = append(pairs, fmt.Sprintf("(%s, %s)", engine.Literal(path), engine.Literal(o.Key)))
	}
	_, err = conn.ExecContext(ctx, landText(table, strings.Join(paths, ", "), strings.Join(pairs, ", ")))
	if err == nil {
		return nil
	}
	action := engine.ActionOf(objects)
	var d *duckdb.Error
	if ctx.Err() == nil && errors.As(err, &d) && (d.Type == duckdb.ErrorTypeBinder || strings.Contains(d.Msg, "Parquet")) {
		// The bytes are what the manifest says, so whoever wrote them wrote something else than this table.
		says, _, _ := strings.Cut(d.Msg, "\n")
		return fault.New(fault.Data, "derive the day again with this program", "%s: %w", action,
			&engine.Error{Text: says, Cause: err})
	}
	return e.Explain(ctx, action, err)
}

// safeLinks gives files whose path DuckDB would take for a pattern another path.
type safeLinks struct {
	folder string
	n      int
}

func (l *safeLinks) path(path string) (string, error) {
	if !strings.ContainsAny(path, `*?[]{}\`) {
		return path, nil
	}
	if l.folder == "" {
		folder, err := os.MkdirTemp("", "covers-load-")
		if err != nil {
			return "", fmt.Errorf("make a folder for links: %w", err)
		}
		l.folder = folder
	}
	l.n++
	link := filepath.Join(l.folder, fmt.Sprintf("%d.parquet", l.n))
	if err := os.Symlink(path, link); err != nil {
		return "", fmt.Errorf("link to an object: %w", err)
	}
	return link, nil
}

func (l *safeLinks) remove() error {
	if l.folder == "" {
		return nil
	}
	return os.RemoveAll(l.folder)
}
