package verify

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// verifyWorld is a lake of local files and a warehouse, whole in the beginning, for a test to damage.
type verifyWorld struct {
	t                       *testing.T
	dir                     string
	store                   func(zone string) string // of an object store; nil: folders below dir
	raw, staging, processed *lake.Zone
	first, second           wt.Result // of the 27th and of the 28th
	resultKey, processedKey string    // the first's
}

const verifyDay = "2026-03-27"

// newVerifyWorld has two readings: on the 27th with all that a reading can have (rows, quarantine, an absent id, a request to
// forget a guest), on the 28th with a later update.
func newVerifyWorld(t *testing.T) *verifyWorld { return newVerifyWorldIn(t, t.TempDir()) }

func newVerifyWorldIn(t *testing.T, dir string) *verifyWorld {
	w := &verifyWorld{t: t, dir: dir}
	w.make()
	return w
}

func (w *verifyWorld) make() {
	w.raw, w.staging, w.processed = w.zone("raw"), w.zone("staging"), w.zone("processed")
	w.first = wt.Result{
		Source: "opentable/101", Day: verifyDay, Name: "00000001", Rank: wt.Rank(1), ReadAt: time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 1, "kept"), wt.Booking(2, 1, "planted"), wt.Booking(3, 1, "")},
		Customers:    []reservation.Customer{wt.Guest("kept", 1), wt.Guest("planted", 1)},
		Erasures:     []reservation.Erasure{{Platform: reservation.OpenTable, CustomerID: "planted", Line: 2}},
		Absent:       []reservation.Absence{wt.AbsentBooking(9)},
		Quarantined:  map[string]int64{reservation.KindReservation: 1},
	}
	w.second = wt.Result{
		Source: "opentable/101", Day: "2026-03-28", Name: "00000002", Rank: wt.Rank(1), ReadAt: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
		Reservations: []reservation.Reservation{wt.Booking(1, 2, "kept")},
	}
	w.resultKey, w.processedKey = w.publish(&w.first)
	w.publish(&w.second)
	w.load()
}

// copy gives the same in a folder of its own.
func (w *verifyWorld) copy(t *testing.T) *verifyWorld {
	t.Helper()
	other := *w
	other.t, other.dir = t, t.TempDir()
	check(t, os.CopyFS(other.dir, os.DirFS(w.dir)))
	other.raw, other.staging, other.processed = other.zone("raw"), other.zone("staging"), other.zone("processed")
	return &other
}

func (w *verifyWorld) zone(name string) *lake.Zone {
	url := "file://" + w.dir + "/" + name
	if w.store != nil {
		url = w.store(name)
	}
	z, err := lake.Open(w.t.Context(), machine.This(), url)
	check(w.t, err)
	w.t.Cleanup(func() { _ = z.Close() })
	return z
}

// publish makes all of the lake of a reading. What is in quarantine comes last among the lines of its kind, absent ids before.
func (w *verifyWorld) publish(r *wt.Result) (resultKey, processedKey string) {
	r.Digest = w.publishRaw(*r)
	resultKey, sum := w.publishResult(*r)
	return resultKey, w.publishProcessed(*r, sum)
}

func (w *verifyWorld) publishRaw(r wt.Result) string {
	a := w.raw.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Reading{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, StartedAt: r.ReadAt, FinishedAt: r.ReadAt,
		Sweeps: 1, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test", Requests: 1,
	}
	for _, kind := range []string{reservation.KindCustomer, reservation.KindReservation} {
		n := in.Counts[kind]
		m.Counts[kind] = lake.RawCounts{Listed: n.Received + n.Absent, Received: n.Received, Absent: n.Absent}
		var lines []byte
		for range n.Received {
			lines = lake.AppendLine(lines, kind, "request", r.ReadAt, []byte(`{"record":true}`))
		}
		for range n.Absent {
			lines = lake.AppendAbsent(lines, kind, "request", r.ReadAt, "1001-9")
		}
		if lines != nil {
			m.Objects = append(m.Objects, w.rawObject(a, kind, in.Reading+"/", lines))
		}
	}
	line, err := lake.AppendRequest(nil, r.ReadAt, lake.Request{ID: "request", Method: "GET", URL: "/"})
	check(w.t, err)
	m.RequestLog = []lake.Object{w.rawObject(a, lake.KindRequest, in.Reading+"/", line)}
	_, err = a.Publish(w.t.Context(), lake.ManifestKey(r.ID()), m)
	check(w.t, err)
	found, err := lake.Read[lake.Reading](w.t.Context(), w.raw, lake.ManifestKey(r.ID()))
	check(w.t, err)
	return found.SHA256
}

