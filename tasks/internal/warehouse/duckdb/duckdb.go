//go:build cgo

package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// database is the engine inside the process: a file that one writing process may have open, or memory.
type database struct {
	db *sql.DB
}

var _ engine.Engine = (*database)(nil)

const (
	nextURL  = "use duckdb:///absolute/path/covers.duckdb"
	inMemory = "memory" // duckdb://memory
)

// settingsOf are DuckDB's settings as a load wants them. Beyond its memory DuckDB works on disk, in temp_directory; without
// a limit it would take four fifths of the machine's. Rows have no order to keep. Nothing is ever downloaded.
func settingsOf(path string, mode engine.Mode) url.Values {
	v := url.Values{}
	v.Set("memory_limit", "512MiB")
	v.Set("preserve_insertion_order", "false")
	v.Set("autoinstall_known_extensions", "false")
	v.Set("autoload_known_extensions", "false")
	v.Set("temp_directory", path+".tmp")
	if path == "" {
		v.Set("temp_directory", filepath.Join(os.TempDir(), "covers-duckdb.tmp"))
	}
	if mode == engine.ReadOnly {
		v.Set("access_mode", "READ_ONLY")
	}
	return v
}

// parameters are the settings that a URL may change: duckdb:///path?memory_limit=4GiB&threads=8.
var parameters = []string{"memory_limit", "temp_directory", "threads"}

// open opens duckdb:///path or duckdb://memory.
func open(ctx context.Context, m machine.Machine, u *url.URL, mode engine.Mode, wrap engine.Wrapper) (engine.Engine, error) {
	path := ""
	switch {
	case u.User != nil || u.Fragment != "":
		return nil, fault.New(fault.Usage, nextURL, "a DuckDB URL has neither user nor fragment")
	case u.Host == inMemory && u.Path == "":
	case u.Host != "" || !filepath.IsAbs(u.Path) || strings.HasSuffix(u.Path, "/"):
		return nil, fault.New(fault.Usage, nextURL, "a DuckDB URL needs the absolute path of a file")
	case strings.ContainsAny(u.Path, "?%#"):
		return nil, fault.New(fault.Usage, nextURL, "DuckDB cannot open a path with ?, %% or #: %s", u.Path)
	default:
		path = filepath.Clean(u.Path)
	}
	settings := settingsOf(path, mode)
	for name, values := range u.Query() {
		if !slices.Contains(parameters, name) || len(values) != 1 {
			return nil, fault.New(fault.Usage, "use "+strings.Join(parameters, ", ")+", each once",
				"a DuckDB URL does not take %s=", name)
		}
		settings.Set(name, values[0])
	}
	if path != "" && mode == engine.ReadOnly {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, engine.Missing(path)
		}
	}
	if path != "" && mode == engine.ReadWrite {
		if err := create(m, path); err != nil {
			return nil, err
		}
	}
	c, err := duckdb.NewConnector(path+"?"+settings.Encode(), nil)
	if err != nil {
		return nil, explainOpening("open "+cmp.Or(path, "a database in memory"), err)
	}
	if mode == engine.ReadWrite {
		if err := vacuumWhenDue(ctx, c); err != nil {
			return nil, errors.Join(explainOpening("open "+cmp.Or(path, "a database in memory"), err), c.Close())
		}
	}
	var connector driver.Connector = c
	if wrap != nil {
		connector = wrap(c)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // a closed session's temporary tables go with its connection
	return &database{db: db}, nil
}

func (e *database) Conn(ctx context.Context) (*sql.Conn, error) { return e.db.Conn(ctx) }

func (e *database) Close() error { return e.db.Close() }

// Busy: DuckDB lets the first of two writers of a row go on, and tells the second at once.
func (e *database) Busy(err error) bool {
	var d *duckdb.Error
	return errors.As(err, &d) && d.Type == duckdb.ErrorTypeTransaction && strings.Contains(d.Msg, "onflict")
}

// Lost: the database is in the process.
func (e *database) Lost(error) bool { return false }

// Tag: there is no history.
func (e *database) Tag(ctx context.Context, _ engine.QueryTag) context.Context { return ctx }

func (e *database) Explain(ctx context.Context, action string, err error) error {
	if ctx.Err() != nil {
		return engine.Stopped(ctx, action)
	}
	return explain(action, err)
}
