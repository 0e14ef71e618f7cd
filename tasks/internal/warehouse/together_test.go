package warehouse

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

func isGate(call string) bool { return strings.HasPrefix(call, "UPDATE load_gate") }

// publishDays publishes three days of which each continues the one before, with an erasure on the last, and on the second a
// booking and a guest that are absent and come back on the last.
func publishDays(t testing.TB, zone *lake.Zone) {
	t.Helper()
	for i, day := range days {
		a, b := reading(day, 1), reading(day, 2)
		b.Source = "opentable/102"
		for n := range 5 {
			a.Reservations = append(a.Reservations, wt.Booking(n+i, int64(i), fmt.Sprintf("g%d", n)))
			b.Reservations = append(b.Reservations, wt.Booking(10+n+i, int64(i), fmt.Sprintf("g%d", n)))
			a.Customers = append(a.Customers, wt.Guest(fmt.Sprintf("g%d", n), int64(i)))
		}
		if i == 1 {
			b.Merged = []reservation.Merge{wt.Merged("g4", "g1")}
			b.Absent = []reservation.Absence{wt.AbsentBooking(12), wt.AbsentGuest("g3")}
		}
		if i == 2 {
			b.Erasures = []reservation.Erasure{wt.Erase("g1")}
		}
		wt.Publish(t, zone, 2, a, b)
	}
}

// undisturbed is what one load from scratch makes of a zone.
func undisturbed(t testing.TB, e underTest, zone *lake.Zone) map[string]string {
	t.Helper()
	w := openNew(t, e)
	mustLoad(t, w, options(zone))
	return tables(t, w)
}

// TestLoadsAtOnce: several loads of the same and of different days, all at once in one warehouse, make what one after the
// other make, and the ledger has each reading once.
func TestLoadsAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		asked := [][]string{nil, days[:1], days[:1], days[1:], days[2:], nil}
		var wg sync.WaitGroup
		taken := make([]int, len(asked))
		for i, of := range asked {
			w := openAt(t, url, nil)
			wg.Go(func() {
				out, err := w.Load(context.Background(), options(zone, of...))
				if err != nil {
					t.Errorf("load %v: %v", of, err)
				}
				taken[i] = len(out.Taken)
			})
		}
		wg.Wait()
		sum := 0
		for _, n := range taken {
			sum += n
		}
		if sum != 6 {
			t.Errorf("the loads took %v readings, want 6 in all", taken)
		}
		w := openAt(t, url, nil)
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, w)); diff != "" {
			t.Errorf("- one load, + loads at once:\n%s", diff)
		}
	})
}

// TestOvertaken: a load that has landed and begun its transaction is overtaken by a whole other load. It begins again, and
// finds in the ledger that nothing is left.
func TestOvertaken(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		other := openAt(t, url, nil)
		gates := 0
		w := openAt(t, url, func(c driver.Connector) driver.Connector {
			return &hooked{Connector: c, before: func(call string) error {
				if !isGate(call) {
					return nil
				}
				if gates++; gates == 1 {
					mustLoad(t, other, options(zone, days[0], days[1]))
				}
				return nil
			}}
		})
		out := mustLoad(t, w, options(zone))
		if len(out.Taken) != 2 || gates > 2 {
			t.Errorf("took %d readings in %d tries, want the 2 that the other load left", len(out.Taken), gates)
		}
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, w)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWaits: a load that meets another one behind the gate waits for it; with no patience it gives up with a temporary
// fault, having changed nothing.
func TestWaits(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		var wg sync.WaitGroup
		met := make(chan struct{})
		var once sync.Once
		second := openAt(t, url, func(c driver.Connector) driver.Connector {
			return &hooked{Connector: c, after: func(call string, err error) error {
				if isGate(call) && err != nil {
					once.Do(func() { close(met) })
				}
				return err
			}}
		})
		hasty := openAt(t, url, nil)
		hasty.patience = 0
		first := openAt(t, url, func(c driver.Connector) driver.Connector {
			return &hooked{Connector: c, after: func(call string, err error) error {
				if !isGate(call) {
					return err
				}
				if _, err := hasty.Load(context.Background(), options(zone, days[0])); fault.KindOf(err) != fault.Temporary {
					t.Errorf("without patience: %v, want a temporary fault", err)
				}
				wg.Go(func() {
					if _, err := second.Load(context.Background(), options(zone, days[1:]...)); err != nil {
						t.Errorf("the second load: %v", err)
					}
				})
				<-met
				return err
			}}
		})
		mustLoad(t, first, options(zone, days[:2]...))
		wg.Wait()
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, first)); diff != "" {
			t.Error(diff)
		}
	})
}

var errInjected = errors.New("injected")

// TestFailsAnywhere fails a load at its n-th call to the engine, for every n: before the call is made, or after, when it has
// taken effect but its answer is lost. Nothing is changed, unless it was the commit's answer that was lost; and the load that
// follows makes what an undisturbed one makes.
func TestFailsAnywhere(t *testing.T) {
	for _, how := range []string{"before", "after", "cut"} {
		t.Run(how, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e underTest) { failAnywhere(t, e, how) })
		})
	}
}

// failStep is how far apart the calls are that fail. After one call is as before the next: of these two no place is left out; of
// cut connections every second is.
var failStep int64 = 2

