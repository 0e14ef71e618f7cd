package warehouse

import (
	"context"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// The tests of this package that begin with onEngines are one conformance suite: every engine that this build can open runs
// it, each on warehouses of its own.

// underTest is an engine as the suite uses it.
type underTest struct {
	name string
	// fresh returns the URL of a new warehouse. A shared one can be opened several times at once.
	fresh func(t testing.TB, shared bool) string
}

// enginesUnderTest is filled in beside each engine's own tests.
var enginesUnderTest []underTest

// renew is called before a test of the suite, when nobody is at work.
var renew = func() {}

func onEngines(t *testing.T, test func(t *testing.T, e underTest)) {
	t.Helper()
	renew()
	for _, e := range enginesUnderTest {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	// A load is some tens of statements; a hundred checks of several loads each would take minutes.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", defaultChecks); err != nil {
			panic(err)
		}
	}
	os.Exit(within(m.Run))
}

// defaultChecks is how many random worlds a property tries.
var defaultChecks = "20"

// within runs the tests between what a build's engines need to start and to stop.
var within = func(run func() int) int { return run() }

// openNew opens a new warehouse that closes with the test.
func openNew(t testing.TB, e underTest) *Warehouse {
	t.Helper()
	return openAt(t, e.fresh(t, false), nil)
}

func openAt(t testing.TB, url string, wrap engine.Wrapper) *Warehouse {
	t.Helper()
	return openOn(t, machine.This(), url, wrap)
}