func (w *verifyWorld) rawObject(a *lake.Attempt, kind, prefix string, lines []byte) lake.Object {
	o, err := a.NewObject(kind, prefix, "ndjson.zst")
	check(w.t, err)
	z, err := zstd.NewWriter(o)
	check(w.t, err)
	_, err = z.Write(lines)
	check(w.t, err)
	check(w.t, z.Close())
	named, err := o.Commit(w.t.Context(), int64(bytes.Count(lines, []byte("\n"))), 1)
	check(w.t, err)
	return named
}

func (w *verifyWorld) publishResult(r wt.Result) (key, sum string) {
	a := w.staging.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	m := lake.Result{
		Version: lake.Version, Reading: in.Reading, Source: r.Source, Day: r.Day, By: in.By, Rank: r.Rank, Input: r.Digest, Refused: r.Refused,
		Stable: in.Stable, ReadAt: r.ReadAt, Counts: in.Counts, Erasures: in.Erasures, WrittenAt: r.ReadAt, Program: "test",
	}
	prefix := in.Reading + "/" + r.Rank.String() + "/"
	reservations, customers, erasures := r.Rows()
	if !r.Refused {
		m.Objects = put(w.t, a, m.Objects, reservation.KindReservation, prefix, reservations)
		m.Objects = put(w.t, a, m.Objects, reservation.KindCustomer, prefix, customers)
		m.Objects = put(w.t, a, m.Objects, lake.KindAbsence, prefix, w.absences(r))
	}
	m.Objects = put(w.t, a, m.Objects, lake.KindErasure, prefix, erasures)
	m.Objects = put(w.t, a, m.Objects, lake.KindQuarantine, prefix, quarantine(r))
	_, err := a.Publish(w.t.Context(), in.Result, m)
	check(w.t, err)
	found, err := lake.Read[lake.Result](w.t.Context(), w.staging, in.Result)
	check(w.t, err)
	return in.Result, found.SHA256
}

func (w *verifyWorld) absences(r wt.Result) []reservation.Absence { return r.Absences() }

// quarantine is a result's, two reasons each: the lines behind the accepted ones.
func quarantine(r wt.Result) (all []reservation.Refusal) {
	in := r.Input()
	for kind, n := range in.Counts {
		for line := n.Accepted + 1; line <= n.Received; line++ {
			for _, field := range []string{"a", "b"} {
				all = append(all, reservation.Refusal{
					Reading: in.Reading, Kind: kind, Line: line, Object: "o", ObjectLine: line, Reason: reservation.ReasonRange, Field: field, Rule: "r",
				})
			}
		}
	}
	return all
}

func (w *verifyWorld) publishProcessed(r wt.Result, sum string) string {
	a := w.processed.Begin(r.ReadAt, func() time.Time { return r.ReadAt })
	in := r.Input()
	in.SHA256 = sum
	m := lake.Processed{Version: lake.Version, Day: r.Day, Inputs: []lake.Input{in}, WrittenAt: r.ReadAt, Program: "test"}
	reservations, customers, erasures := r.Rows()
	if !r.Refused {
		m.Objects = put(w.t, a, m.Objects, reservation.KindReservation, r.Day+"/", reservations)
		m.Objects = put(w.t, a, m.Objects, reservation.KindCustomer, r.Day+"/", customers)
		m.Objects = put(w.t, a, m.Objects, lake.KindAbsence, r.Day+"/", w.absences(r))
	}
	m.Objects = put(w.t, a, m.Objects, lake.KindErasure, r.Day+"/", erasures)
	key := lake.ProcessedKey(r.Day, m.Inputs)
	_, err := a.Publish(w.t.Context(), key, m)
	check(w.t, err)
	return key
}

