//go:build snowflake

package rebuild

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/snowflaketest"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// swapper stands before the stand-in, which knows neither SWAP nor RENAME of schemas, and does both as Snowflake documents them:
// one statement after which each of two names means the other's schema, for every session that begins then.
// https://docs.snowflake.com/en/sql-reference/sql/alter-schema
type swapper struct {
	proxy *httputil.ReverseProxy

	mu    sync.Mutex
	is    map[string]string // the schema of the stand-in by its name for the world
	asked []string
}

var (
	swapOf   = regexp.MustCompile(`ALTER SCHEMA \w+\.(\w+) SWAP WITH \w+\.(\w+)`)
	renameOf = regexp.MustCompile(`ALTER SCHEMA \w+\.(\w+) RENAME TO \w+\.(\w+)`)
	sqlText  = regexp.MustCompile(`"sqlText":"((?:[^"\\]|\\.)*)"`)
)

func newSwapper(t *testing.T, server string) (*swapper, string) {
	t.Helper()
	s := &swapper{is: map[string]string{}}
	s.proxy = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: server})
	front := httptest.NewServer(s)
	t.Cleanup(front.Close)
	return s, strings.TrimPrefix(front.URL, "http://")
}

func (s *swapper) behind(name string) string {
	if is, ok := s.is[name]; ok {
		return is
	}
	return name
}

const done = `{"success":true,"code":null,"message":null,"data":{"rowtype":[{"name":"status","type":"text","length":100,` +
	`"nullable":true}],"rowset":[["done"]],"total":1,"returned":1,"queryResultFormat":"json","parameters":[],"queryId":"q"}}`

func (s *swapper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	if strings.HasPrefix(r.URL.Path, "/session/v1/login-request") {
		q := r.URL.Query()
		name := q.Get("schemaName")
		q.Set("schemaName", s.behind(strings.ToUpper(name)))
		r.URL.RawQuery = q.Encode()
	}
	if m := sqlText.FindSubmatch(body); m != nil {
		text := string(m[1])
		s.asked = append(s.asked, text)
		if m := swapOf.FindStringSubmatch(text); m != nil {
			a, b := s.behind(m[1]), s.behind(m[2])
			s.is[m[1]], s.is[m[2]] = b, a
			s.mu.Unlock()
			_, _ = io.WriteString(w, done)
			return
		}
		if m := renameOf.FindStringSubmatch(text); m != nil {
			s.is[m[2]] = s.behind(m[1])
			s.is[m[1]] = s.behind(m[1]) + "_GONE"
			s.mu.Unlock()
			_, _ = io.WriteString(w, done)
			return
		}
	}
	s.mu.Unlock()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	s.proxy.ServeHTTP(w, r)
}

// account is a warehouse on the stand-in, and the zone that it was loaded from.
type account struct {
	*swapper
	t    *testing.T
	zone *lake.Zone
	base string // URL
	n    int
}

func newAccount(t *testing.T) *account {
	t.Helper()
	standin := snowflaketest.Start(t)
	for _, v := range standin.Env() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	database := standin.Database()
	zone, err := lake.Open(t.Context(), machine.This(), standin.S3.Zone("processed-"+database))
	wt.Check(t, err)
	s, address := newSwapper(t, standin.Address)
	// COVERS_OWNER has what snowflake/rebuild.sql gives it; here the administrator stands for it.
	base := snowflaketest.As(snowflaketest.Administrator, standin.URL(address, database)) + "&warehouse=" + warehouseOf(t)
	a := &account{swapper: s, t: t, zone: zone, base: base}
	p, err := openPlace(t.Context(), a.options(), a.base, warehouse.ReadWrite) // makes the database
	wt.Check(t, err)
	p.close()
	wt.Check(t, standin.Administer(t.Context(), database, "CREATE SCHEMA IF NOT EXISTS "+database+".MAIN_REBUILD"))
	wt.Check(t, standin.Stage(t.Context(), database, zone.URL()))
	a.migrate()
	return a
}

// warehouseOf is the computing warehouse of bootstrap.sql that loads.
func warehouseOf(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../snowflake/bootstrap.sql")
	wt.Check(t, err)
	return string(regexp.MustCompile(`USAGE ON WAREHOUSE (\w+) TO ROLE COVERS_LOADER`).FindSubmatch(text)[1])
}

func (a *account) migrate() {
	a.t.Helper()
	_, err := warehouse.Migrate(a.t.Context(), machine.This(), a.base, false)
	wt.Check(a.t, err)
}

// at is the URL of another schema.
func (a *account) at(schema string) string {
	return strings.Replace(a.base, "/MAIN?", "/"+schema+"?", 1)
}

func (a *account) load() {
	a.t.Helper()
	a.n++
	day := time.Date(2026, 1, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 5*a.n)
	r := wt.Result{Source: "opentable/101", Day: day.Format(time.DateOnly), Name: fmt.Sprintf("%08d", a.n), Rank: wt.Rank(1),
		ReadAt:       day.AddDate(0, 0, 1),
		Reservations: []reservation.Reservation{wt.Booking(a.n, 1, "g1"), wt.Booking(1, int64(a.n), "g2")},
		Customers:    []reservation.Customer{wt.Guest("g1", int64(a.n))}}
	wt.Publish(a.t, a.zone, 1, r)
	a.with(func(w *warehouse.Warehouse) error {
		_, err := w.Load(a.t.Context(), warehouse.LoadOptions{Processed: a.zone, Revision: 99, Program: "before", Now: time.Now})
		return err
	})
}

