package rebuild

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse"
)

// file is a warehouse that is a DuckDB file. The build lies beside it. The old one gets a second name first, by which it is held;
// then the build is renamed to the first one. So there is a whole warehouse under that name at every moment.
type file struct {
	o          Options
	path, kept string
	query      string // the URL's parameters
}

const (
	buildSuffix = ".rebuild"
	keptInfix   = ".before-"
	journal     = ".wal" // DuckDB's, beside its file
)

func newFile(o Options, u *url.URL) (site, error) {
	if !filepath.IsAbs(u.Path) || u.Host != "" {
		return nil, fault.New(fault.Usage, "use duckdb:///absolute/path/covers.duckdb", "only a file or a schema can be rebuilt")
	}
	path, err := filepath.EvalSymlinks(filepath.Clean(u.Path)) // names are changed where the file is, not where a link is
	if errors.Is(err, fs.ErrNotExist) {
		path, err = filepath.Clean(u.Path), nil // opening it says so
	}
	if err != nil {
		return nil, fmt.Errorf("find the warehouse's file: %w", err)
	}
	return &file{o: o, path: path, kept: path + keptInfix + stampOf(o.Machine.Now()), query: u.RawQuery}, nil
}

func (f *file) url(path string) string {
	return (&url.URL{Scheme: "duckdb", Path: path, RawQuery: f.query}).String()
}

func (f *file) oldName() string   { return f.path }
func (f *file) buildName() string { return f.path + buildSuffix }
func (f *file) keptName() string  { return f.kept }
func (f *file) buildURL() string  { return f.url(f.buildName()) }
func (f *file) close() error      { return nil }

// recover takes away second names of the file that is still the warehouse: a run was killed before its swap.
func (f *file) recover(context.Context) error {
	is, err := os.Stat(f.path)
	if err != nil {
		return nil //nolint:nilerr // opening it says so
	}
	others, err := filepath.Glob(globQuoted(f.path) + keptInfix + "*")
	if err != nil {
		return fmt.Errorf("look beside the warehouse's file: %w", err)
	}
	for _, other := range others {
		info, err := os.Stat(other)
		if err == nil && os.SameFile(is, info) {
			if err := os.Remove(other); err != nil {
				return fmt.Errorf("take away a second name of the warehouse's file: %w", err)
			}
		}
	}
	return nil
}

func globQuoted(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func (f *file) buildThere(context.Context) (bool, error) {
	_, err := os.Stat(f.buildName())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (f *file) clear(context.Context) error {
	for _, path := range []string{f.buildName(), f.buildName() + journal} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what a stopped rebuild has left: %w", err)
		}
	}
	return nil
}

func (f *file) swap(ctx context.Context, passed int64, finish func(context.Context, int64) error) (swapped bool, err error) {
	if err := f.settle(ctx); err != nil {
		return false, err
	}
	if err := os.Link(f.path, f.kept); err != nil {
		return false, fault.New(fault.Usage, "put the warehouse on a file system with hard links, or free the name",
			"keep the old warehouse as %s: %w", f.kept, err)
	}
	defer func() {
		if !swapped {
			err = errors.Join(err, os.Remove(f.kept))
		}
	}()
	failpoint.Hit("rebuild/linked")
	// From here on nobody else can write to the old file, by whichever name: it is locked.
	held, err := openPlace(ctx, f.o, f.url(f.kept), warehouse.ReadWrite)
	if err != nil {
		return false, err
	}
	defer held.close()
	now, err := held.number(ctx, gateSQL)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(f.path + journal); now != passed || err == nil {
		return false, nil
	}
	if err := finish(ctx, passed); err != nil {
		return false, err
	}
	if err := f.unmark(ctx); err != nil {
		return false, err
	}
	if err := f.secure(); err != nil {
		return false, err
	}
	failpoint.Hit("rebuild/before-swap")
	if err := os.Rename(f.buildName(), f.path); err != nil {
		return false, fmt.Errorf("put the new warehouse in its place: %w", err)
	}
	failpoint.Hit("rebuild/after-swap")
	return true, syncFile(filepath.Dir(f.path))
}

// settle writes what a killed load may have left in DuckDB's journal into the file: under its second name it would not be found.
func (f *file) settle(ctx context.Context) error {
	p, err := openPlace(ctx, f.o, f.url(f.path), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer p.close()
	return p.exec(ctx, p.conn, "CHECKPOINT")
}

// unmark makes a build a warehouse like any other, all of it in its file.
func (f *file) unmark(ctx context.Context) error {
	p, err := openPlace(ctx, f.o, f.buildURL(), warehouse.ReadWrite)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.exec(ctx, p.conn, "DROP TABLE "+marker); err != nil {
		return err
	}
	return p.exec(ctx, p.conn, "CHECKPOINT")
}

// secure brings the build to the disk, for the same people as the old one.
func (f *file) secure() error {
	if _, err := os.Stat(f.buildName() + journal); err == nil {
		return fault.New(fault.Defect, "report it with this text", "the new warehouse is not all in its file: %s is there",
			f.buildName()+journal)
	}
	is, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("look at the old warehouse: %w", err)
	}
	if err := os.Chmod(f.buildName(), is.Mode().Perm()); err != nil {
		return fmt.Errorf("give the new warehouse the old one's rights: %w", err)
	}
	return syncFile(f.buildName())
}

// syncFile brings a file, or a folder's names, to the disk.
func syncFile(path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("bring %s to the disk: %w", path, err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("bring %s to the disk: %w", path, err)
	}
	return nil
}
