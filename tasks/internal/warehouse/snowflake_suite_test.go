//go:build snowflake

package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
	"covers/tasks/internal/warehouse/snowflaketest"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// standin is Snowflake for the whole binary. With the build tag snowflake the conformance suite runs on it alone: `make test`
// runs it on DuckDB.
var standin *snowflaketest.Server

func init() {
	enginesUnderTest = []underTest{{name: "snowflake", fresh: func(testing.TB, bool) string { return standin.Fresh() }}}
	within = func(run func() int) int {
		return snowflaketest.Main(run, func(s *snowflaketest.Server) { standin = s })
	}
	renew = func() { standin.Renew(20) }
	ownersURL = func(url string) string {
		if !strings.HasPrefix(url, "snowflake:") {
			return url
		}
		return snowflaketest.As(snowflaketest.Owner, url)
	}
	around = func(_ testing.TB, url string, e engine.Engine) engine.Engine {
		if !strings.HasPrefix(url, "snowflake:") {
			return e
		}
		return &staged{Engine: e, server: standin, database: snowflaketest.DatabaseOf(url)}
	}
	zoneURL = func(n int64) string { return standin.S3.Zone(fmt.Sprintf("zone-%d", n)) }
	// A statement takes the stand-in some milliseconds. TestCutAtEveryStatement leaves no statement out.
	defaultChecks, failStep = "1", 12
}

// staged puts the administrator's stage at the zone that is landed from: each test has a zone of its own.
type staged struct {
	engine.Engine
	server   *snowflaketest.Server
	database string
	at       string
}

func (s *staged) Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, l engine.Landing, objects []lake.Object) error {
	if zone.URL() != s.at && strings.HasPrefix(zone.URL(), "s3:") {
		if err := s.server.Stage(ctx, s.database, zone.URL()); err != nil {
			return fmt.Errorf("put the stage at %s: %w", zone.URL(), err)
		}
		s.at = zone.URL()
	}
	return s.Engine.Land(ctx, conn, zone, l, objects)
}

// TestSnowflakeSaysWhatDuckDBSays: the same zone, loaded into both, is the same content, row by row.
func TestSnowflakeSaysWhatDuckDBSays(t *testing.T) {
	zone := newZone(t)
	publishDays(t, zone)
	odd := reading(days[2], 3)
	odd.Reservations = []reservation.Reservation{
		paris("it's", "g'1", reservation.Completed, 2, "2026-03-27T23:10:00", "2026-03-28T00:10:00", "2026-03-28T23:30:00",
			"2026-03-29T00:30:00", "2026-03-29"),
		paris("p2", "", reservation.NoShow, 3, "2026-10-24T22:30:00", "2026-10-25T00:30:00", "2026-10-25T00:30:00",
			"2026-10-25T02:30:00", "2026-10-25"),
	}
	odd.Reservations[0].SpendTotal, odd.Reservations[1].DepositPaid = wt.Money(99_999_999_999_9999), wt.Money(1)
	wt.Publish(t, zone, 1, odd)
	o := options(zone)
	o.Registry = registryOf(t, restaurantsYAML)
	say := func(url string) (map[string]string, map[string]string) {
		w := openAt(t, url, nil)
		mustLoad(t, w, o)
		parts, err := w.ContentHashes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return tables(t, w), parts
	}
	duckTables, duckParts := say("duckdb://memory")
	snowTables, snowParts := say(standin.Fresh())
	if diff := gocmp.Diff(duckParts, snowParts); diff != "" {
		t.Errorf("- DuckDB, + Snowflake:\n%s", diff)
	}
	if diff := gocmp.Diff(duckTables, snowTables); diff != "" {
		t.Errorf("- DuckDB, + Snowflake:\n%s", diff)
	}
}