func (w *verifyWorld) url() string { return "duckdb://" + w.dir + "/covers.duckdb" }

func (w *verifyWorld) load() {
	h, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadWrite)
	check(w.t, err)
	_, err = h.Load(w.t.Context(), warehouse.LoadOptions{Processed: w.processed, Revision: 9, Program: "test", Now: func() time.Time { return time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC) }})
	check(w.t, err)
	check(w.t, h.Close())
}

// verify looks at a day.
func (w *verifyWorld) verify(days ...string) Verified {
	w.t.Helper()
	var out Verified
	h, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadOnly)
	check(w.t, err)
	defer func() { check(w.t, h.Close()) }()
	check(w.t, h.Look(w.t.Context(), func(l *warehouse.Look) (err error) {
		out, err = Verify(w.t.Context(), VerifyOptions{Days: days, Raw: w.raw, Staging: w.staging, Processed: w.processed, Warehouse: l})
		return err
	}))
	return out
}

// path of an object, and of the first of the 27th's reading's of a kind.
func (w *verifyWorld) path(zone, key string) string { return filepath.Join(w.dir, zone, key) }

func (w *verifyWorld) object(zone, kind string) string {
	w.t.Helper()
	var all []lake.Object
	switch zone {
	case "raw":
		f, err := lake.Read[lake.Reading](w.t.Context(), w.raw, lake.ManifestKey(w.first.ID()))
		check(w.t, err)
		all = slices.Concat(f.Manifest.Objects, f.Manifest.RequestLog)
	case "staging":
		f, err := lake.Read[lake.Result](w.t.Context(), w.staging, w.resultKey)
		check(w.t, err)
		all = f.Manifest.Objects
	default:
		f, err := lake.Read[lake.Processed](w.t.Context(), w.processed, w.processedKey)
		check(w.t, err)
		all = f.Manifest.Objects
	}
	i := slices.IndexFunc(all, func(o lake.Object) bool { return o.Kind == kind })
	if i < 0 {
		w.t.Fatalf("no %s object in %s", kind, zone)
	}
	return w.path(zone, all[i].Key)
}

// flip changes a byte in the middle of a file.
func (w *verifyWorld) flip(path string) {
	b, err := os.ReadFile(path)
	check(w.t, err)
	b[len(b)/2] ^= 1
	check(w.t, os.WriteFile(path, b, 0o600))
}

// edit changes a manifest's text.
func (w *verifyWorld) edit(path string, pairs ...string) {
	w.t.Helper()
	b, err := os.ReadFile(path)
	check(w.t, err)
	after := strings.NewReplacer(pairs...).Replace(string(b))
	if after == string(b) {
		w.t.Fatalf("nothing to change in %s: %s", path, b)
	}
	check(w.t, os.WriteFile(path, []byte(after), 0o600))
}

// rewrite lets a manifest name another object of a kind, and whatever else change says.
func rewrite[M, T any](w *verifyWorld, zone *lake.Zone, path, kind, prefix string, rows []T, objects func(*M) *[]lake.Object, change func(*M)) {
	b, err := os.ReadFile(path)
	check(w.t, err)
	var m M
	check(w.t, json.Unmarshal(b, &m))
	all := objects(&m)
	*all = slices.DeleteFunc(*all, func(o lake.Object) bool { return o.Kind == kind })
	a := zone.Begin(w.first.ReadAt, func() time.Time { return w.first.ReadAt })
	*all = put(w.t, a, *all, kind, prefix, rows)
	// An object counts once a manifest names it: this one is published beside it.
	change(&m)
	b, err = json.Marshal(m)
	check(w.t, err)
	check(w.t, os.WriteFile(path, b, 0o600))
}

func (w *verifyWorld) sql(statements ...string) {
	w.t.Helper()
	execDuckDB(w.t, w.dir+"/covers.duckdb", statements...)
}

func execDuckDB(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", path)
	check(t, err)
	for _, statement := range statements {
		result, err := db.ExecContext(t.Context(), statement)
		check(t, err)
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s changed %d rows, %v", statement, n, err)
		}
	}
	check(t, db.Close())
}