func failAnywhere(t *testing.T, e underTest, how string) {
	zone := newZone(t)
	publishDays(t, zone)
	want := undisturbed(t, e, zone)
	url := e.fresh(t, true)
	var calls, failAt atomic.Int64
	committed := false
	fails := func() bool { return calls.Add(1) == failAt.Load() }
	w := openAt(t, url, func(c driver.Connector) driver.Connector {
		h := &hooked{Connector: c}
		switch how {
		case "before":
			h.before = func(string) error {
				if fails() {
					return errInjected
				}
				return nil
			}
		case "after":
			h.after = func(call string, err error) error {
				if fails() && err == nil {
					committed = committed || call == "COMMIT"
					return errInjected
				}
				return err
			}
		case "cut": // the connection is gone, and with it its transaction
			h.before = func(string) error {
				if fails() {
					return driver.ErrBadConn
				}
				return nil
			}
		}
		return h
	})
	w.outage = 0
	plain := openAt(t, url, nil)
	mustLoad(t, plain, options(zone, days[0]))
	before := tables(t, plain)
	n := int64(1)
	for ; ; n += failStep {
		calls.Store(0)
		failAt.Store(n)
		out, err := w.Load(context.Background(), options(zone))
		if err == nil {
			if calls.Load() >= n && !committed {
				t.Fatalf("call %d failed and the load did not", n)
			}
			if !committed && len(out.Taken) != 4 {
				t.Fatalf("took %d readings, want 4", len(out.Taken))
			}
			break
		}
		if !errors.Is(err, errInjected) && !errors.Is(err, driver.ErrBadConn) {
			t.Fatalf("call %d: %v", n, err)
		}
		if committed {
			continue // the next one finds everything there
		}
		if diff := gocmp.Diff(before, tables(t, plain)); diff != "" {
			t.Fatalf("call %d failed and something changed:\n%s", n, diff)
		}
	}
	if n < 40 {
		t.Errorf("only %d calls were failed: is the hook in place?", n-1)
	}
	if diff := gocmp.Diff(want, tables(t, plain)); diff != "" {
		t.Errorf("- undisturbed, + after %d failures:\n%s", n-1, diff)
	}
}

// TestStopped: a done context ends the load, changes nothing, and is no defect.
func TestStopped(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone := newZone(t)
		publishDays(t, zone)
		url := e.fresh(t, true)
		plain := openAt(t, url, nil)
		before := tables(t, plain)
		ctx, cancel := context.WithCancel(t.Context())
		w := openAt(t, url, func(c driver.Connector) driver.Connector {
			return &hooked{Connector: c, before: func(call string) error {
				if isGate(call) {
					cancel()
				}
				return nil
			}}
		})
		if _, err := w.Load(ctx, options(zone)); fault.KindOf(err) != fault.Stopped {
			t.Errorf("got %v", err)
		}
		if diff := gocmp.Diff(before, tables(t, plain)); diff != "" {
			t.Error(diff)
		}
	})
}

// asleep gives a warehouse a clock that goes by sleeping alone, and returns how long it has slept.
func asleep(w *Warehouse) *time.Duration {
	slept := new(time.Duration)
	w.machine.Now = func() time.Time { return clock().Add(*slept) }
	w.machine.Sleep = func(ctx context.Context, d time.Duration) error {
		*slept += d
		return ctx.Err()
	}
	return slept
}

// forgetful is an engine that takes the injected error for a lost answer.
type forgetful struct{ engine.Engine }

func (forgetful) Lost(err error) bool { return errors.Is(err, errInjected) }

// TestLostAnswers: a load whose statement or commit had no answer begins again in a new session, says what it did, and does it
// once; after some tries it gives up.
func TestLostAnswers(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		for _, c := range []struct {
			lost  string
			times int
			fails bool
		}{{"INSERT INTO loads", 3, false}, {"INSERT INTO loads", 1 << 30, true}, {"COMMIT", 1, false}} {
			zone := newZone(t)
			publishDays(t, zone)
			left := c.times
			on := false
			w := openAt(t, e.fresh(t, false), func(d driver.Connector) driver.Connector {
				return &hooked{Connector: d, after: func(call string, err error) error {
					if on && left > 0 && strings.HasPrefix(call, c.lost) {
						left--
						return errInjected
					}
					return err
				}}
			})
			w.engine = forgetful{w.engine}
			slept := asleep(w)
			on = true
			out, err := w.Load(t.Context(), options(zone))
			if c.fails && (*slept < 5*time.Minute || *slept > 5*time.Minute+30*time.Second) {
				t.Errorf("it gave up after %v", *slept)
			}
			if (err != nil) != c.fails || (left != 0) != c.fails {
				t.Errorf("%d answers to %s lost: %v, %d left", c.times, c.lost, err, left)
			}
			want := "6|6"
			if c.fails {
				want = "0|0"
			} else if len(out.Taken) != 6 || out.TouchedReservations == 0 || len(out.ServiceDates) == 0 {
				t.Errorf("%d answers to %s lost: it says %+v", c.times, c.lost, out)
			}
			if got := ask(t, w, "SELECT COUNT(*), COUNT(DISTINCT reading) FROM loads"); got[0] != want {
				t.Errorf("%d answers to %s lost: the ledger has %s, want %s", c.times, c.lost, got[0], want)
			}
		}
	})
}