// everyPhase publishes two days of loads, of which each continues the one before, so that each phase of a load has work: the
// day before at a newer rank, and a day with updates, new guests, a hidden one, somebody who is forgotten, a merge and absences.
func everyPhase(t *testing.T, zone *lake.Zone) (next func() LoadOptions) {
	t.Helper()
	loads := 0
	var before wt.Result
	return func() LoadOptions {
		loads++
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, loads).Format(time.DateOnly)
		r := reading(day, 1)
		of := func(kind string, n int) string { return fmt.Sprintf("%s%d", kind, n) }
		for n := range 3 {
			r.Reservations = append(r.Reservations, wt.Booking(n+loads%5, int64(loads), of("g", n+loads%7)))
			r.Customers = append(r.Customers, wt.Guest(of("g", n+loads%7), int64(loads)))
		}
		r.Customers = append(r.Customers, wt.Guest(of("forgotten", loads), int64(loads)), wt.Hidden("hidden", int64(loads)))
		r.Reservations = append(r.Reservations, wt.Booking(1000+loads, 1, of("forgotten", loads)))
		r.Merged = []reservation.Merge{wt.Merged(of("merged", loads), "g0")}
		r.Absent = []reservation.Absence{wt.AbsentBooking(1000 + loads - 2), wt.AbsentGuest(of("absent", loads))}
		days := []string{day}
		if loads > 1 {
			r.Erasures = []reservation.Erasure{wt.Erase(of("forgotten", loads-1))}
			before.Rank = wt.Rank(2)
			wt.Publish(t, zone, 1, before)
			days = append(days, before.Day)
		}
		wt.Publish(t, zone, 1, r)
		before = r
		return options(zone, days...)
	}
}

// TestCutAtEveryStatement cuts the connection at the n-th statement of a load, for every n, before the server has executed it
// and after; now and then a third time the answer comes by half, or something on the way answers with HTTP 500. The load gets
// over all of it by itself, and in the end everything is as one load from scratch makes it. One load is cut at a few statements,
// one after the other: it begins anew each time, and does not wait.
func TestCutAtEveryStatement(t *testing.T) {
	const atOnce = 8
	zone := newZone(t)
	proxy := snowflaketest.NewProxy(t, standin.Address)
	m := machine.This()
	m.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	w := openOn(t, m, standin.URL(proxy.Address, standin.Database()), nil)
	next := everyPhase(t, zone)
	mustLoad(t, w, next())
	loads, n := 1, int64(0) // n statements were cut each way
	for {
		var steps []snowflaketest.Step
		for at := n + 1; at <= n+atOnce; at++ {
			cuts := []snowflaketest.Cut{snowflaketest.Before, snowflaketest.After}
			if at%6 == 0 {
				cuts = append(cuts, []snowflaketest.Cut{snowflaketest.Short, snowflaketest.Answered}[at/6%2])
			}
			for _, cut := range cuts {
				steps = append(steps, snowflaketest.Step{At: at, Cut: cut})
			}
		}
		o := next()
		loads++
		proxy.Arm(steps...)
		out, err := w.Load(context.Background(), o)
		_, left := proxy.Statements()
		if err != nil || len(out.Taken) != 2 {
			t.Fatalf("%d cuts from statement %d on: took %d readings: %v", len(steps)-len(left), n+1, len(out.Taken), err)
		}
		if len(left) > 0 { // a load has no more statements, or what came after the last one that was cut was its end
			n = left[0].At - 1
			if done := len(steps) - len(left); done > 0 && steps[done-1].At == left[0].At {
				n++ // the commit: once it was executed nothing of it is left to cut
			}
			break
		}
		n += atOnce
	}
	proxy.Arm()
	mustLoad(t, w, next()) // in the session that asked the ledger whether the commit had been executed
	proxy.Arm()
	mustLoad(t, w, next())
	loads += 2
	if all, _ := proxy.Statements(); all != n || n < 50 {
		t.Errorf("a load is %d statements, and %d were cut", all, n)
	}
	// Each day twice, but for the newest: the later rank takes the place of the earlier.
	if got := ask(t, w, "SELECT COUNT(*), COUNT(DISTINCT reading) FROM loads"); got[0] != fmt.Sprintf("%d|%d", loads, loads) {
		t.Errorf("the ledger has %s rows and readings, want %d of both", got[0], loads)
	}
	scratch := openAt(t, standin.Fresh(), nil)
	mustLoad(t, scratch, options(zone))
	if diff := gocmp.Diff(tables(t, scratch), tables(t, w)); diff != "" {
		t.Errorf("- from scratch, + after cuts at %d statements:\n%s", n, diff)
	}
	t.Logf("%d loads, cut at %d statements", loads, n)
}

