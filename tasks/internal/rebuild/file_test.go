//go:build cgo

package rebuild

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// world is a warehouse, and the processed zone that it was loaded from.
type world struct {
	t    *testing.T
	zone *lake.Zone
	path string
	n    int // readings published
}

func newWorld(t *testing.T) *world {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+t.TempDir())
	wt.Check(t, err)
	return &world{t: t, zone: zone, path: filepath.Join(t.TempDir(), "covers.duckdb")}
}

func (w *world) url() string { return "duckdb://" + w.path }

// day publishes a reading of one of every five days from the end of January: bookings that go on, guests, and now and then more.
func (w *world) day() wt.Result {
	w.t.Helper()
	w.n++
	at := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 5*w.n)
	r := wt.Result{Source: "opentable/101", Day: at.Format(time.DateOnly), Name: fmt.Sprintf("%08d", w.n), Rank: wt.Rank(1),
		ReadAt: at.AddDate(0, 0, 1).Add(time.Hour), Quarantined: map[string]int64{reservation.KindReservation: 1}}
	for i := range 4 {
		r.Reservations = append(r.Reservations, wt.Booking(w.n+i, int64(w.n), fmt.Sprintf("guest-%d", (w.n+i)%5)))
		r.Customers = append(r.Customers, wt.Guest(fmt.Sprintf("guest-%d", (w.n+i)%5), int64(w.n)))
	}
	switch w.n {
	case 2:
		r.Absent = []reservation.Absence{wt.AbsentBooking(1)}
	case 3:
		r.Erasures = []reservation.Erasure{wt.Erase("guest-4")}
	case 4:
		r.Merged = []reservation.Merge{wt.Merged("guest-9", "guest-3")}
	}
	wt.Publish(w.t, w.zone, 1, r)
	return r
}

func (w *world) load() {
	w.t.Helper()
	wh, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadWrite)
	wt.Check(w.t, err)
	registry, err := source.Load("../../../restaurants.yaml")
	wt.Check(w.t, err)
	_, err = wh.Load(w.t.Context(), warehouse.LoadOptions{Processed: w.zone, Registry: registry, Revision: 99, Program: "before",
		Now: time.Now})
	wt.Check(w.t, errors.Join(err, wh.Close()))
}

func (w *world) forget(guest string) {
	w.t.Helper()
	wh, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadWrite)
	wt.Check(w.t, err)
	_, err = wh.Forget(w.t.Context(), []warehouse.Subject{{Platform: "opentable", CustomerID: guest}}, "receipt 7",
		time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	wt.Check(w.t, errors.Join(err, wh.Close()))
}

func (w *world) options() Options {
	return Options{Machine: machine.This(), URL: w.url(), Processed: w.zone, Program: "test", Progress: func(int64, int64) {}}
}

func (w *world) rebuild() (Outcome, error) { return Run(w.t.Context(), w.options()) }

// sums are the hashes of all rows of the tables, for which nobody says what may differ but the way here.
func (w *world) sums(path string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	p, err := openPlace(w.t.Context(), w.options(), "duckdb://"+path, warehouse.ReadOnly)
	wt.Check(w.t, err)
	defer p.close()
	for _, table := range append([]string{"SELECT platform, customer_id, reading, line, cause, asked_at FROM erasures"},
		"SELECT * FROM reservation_observations", "SELECT * FROM customer_observations", "SELECT * FROM reservations",
		"SELECT * FROM customers", "SELECT * FROM absences", "SELECT * FROM merges", "SELECT * FROM restaurants",
		"SELECT * FROM restaurant_history", "SELECT * FROM platforms", "SELECT version, name, digest FROM schema_versions",
		"SELECT * EXCLUDE (manifest, program, loaded_at) FROM loads") {
		var rows []string
		wt.Check(w.t, p.each(w.t.Context(), table+" ORDER BY ALL", func(_, _ []string, values []any) error {
			rows = append(rows, fmt.Sprint(values...))
			return nil
		}))
		out[table] = strings.Join(rows, "\n")
	}
	return out
}

// names are what lies beside the warehouse.
func (w *world) names() (out []string) {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Dir(w.path))
	wt.Check(w.t, err)
	for _, e := range entries {
		out = append(out, strings.Split(e.Name(), "-20")[0])
	}
	return out
}

