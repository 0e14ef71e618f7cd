//go:build cgo

package warehouse

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
)

// duckDB is the engine inside the process: a file that one writing process may have open, or memory.
type duckDB struct {
	db *sql.DB
}

var _ Engine = (*duckDB)(nil)

const (
	nextDuckDB = "use duckdb:///absolute/path/covers.duckdb"
	inMemory   = "memory" // duckdb://memory
)

// duckSettings are DuckDB's settings as a load wants them. Beyond its memory DuckDB works on disk, in temp_directory; without
// a limit it would take four fifths of the machine's. Rows have no order to keep. Nothing is ever downloaded.
func duckSettings(path string, mode Mode) url.Values {
	v := url.Values{}
	v.Set("memory_limit", "512MiB")
	v.Set("preserve_insertion_order", "false")
	v.Set("autoinstall_known_extensions", "false")
	v.Set("autoload_known_extensions", "false")
	v.Set("temp_directory", path+".tmp")
	if path == "" {
		v.Set("temp_directory", filepath.Join(os.TempDir(), "covers-duckdb.tmp"))
	}
	if mode == ReadOnly {
		v.Set("access_mode", "READ_ONLY")
	}
	return v
}

// duckParameters are the settings that a URL may change: duckdb:///path?memory_limit=4GiB&threads=8.
var duckParameters = []string{"memory_limit", "temp_directory", "threads"}

// openDuckDB opens duckdb:///path or duckdb://memory.
func openDuckDB(_ context.Context, u *url.URL, mode Mode, wrap wrapper) (Engine, error) {
	path := ""
	switch {
	case u.User != nil || u.Fragment != "":
		return nil, fault.New(fault.Usage, nextDuckDB, "a DuckDB URL has neither user nor fragment")
	case u.Host == inMemory && u.Path == "":
	case u.Host != "" || !filepath.IsAbs(u.Path) || strings.HasSuffix(u.Path, "/"):
		return nil, fault.New(fault.Usage, nextDuckDB, "a DuckDB URL needs the absolute path of a file")
	case strings.ContainsAny(u.Path, "?%#"):
		return nil, fault.New(fault.Usage, nextDuckDB, "DuckDB cannot open a path with ?, %% or #: %s", u.Path)
	default:
		path = filepath.Clean(u.Path)
	}
	settings := duckSettings(path, mode)
	for name, values := range u.Query() {
		if !slices.Contains(duckParameters, name) || len(values) != 1 {
			return nil, fault.New(fault.Usage, "use "+strings.Join(duckParameters, ", ")+", each once", "a DuckDB URL does not take %s=", name)
		}
		settings.Set(name, values[0])
	}
	if path != "" && mode == ReadOnly {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, missing(path)
		}
	}
	if path != "" && mode == ReadWrite {
		if err := createDuckDB(path); err != nil {
			return nil, err
		}
	}
	c, err := duckdb.NewConnector(path+"?"+settings.Encode(), nil)
	if err != nil {
		return nil, explainDuckDB("open "+cmp.Or(path, "a database in memory"), err)
	}
	var connector driver.Connector = c
	if wrap != nil {
		connector = wrap(c)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(0) // a closed session's temporary tables go with its connection
	return &duckDB{db: db}, nil
}

func (e *duckDB) Conn(ctx context.Context) (*sql.Conn, error) { return e.db.Conn(ctx) }

func (e *duckDB) Close() error { return e.db.Close() }

// Busy: DuckDB lets the first of two writers of a row go on, and tells the second at once.
func (e *duckDB) Busy(err error) bool {
	var d *duckdb.Error
	return errors.As(err, &d) && d.Type == duckdb.ErrorTypeTransaction && strings.Contains(d.Msg, "onflict")
}

// Lost: the database is in the process.
func (e *duckDB) Lost(error) bool { return false }

// Tag: there is no history.
func (e *duckDB) Tag(ctx context.Context, _ queryTag) context.Context { return ctx }

func (e *duckDB) Explain(ctx context.Context, action string, err error) error {
	if ctx.Err() != nil {
		return &engineError{text: action + ": " + context.Cause(ctx).Error(), cause: context.Cause(ctx)}
	}
	return explainDuckDB(action, err)
}