func openOn(t testing.TB, m machine.Machine, url string, wrap engine.Wrapper) *Warehouse {
	t.Helper()
	w, err := connect(t.Context(), m, url, ReadWrite, wrap)
	if err != nil {
		t.Fatal(err)
	}
	migrated := w
	if ofOwner := ownersURL(url); ofOwner != url {
		if migrated, err = connect(t.Context(), machine.This(), ofOwner, ReadWrite, nil); err != nil {
			t.Fatal(err)
		}
		defer migrated.Close()
	}
	if _, err := migrated.migrate(t.Context()); err != nil {
		t.Fatal(errors.Join(err, w.Close()))
	}
	w.engine = around(t, url, w.engine)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

var (
	// ownersURL is the URL of a warehouse for the owner of its schema, who is not the one who loads where there are roles.
	ownersURL = func(url string) string { return url }
	// around puts what an engine's tests need between a warehouse and its engine.
	around = func(_ testing.TB, _ string, e engine.Engine) engine.Engine { return e }
)

// asOwner runs statements as the owner of a warehouse's schema.
func asOwner(t testing.TB, url string, statements ...string) {
	t.Helper()
	w, err := connect(t.Context(), machine.This(), ownersURL(url), ReadWrite, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = w.with(t.Context(), func(s session) error {
		for _, sql := range statements {
			if _, err := s.exec(t.Context(), Statement{Name: "test", SQL: sql}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
}

var (
	zones atomic.Int64
	// zoneURL is the URL of a zone that nobody has used: in memory, or where the engines under test can read.
	zoneURL = func(n int64) string { return fmt.Sprintf("mem://warehouse-%d", n) }
)

// newZone returns an empty zone.
func newZone(t testing.TB) *lake.Zone {
	t.Helper()
	z, err := lake.Open(context.Background(), machine.This(), zoneURL(zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// clock is when all tests load.
func clock() time.Time { return time.Date(2026, 3, 30, 4, 0, 0, 0, time.UTC) }

func options(z *lake.Zone, days ...string) LoadOptions {
	return LoadOptions{Processed: z, Days: days, Revision: 3, Program: "test", Now: clock}
}

// inNewSession looks in a session of its own: one that began before somebody else's commit need not see it.
func inNewSession(ctx context.Context, w *Warehouse, work func(session) error) error {
	if err := w.drop(); err != nil {
		return err
	}
	return w.with(ctx, work)
}

// tables returns a hash of every row of every table; of the ledger without what depends on the way there: the manifest chosen
// among equal ones.
func tables(t testing.TB, w *Warehouse) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := inNewSession(context.Background(), w, func(s session) error {
		for _, table := range []string{"reservation_observations", "customer_observations", "erasures", "absences", "merges",
			"loads", "reservations", "customers", "restaurants", "restaurant_history", "platforms"} {
			sum, err := s.hash(context.Background(), Statement{Name: table, SQL: "SELECT * FROM " + table}, []string{"manifest"})
			if err != nil {
				return err
			}
			out[table] = sum
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := w.ContentHash(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out["content"] = content
	return out
}

// ask returns the rows of a query as text, each joined by "|".
func ask(t testing.TB, w *Warehouse, query string) []string {
	t.Helper()
	var out []string
	err := inNewSession(context.Background(), w, func(s session) error {
		rows, err := s.texts(context.Background(), Statement{Name: "test", SQL: query})
		for _, row := range rows {
			out = append(out, strings.Join(row, "|"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mustLoad(t testing.TB, w *Warehouse, o LoadOptions) Loaded {
	t.Helper()
	out, err := w.Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	checkEquations(t, out)
	return out
}

// checkEquations is promise 2, of what a load says of itself.
func checkEquations(t testing.TB, l Loaded) {
	t.Helper()
	for kind, c := range l.Counts {
		withheld := int64(0)
		for _, r := range l.Taken {
			if r.Withholds(kind) {
				withheld += r.Counts[kind].Accepted
			}
		}
		if c.Received != c.Accepted+c.Quarantined+c.Merged || c.Landed != c.Accepted-withheld {
			t.Fatalf("%s does not balance: %+v, %d withheld", kind, c, withheld)
		}
	}
	if l.Offered != l.Already+len(l.Taken)+len(l.Left) {
		t.Fatalf("offered %d is not already %d + taken %d + left out %d", l.Offered, l.Already, len(l.Taken), len(l.Left))
	}
}

// hooked puts a test between database/sql and a driver: before may refuse a call, after may turn its answer into an error.
// Calls are SQL texts, and BEGIN and COMMIT.
type hooked struct {
	driver.Connector
	before func(call string) error
	after  func(call string, err error) error
}

type hookedConn struct {
	driver.Conn
	h *hooked
}

type hookedTx struct {
	driver.Tx
	h *hooked
}

func (h *hooked) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := h.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &hookedConn{c, h}, nil
}

func (h *hooked) Close() error {
	if c, ok := h.Connector.(interface{ Close() error }); ok {
		return c.Close()
	}
	return nil
}

func (h *hooked) around(call string, work func() error) error {
	if h.before != nil {
		if err := h.before(call); err != nil {
			return err
		}
	}
	err := work()
	if h.after != nil {
		return h.after(call, err)
	}
	return err
}

func (c *hookedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (res driver.Result, err error) {
	err = c.h.around(query, func() (err error) {
		res, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
		return err
	})
	return res, err
}

func (c *hookedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = c.h.around(query, func() (err error) {
		rows, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
		return err
	})
	if err != nil && rows != nil {
		_ = rows.Close()
		rows = nil
	}
	return rows, err
}

func (c *hookedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (tx driver.Tx, err error) {
	err = c.h.around("BEGIN", func() (err error) {
		tx, err = c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
		return err
	})
	if err != nil && tx != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return &hookedTx{tx, c.h}, err
}

func (c *hookedConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.Conn.(driver.NamedValueChecker).CheckNamedValue(v)
}

func (t *hookedTx) Commit() error { return t.h.around("COMMIT", t.Tx.Commit) }

var (
	_ driver.ExecerContext     = (*hookedConn)(nil)
	_ driver.QueryerContext    = (*hookedConn)(nil)
	_ driver.ConnBeginTx       = (*hookedConn)(nil)
	_ driver.NamedValueChecker = (*hookedConn)(nil)
)

// readAt is some minutes after the day's end.
func readAt(day string, minutes int) time.Time {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d.AddDate(0, 0, 1).Add(time.Duration(minutes) * time.Minute)
}

func sorted(lines []string) []string { slices.Sort(lines); return lines }

// texts runs a query and returns its values as text, as engine.Text writes them; NULL is "".
func (s session) texts(ctx context.Context, st Statement, args ...any) ([][]string, error) {
	var out [][]string
	err := s.each(ctx, st, args, func(_, types []string, values []any) error {
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = engine.Text(types[i], v)
		}
		out = append(out, row)
		return nil
	})
	return slices.Clip(out), err
}