// full is a world of readings over three months, with all that can be in them, and an erasure that is in none.
func full(t *testing.T) *world {
	t.Helper()
	madeOnce.Do(func() { made = makeFull(t) })
	w := newWorld(t)
	wt.Check(t, os.CopyFS(strings.TrimPrefix(w.zone.URL(), "file://"), made.zone))
	wt.Check(t, os.WriteFile(w.path, made.warehouse, 0o644))
	w.n = made.n
	return w
}

// made is the world that each test has a copy of.
var (
	made     madeWorld
	madeOnce sync.Once
)

type madeWorld struct {
	zone      fstest.MapFS
	warehouse []byte
	n         int
}

func makeFull(t *testing.T) (out madeWorld) {
	t.Helper()
	w := newWorld(t)
	for range 3 {
		w.day()
	}
	w.load()
	w.forget("guest-2")
	for range 9 {
		w.day()
	}
	w.load()
	out = madeWorld{zone: fstest.MapFS{}, n: w.n}
	zone := os.DirFS(strings.TrimPrefix(w.zone.URL(), "file://"))
	wt.Check(t, fs.WalkDir(zone, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(zone, path)
		out.zone[path] = &fstest.MapFile{Data: text, Mode: 0o444}
		return err
	}))
	var err error
	out.warehouse, err = os.ReadFile(w.path)
	wt.Check(t, err)
	return out
}

// TestRebuildIsTheSame: every row of every table is as it was, the old file is kept, and loads go on.
func TestRebuildIsTheSame(t *testing.T) {
	w := full(t)
	wt.Check(t, os.Chmod(w.path, 0o640))
	before := w.sums(w.path)
	var progress []int64
	o := w.options()
	o.Progress = func(done, total int64) { progress = append(progress, done, total) }
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if !out.Swapped || out.Readings != 12 || out.Days != 12 || out.Differences != nil {
		t.Errorf("got %+v", out)
	}
	if diff := gocmp.Diff(before, w.sums(w.path)); diff != "" {
		t.Errorf("- old, + new\n%s", diff)
	}
	if diff := gocmp.Diff(before, w.sums(out.Kept)); diff != "" {
		t.Errorf("- old, + kept\n%s", diff)
	}
	if want := []int64{2, 12, 7, 12, 12, 12}; !gocmp.Equal(progress, want) {
		t.Errorf("progress %v, want %v", progress, want)
	}
	if want := []string{"covers.duckdb", "covers.duckdb.before"}; !gocmp.Equal(w.names(), want) {
		t.Errorf("left %v", w.names())
	}
	if info, err := os.Stat(w.path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("rights %v, %v", info.Mode(), err)
	}
	p, err := openPlace(t.Context(), o, w.url(), warehouse.ReadOnly)
	wt.Check(t, err)
	marked, err := p.there(t.Context(), marker)
	p.close()
	if err != nil || marked {
		t.Errorf("the marker is there: %v, %v", marked, err)
	}
	w.day()
	w.load()
	if again, err := w.rebuild(); err != nil || again.Readings != 13 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestDryRun says what would be done, and makes nothing.
func TestDryRun(t *testing.T) {
	w := full(t)
	o := w.options()
	o.DryRun = true
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if out.Swapped || out.Readings != 12 || out.Erasures == 0 || len(w.names()) != 1 {
		t.Errorf("got %+v, %v", out, w.names())
	}
}

// TestWhatProcessedLacks: a reading whose objects have expired is in the old warehouse alone, which stays as it was.
func TestWhatProcessedLacks(t *testing.T) {
	w := full(t)
	before := w.sums(w.path)
	entries, err := os.ReadDir(strings.TrimPrefix(w.zone.URL(), "file://"))
	wt.Check(t, err)
	wt.Check(t, os.RemoveAll(filepath.Join(strings.TrimPrefix(w.zone.URL(), "file://"), "2026-02-04")))
	out, err := w.rebuild()
	if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "would lose 1 of 12 readings") ||
		len(out.Expired) != 1 ||
		len(entries) == 0 {
		t.Errorf("got %+v, %v", out, err)
	}
	if diff := gocmp.Diff(before, w.sums(w.path)); diff != "" || len(w.names()) != 1 {
		t.Errorf("changed: %s, %v", diff, w.names())
	}
}