// TestOutlastsADeadSession: a client died with the gate's lock in its hands. Who comes next waits until that session is
// dropped, or gives up with a temporary fault.
func TestOutlastsADeadSession(t *testing.T) {
	url := snowflaketest.Start(t, "--idle", "10").Fresh()
	w := openAt(t, url, nil)
	dead := openAt(t, url, nil)
	takeGate := func() {
		t.Helper()
		conn, err := dead.engine.Conn(t.Context()) // and never closed
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"BEGIN", "UPDATE load_gate SET passed = passed + 1"} {
			if _, err := conn.ExecContext(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	takeGate()
	if _, err := w.Forget(t.Context(), []Subject{{"opentable", "g1"}}, "receipt", clock()); err != nil {
		t.Errorf("after the session was dropped: %v", err)
	}
	w.patience = 0
	takeGate()
	if _, err := w.Forget(t.Context(), []Subject{{"opentable", "g2"}}, "receipt", clock()); fault.KindOf(err) != fault.Temporary {
		t.Errorf("without patience: %v", err)
	}
}

// TestStageOfItsOwn: with a storage integration a load makes a stage for its session, if it may use the integration. With
// bootstrap.sql alone only administrators may. A stage that is not there is refused.
func TestStageOfItsOwn(t *testing.T) {
	zone := newZone(t)
	publishDays(t, zone)
	url := standin.Fresh()
	openAt(t, url, nil)
	own := replaceParameter(url, "stage", "storage_integration", "COVERS_S3")
	loader := openAt(t, own, nil)
	if _, err := loader.Load(t.Context(), options(zone)); fault.KindOf(err) != fault.Usage && fault.KindOf(err) != fault.Denied {
		t.Errorf("with an integration that is not granted: %v", err)
	}
	administrator := openAt(t, snowflaketest.As(snowflaketest.Administrator, own), nil)
	if out := mustLoad(t, administrator, options(zone)); len(out.Taken) != 6 {
		t.Errorf("took %d readings", len(out.Taken))
	}
	elsewhere := openAt(t, replaceParameter(standin.Fresh(), "stage", "stage", "nowhere"), nil)
	if _, err := elsewhere.Load(t.Context(), options(zone)); err == nil {
		t.Error("loaded from a stage that is not there")
	}
}

// TestManyFiles: more files than one COPY takes, which is 1,000.
func TestManyFiles(t *testing.T) {
	const files = 1001
	zone := newZone(t)
	r := reading(days[0], 1)
	for n := range files {
		r.Reservations = append(r.Reservations, wt.Booking(n, 1, ""))
	}
	wt.Publish(t, zone, files, r)
	copies := 0
	w := openAt(t, standin.Fresh(), func(c driver.Connector) driver.Connector {
		return &hooked{Connector: c, before: func(call string) error {
			if len(call) > 4 && call[:4] == "COPY" {
				copies++
			}
			return nil
		}}
	})
	if out := mustLoad(t, w, options(zone)); out.Counts[reservation.KindReservation].Landed != files || copies != 2 {
		t.Errorf("landed %+v in %d COPYs", out.Counts, copies)
	}
}

// TestZoneNotOnS3: Snowflake cannot read this machine's folders.
func TestZoneNotOnS3(t *testing.T) {
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	publishDays(t, zone)
	w := openAt(t, standin.Fresh(), nil)
	if _, err := w.Load(t.Context(), options(zone)); fault.KindOf(err) != fault.Usage {
		t.Errorf("got %v", err)
	}
}
