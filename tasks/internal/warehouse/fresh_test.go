package warehouse

import (
	"context"
	"database/sql/driver"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// rewriting makes the sessions that begin while it is on run other statements than they are given.
type rewriting struct {
	driver.Connector
	on    atomic.Bool
	began atomic.Int64 // sessions
	text  func(query string) string
}

// behind makes sessions see some tables as they were when nothing had been loaded, for as long as these sessions last: what
// Snowflake allows a session of what others commit after it began. The gate they see as it is.
func behind(tables string) *rewriting {
	read, deletes := regexp.MustCompile(`\b(FROM|JOIN) (`+tables+`)\b`), regexp.MustCompile(`^DELETE FROM `)
	return &rewriting{text: func(query string) string {
		head := deletes.FindString(query)
		return head + read.ReplaceAllString(query[len(head):], "$1 (SELECT * FROM $2 WHERE 1 = 0)")
	}}
}

func (r *rewriting) wrap(c driver.Connector) driver.Connector { r.Connector = c; return r }

func (r *rewriting) Connect(ctx context.Context) (driver.Conn, error) {
	r.began.Add(1)
	c, err := r.Connector.Connect(ctx)
	if err != nil || !r.on.Load() {
		return c, err
	}
	return &rewritingConn{hookedConn{c, &hooked{}}, r.text}, nil
}

func (r *rewriting) Close() error { return (&hooked{Connector: r.Connector}).Close() }

type rewritingConn struct {
	hookedConn
	text func(string) string
}

func (c *rewritingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.hookedConn.ExecContext(ctx, c.text(query), args)
}

func (c *rewritingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.hookedConn.QueryContext(ctx, c.text(query), args)
}

// begin makes a warehouse's session begin now.
func begin(t *testing.T, w *Warehouse) {
	t.Helper()
	if _, err := w.Ledger(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// TestALoadThatSeesTooLittle: a session began before a newer rank was loaded, and does not see that. The older rank that it has
// at hand does not go over the newer one: the load finds at the gate that another passed, and begins anew.
func TestALoadThatSeesTooLittle(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		old, newer := newZone(t), newZone(t)
		a, b := reading(days[0], 1), reading(days[0], 1)
		a.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		b.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2")}
		b.Rank = wt.Rank(2)
		wt.Publish(t, old, 1, a)
		wt.Publish(t, newer, 1, b)
		url := e.fresh(t, true)
		other := openAt(t, url, nil)
		double := behind("loads")
		double.on.Store(true)
		w := openAt(t, url, double.wrap)
		begin(t, w)
		double.on.Store(false)
		mustLoad(t, other, options(newer))
		out := mustLoad(t, w, options(old))
		if got := ask(t, other, "SELECT rank FROM loads"); len(got) != 1 || got[0] != b.Rank.String() {
			t.Errorf("the ledger has %v, want the rank %s alone", got, b.Rank)
		}
		if got := ask(t, other, "SELECT reservation_id FROM reservations"); len(got) != 2 {
			t.Errorf("the current rows are %v", got)
		}
		if len(out.Taken) != 0 || double.began.Load() != 2 {
			t.Errorf("it took %d readings, in %d sessions", len(out.Taken), double.began.Load())
		}
	})
}

// TestForgetSeesTooLittle: rows that were loaded after the session began, and that it does not see, are erased all the same.
func TestForgetSeesTooLittle(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		r := reading(days[0], 1)
		r.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1")}
		r.Customers = []reservation.Customer{wt.Guest("g1", 1)}
		wt.Publish(t, zone, 1, r)
		url := e.fresh(t, true)
		other := openAt(t, url, nil)
		double := behind("reservation_observations|customer_observations|reservations|customers")
		double.on.Store(true)
		w := openAt(t, url, double.wrap)
		begin(t, w)
		double.on.Store(false)
		mustLoad(t, other, options(zone))
		out, err := w.Forget(t.Context(), []Subject{{"opentable", "g1"}}, "receipt", clock())
		if err != nil || out.Absent != 0 || out.CustomerObservations != 1 || out.ReservationObservations != 1 {
			t.Errorf("got %+v, %v", out, err)
		}
		if got := ask(
			t,
			other,
			"SELECT COUNT(*) FROM reservations WHERE customer_id IS NOT NULL AND customer_id <> ''",
		); got[0] != "0" {
			t.Errorf("%s current bookings name the guest", got[0])
		}
		if n := double.began.Load(); n != 2 {
			t.Errorf("%d sessions", n)
		}
	})
}

// TestLookSaysThatItIsNone: something was loaded while a Look looked, and its own session does not see that.
func TestLookSaysThatItIsNone(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		other := openAt(t, url, nil)
		passed := ask(t, other, "SELECT MAX(passed) FROM load_gate")[0]
		double := &rewriting{text: func(query string) string {
			return strings.ReplaceAll(query, gateQuery.SQL, "SELECT CAST("+passed+" AS BIGINT) AS passed")
		}}
		double.on.Store(true)
		w := openAt(t, url, double.wrap)
		begin(t, w)
		double.on.Store(false)
		for n, want := range []error{nil, errStale, nil} {
			err := w.Look(t.Context(), func(*Look) error {
				if n == 1 {
					mustLoad(t, other, options(zone))
				}
				return nil
			})
			if (err != nil) != (want != nil) || err != nil && fault.KindOf(err) != fault.Temporary {
				t.Errorf("look %d: %v", n+1, err)
			}
		}
	})
}

// TestOneSignIn: opening a warehouse whose schema is there and loading into it is one session, whatever is asked on the way.
func TestOneSignIn(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		other := openAt(t, url, nil)
		double := behind("nothing")
		w := openAt(t, url, double.wrap)
		o := options(zone)
		o.Registry = registryOf(t, restaurantsYAML)
		mustLoad(t, w, o)
		if n := double.began.Load(); n != 1 {
			t.Errorf("%d sessions for one load", n)
		}
		if got := ask(t, other, "SELECT COUNT(*) FROM loads"); got[0] != "6" {
			t.Errorf("the ledger has %s rows", got[0])
		}
	})
}

// TestOneGate: a gate of two rows becomes one of one, and counts on.
func TestOneGate(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		url := e.fresh(t, true)
		w := openAt(t, url, nil)
		before := ask(t, w, "SELECT MAX(passed) FROM load_gate")
		passed, err := strconv.Atoi(before[0])
		if err != nil {
			t.Fatal(err)
		}
		asOwner(t, url, "INSERT INTO load_gate SELECT 0")
		if _, err := Migrate(t.Context(), machine.This(), ownersURL(url), false); err != nil {
			t.Fatal(err)
		}
		if err := w.drop(); err != nil { // its session began before, and need not see what was done since
			t.Fatal(err)
		}
		if got := ask(t, w, "SELECT passed FROM load_gate"); len(got) != 1 || got[0] != strconv.Itoa(passed+1) {
			t.Errorf("the gate's rows are %v, it had passed %d times", got, passed)
		}
		if _, err := w.Forget(t.Context(), []Subject{{"opentable", "g1"}}, "receipt", clock()); err != nil {
			t.Error(err)
		}
	})
}