// TestRanks: a rebuild stays at the ledger's ranks, whatever newer ones the processed zone has; a reading that it has at a newer
// rank alone is to be loaded first.
func TestRanks(t *testing.T) {
	w := newWorld(t)
	r := w.day()
	w.day()
	w.load()
	before := w.sums(w.path)
	raised := r
	raised.Rank, raised.Reservations = wt.Rank(2), r.Reservations[:1]
	wt.Publish(t, w.zone, 1, raised)
	later := w.day() // and one that nobody has loaded yet, with a request to forget
	out, err := w.rebuild()
	wt.Check(t, err)
	if out.Readings != 2 {
		t.Errorf("got %+v", out)
	}
	if diff := gocmp.Diff(before, w.sums(w.path)); diff != "" {
		t.Errorf("- old, + new (%s is not loaded)\n%s", later.Day, diff)
	}
	folder := filepath.Join(strings.TrimPrefix(w.zone.URL(), "file://"), r.Day)
	wt.Check(t, os.RemoveAll(folder))
	wt.Publish(t, w.zone, 1, raised)
	out, err = w.rebuild()
	if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "at a newer rank alone") || len(out.Newer) != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	w.load()
	if _, err := w.rebuild(); err != nil {
		t.Error(err)
	}
}

// TestDamage: what somebody did to the old warehouse is named and refuses the swap; accepted by its fingerprint, and by no other,
// the new one takes its place.
func TestDamage(t *testing.T) {
	w := full(t)
	undamaged := w.sums(w.path)
	wt.ExecDuckDB(t, w.path,
		"DELETE FROM reservation_observations WHERE line = 2 AND reading LIKE '%2026-02-09%'",
		"UPDATE reservations SET party_size = 99 WHERE reservation_id = (SELECT MAX(reservation_id) FROM reservations)",
		"INSERT INTO absences SELECT * FROM absences",
		"DELETE FROM erasures WHERE reading IS NOT NULL",
		"DELETE FROM loads WHERE day = DATE '2026-02-14'")
	damaged := w.sums(w.path)
	out, err := w.rebuild()
	if fault.KindOf(err) != fault.Data || out.Swapped {
		t.Fatalf("got %+v, %v", out, err)
	}
	got := map[string][3]int64{}
	for _, d := range out.Differences {
		got[d.Table] = [3]int64{d.OldOnly, d.NewOnly, d.Changed}
		for _, row := range d.First {
			if strings.Contains(row, "guest-") {
				t.Errorf("it names a guest: %s", row)
			}
		}
	}
	if got["absences"] != [3]int64{1, 0, 0} || got["erasures"] != [3]int64{0, 1, 0} || got["loads"] != ([3]int64{}) {
		t.Errorf("got %v", got)
	}
	if got["reservations"][2] == 0 || got["reservation_observations"][1] != 1 || got["reservation_observations"][0] != 4 {
		t.Errorf("got %v", got)
	}
	if diff := gocmp.Diff(damaged, w.sums(w.path)); diff != "" {
		t.Errorf("the old one changed: %s", diff)
	}
	o := w.options()
	o.Accept = strings.Repeat("0", 12)
	if _, err := Run(t.Context(), o); fault.KindOf(err) != fault.Data {
		t.Errorf("another fingerprint: %v", err)
	}
	o.Accept = out.Fingerprint
	out, err = Run(t.Context(), o)
	if err != nil || !out.Swapped {
		t.Fatalf("got %+v, %v", out, err)
	}
	w.load() // the day that the ledger lost
	if diff := gocmp.Diff(undamaged, w.sums(w.path)); diff != "" {
		t.Errorf("- before the damage, + mended\n%s", diff)
	}
}

// TestLoadMeanwhile: what is loaded and erased while the new one is filled is caught up with.
func TestLoadMeanwhile(t *testing.T) {
	for _, meanwhile := range []func(w *world){
		func(w *world) { w.day(); w.load() },
		func(w *world) { w.forget("guest-1") },
		func(w *world) { w.forget("guest-3") }, // and guest-9, whom a merge connects
		func(w *world) { w.day(); w.load(); w.forget("guest-0"); w.forget("not-there") },
	} {
		w := full(t)
		o := w.options()
		once := false
		o.Progress = func(done, total int64) {
			if done == total && !once {
				once = true
				meanwhile(w)
			}
		}
		out, err := Run(t.Context(), o)
		wt.Check(t, err)
		if diff := gocmp.Diff(w.sums(out.Kept), w.sums(w.path)); diff != "" || !out.Swapped {
			t.Errorf("- old, + new\n%s", diff)
		}
	}
	w := full(t)
	o := w.options()
	o.Progress = func(done, total int64) {
		if done == total {
			w.forget(fmt.Sprintf("nobody-%d", w.n))
			w.n++
		}
	}
	if out, err := Run(t.Context(), o); fault.KindOf(err) != fault.Temporary || out.Swapped {
		t.Errorf("something each time: %+v, %v", out, err)
	}
	if _, err := w.rebuild(); err != nil {
		t.Errorf("then: %v", err)
	}
}