func (a *account) with(work func(*warehouse.Warehouse) error) {
	a.t.Helper()
	w, err := warehouse.Open(a.t.Context(), machine.This(), a.base, warehouse.ReadWrite)
	wt.Check(a.t, err)
	wt.Check(a.t, errors.Join(work(w), w.Close()))
}

func (a *account) hashes(schema string) (out map[string]string) {
	a.t.Helper()
	w, err := warehouse.Open(a.t.Context(), machine.This(), a.at(schema), warehouse.ReadOnly)
	wt.Check(a.t, err)
	defer w.Close()
	out, err = w.ContentHashes(a.t.Context())
	wt.Check(a.t, err)
	return out
}

func (a *account) options() Options {
	return Options{Machine: machine.This(), URL: a.base, Processed: a.zone, Program: "test", Progress: func(int64, int64) {}}
}

// TestSchemasChangePlaces: the new schema is filled beside the old one, says the same, and takes its place by one statement under
// the old one's gate; the old one has a dated name then.
func TestSchemasChangePlaces(t *testing.T) {
	a := newAccount(t)
	a.load()
	a.load()
	a.with(func(w *warehouse.Warehouse) error {
		_, err := w.Forget(t.Context(), []warehouse.Subject{{Platform: "opentable", CustomerID: "g2"}}, "receipt 7", time.Now())
		return err
	})
	a.load()
	before := a.hashes("MAIN")
	o := a.options()
	meanwhile := false
	o.Progress = func(done, total int64) {
		if done == total && !meanwhile {
			meanwhile = true
			a.load()
			before = a.hashes("MAIN")
		}
	}
	out, err := Run(t.Context(), o)
	wt.Check(t, err)
	if !out.Swapped || out.Readings != 4 || !regexp.MustCompile(`^\w+\.MAIN_BEFORE_\d{8}T\d{6}Z$`).MatchString(out.Kept) {
		t.Errorf("got %+v", out)
	}
	if a.is["MAIN"] != "MAIN_REBUILD" {
		t.Errorf("the schemas are %v", a.is)
	}
	if diff := gocmp.Diff(before, a.hashes("MAIN")); diff != "" {
		t.Errorf("- old, + new\n%s", diff)
	}
	_, kept, _ := strings.Cut(out.Kept, ".")
	if diff := gocmp.Diff(before, a.hashes(kept)); diff != "" {
		t.Errorf("- old, + kept\n%s", diff)
	}
	gate := slices.IndexFunc(a.asked, func(s string) bool { return strings.HasPrefix(s, "ALTER SCHEMA") })
	last := a.asked[gate-2 : gate]
	if !strings.HasPrefix(last[0], "UPDATE load_gate") || !strings.HasPrefix(last[1], "SELECT MAX(passed)") {
		t.Errorf("before the swap: %q", last)
	}
	marked := func(schema string) bool {
		p, err := openPlace(t.Context(), o, a.at(schema), warehouse.ReadOnly)
		wt.Check(t, err)
		defer p.close()
		there, err := p.there(t.Context(), marker)
		wt.Check(t, err)
		return there
	}
	if marked("MAIN") || marked(kept) {
		t.Error("the marker is left")
	}
	a.load() // and loads go on
}

// TestASchemaThatNoRebuildMade is not touched.
func TestASchemaThatNoRebuildMade(t *testing.T) {
	a := newAccount(t)
	a.load()
	_, err := warehouse.Migrate(t.Context(), machine.This(), a.at("MAIN_REBUILD"), false)
	wt.Check(t, err)
	out, err := Run(t.Context(), a.options())
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "tables that no rebuild made") || out.Swapped {
		t.Errorf("got %+v, %v", out, err)
	}
}

// TestKilledBehindTheSwap: the next run gives the old schema its dated name, and then makes another.
func TestKilledBehindTheSwap(t *testing.T) {
	a := newAccount(t)
	a.load()
	before := a.hashes("MAIN")
	r := &rebuilding{Options: a.options()}
	var err error
	r.site, err = siteOf(r.Options)
	wt.Check(t, err)
	was, err := r.look(t.Context())
	wt.Check(t, err)
	wt.Check(t, r.fill(t.Context(), was))
	a.is["MAIN"], a.is["MAIN_REBUILD"] = "MAIN_REBUILD", "MAIN" // and there it was killed
	wt.Check(t, r.site.recover(t.Context()))
	if diff := gocmp.Diff(before, a.hashes("MAIN")); diff != "" {
		t.Errorf("- old, + new\n%s", diff)
	}
	_, kept, _ := strings.Cut(r.site.keptName(), ".")
	if a.is[kept] != "MAIN" {
		t.Errorf("the schemas are %v", a.is)
	}
	wt.Check(t, r.site.recover(t.Context())) // and nothing is left to do
	a.load()
}
