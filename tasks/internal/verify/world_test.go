package verify

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
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

// newVerifyWorld has the readings of wt.TwoDays.
func newVerifyWorld(t *testing.T) *verifyWorld {
	w := &verifyWorld{t: t, dir: t.TempDir()}
	w.make()
	return w
}

func (w *verifyWorld) make() {
	w.raw, w.staging, w.processed = w.zone("raw"), w.zone("staging"), w.zone("processed")
	w.first, w.second = wt.TwoDays()
	w.resultKey, w.processedKey = w.publish(&w.first)
	w.publish(&w.second)
	w.load()
}

// copy returns the same in a folder of its own.
func (w *verifyWorld) copy(t *testing.T) *verifyWorld {
	t.Helper()
	other := *w
	other.t, other.dir = t, t.TempDir()
	wt.Check(t, os.CopyFS(other.dir, os.DirFS(w.dir)))
	other.raw, other.staging, other.processed = other.zone("raw"), other.zone("staging"), other.zone("processed")
	return &other
}

func (w *verifyWorld) zone(name string) *lake.Zone {
	url := "file://" + w.dir + "/" + name
	if w.store != nil {
		url = w.store(name)
	}
	z, err := lake.Open(w.t.Context(), machine.This(), url)
	wt.Check(w.t, err)
	w.t.Cleanup(func() { _ = z.Close() })
	return z
}

// publish makes all of the lake of a reading.
func (w *verifyWorld) publish(r *wt.Result) (resultKey, processedKey string) {
	w.publishRaw(r)
	resultKey = wt.PublishStaging(w.t, w.staging, r)
	return resultKey, wt.Publish(w.t, w.processed, 1, *r)
}

func (w *verifyWorld) publishRaw(r *wt.Result) { wt.PublishRaw(w.t, w.raw, 1000, r) }

func (w *verifyWorld) url() string { return "duckdb://" + w.dir + "/covers.duckdb" }

func (w *verifyWorld) load() {
	h, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadWrite)
	wt.Check(w.t, err)
	_, err = h.Load(w.t.Context(), warehouse.LoadOptions{
		Processed: w.processed, Revision: 9, Program: "test",
		Now: func() time.Time { return time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC) },
	})
	wt.Check(w.t, err)
	wt.Check(w.t, h.Close())
}

// verify looks at a day.
func (w *verifyWorld) verify(days ...string) Outcome {
	w.t.Helper()
	var out Outcome
	h, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadOnly)
	wt.Check(w.t, err)
	defer func() { wt.Check(w.t, h.Close()) }()
	wt.Check(w.t, h.Look(w.t.Context(), func(l *warehouse.Look) (err error) {
		out, err = Run(w.t.Context(), Options{Days: days, Raw: w.raw, Staging: w.staging, Processed: w.processed, Warehouse: l})
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
		wt.Check(w.t, err)
		all = slices.Concat(f.Manifest.Objects, f.Manifest.RequestLog)
	case "staging":
		f, err := lake.Read[lake.Result](w.t.Context(), w.staging, w.resultKey)
		wt.Check(w.t, err)
		all = f.Manifest.Objects
	default:
		f, err := lake.Read[lake.Processed](w.t.Context(), w.processed, w.processedKey)
		wt.Check(w.t, err)
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
	wt.Check(w.t, err)
	b[len(b)/2] ^= 1
	wt.Check(w.t, os.WriteFile(path, b, 0o600))
}

// edit changes a manifest's text.
func (w *verifyWorld) edit(path string, pairs ...string) {
	w.t.Helper()
	b, err := os.ReadFile(path)
	wt.Check(w.t, err)
	after := strings.NewReplacer(pairs...).Replace(string(b))
	if after == string(b) {
		w.t.Fatalf("nothing to change in %s: %s", path, b)
	}
	wt.Check(w.t, os.WriteFile(path, []byte(after), 0o600))
}

// rewrite lets a manifest name another object of a kind, and whatever else change says.
func rewrite[M, T any](
	w *verifyWorld,
	zone *lake.Zone,
	path, kind, prefix string,
	rows []T,
	objects func(*M) *[]lake.Object,
	change func(*M),
) {
	b, err := os.ReadFile(path)
	wt.Check(w.t, err)
	var m M
	wt.Check(w.t, json.Unmarshal(b, &m))
	all := objects(&m)
	*all = slices.DeleteFunc(*all, func(o lake.Object) bool { return o.Kind == kind })
	a := zone.Begin(func() time.Time { return w.first.ReadAt })
	*all = wt.Put(w.t, a, *all, kind, prefix, rows)
	// An object counts once a manifest names it: this one is published beside it.
	change(&m)
	b, err = json.Marshal(m)
	wt.Check(w.t, err)
	wt.Check(w.t, os.WriteFile(path, b, 0o600))
}

func (w *verifyWorld) sql(statements ...string) {
	w.t.Helper()
	wt.ExecDuckDB(w.t, w.dir+"/covers.duckdb", statements...)
}