// TestGoesOn: a run that was stopped is gone on with; one of another program, or with a reading that the old warehouse does not
// have so, is begun anew.
func TestGoesOn(t *testing.T) {
	w := full(t)
	stopped := func(o Options) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		o.Progress = func(done, _ int64) {
			if done == 2 {
				stop()
			}
		}
		if out, err := Run(ctx, o); err == nil || out.Swapped {
			t.Fatalf("not stopped: %+v, %v", out, err)
		}
	}
	number := func(query string) int64 {
		t.Helper()
		p, err := openPlace(t.Context(), w.options(), w.url(), warehouse.ReadOnly)
		wt.Check(t, err)
		defer p.close()
		n, err := p.number(t.Context(), query)
		wt.Check(t, err)
		return n
	}
	earlier := w.options()
	earlier.Machine.Now = func() time.Time { return time.Date(2026, 3, 30, 4, 0, 0, 0, time.UTC) }
	stopped(earlier)
	out, err := w.rebuild()
	wt.Check(t, err)
	if n := number("SELECT COUNT(*) FROM loads WHERE loaded_at = TIMESTAMP '2026-03-30 04:00:00'"); n != 2 {
		t.Errorf("%d readings are the stopped run's, want those of the first month", n)
	}
	wt.Check(t, os.Remove(out.Kept))
	other := w.options()
	other.Program = "other"
	stopped(other)
	out, err = w.rebuild()
	wt.Check(t, err)
	if n := number("SELECT COUNT(*) FROM loads WHERE program <> 'test'"); n != 0 {
		t.Errorf("%d readings are the other program's run", n)
	}
	wt.Check(t, os.Remove(out.Kept))
	stopped(w.options())
	wt.ExecDuckDB(t, w.path+buildSuffix, "UPDATE loads SET rank = '9999.0001.0001'")
	if out, err := w.rebuild(); err != nil || !out.Swapped {
		t.Errorf("a rank that the old one does not have: %+v, %v", out, err)
	}
}

// TestRefusals: what cannot be rebuilt, and another program that has the build.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	if _, err := w.rebuild(); !errors.Is(err, warehouse.ErrMissing) {
		t.Errorf("none there: %v", err)
	}
	for _, url := range []string{"duckdb://memory", "snowflake://u@acc/COVERS", "file:///x", "::"} {
		o := w.options()
		o.URL = url
		if _, err := Run(t.Context(), o); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", url, err)
		}
	}
	w = full(t)
	wt.Check(t, os.WriteFile(w.path+buildSuffix, []byte("no database"), 0o600))
	if _, err := w.rebuild(); err == nil {
		t.Error("something else lies where the build is made, and it says nothing")
	}
	if _, err := os.Stat(w.path); errors.Is(err, fs.ErrNotExist) {
		t.Error("the warehouse is gone")
	}
}

// TestEveryTableIsAccountedFor: a table that a schema file adds is compared, or named as the load's own.
func TestEveryTableIsAccountedFor(t *testing.T) {
	w := full(t)
	known := append([]string{}, notCompared...)
	for _, c := range compared {
		known = append(known, c.name)
	}
	p, err := openPlace(t.Context(), w.options(), w.url(), warehouse.ReadOnly)
	wt.Check(t, err)
	defer p.close()
	seen := 0
	wt.Check(t, p.each(t.Context(), tablesSQL("table_name"), func(_, _ []string, values []any) error {
		seen++
		if name := fmt.Sprint(values[0]); !strings.Contains(" "+strings.Join(known, " ")+" ", " "+name+" ") {
			t.Errorf("%s is neither compared nor the load's own", name)
		}
		return nil
	}))
	if seen != len(known) {
		t.Errorf("%d tables, %d known", seen, len(known))
	}
}
