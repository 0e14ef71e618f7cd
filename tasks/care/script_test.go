package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	rt "covers/tasks/internal/reconcile/reconciletest"
	"covers/tasks/internal/scripttest"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"care": main}) }

func TestScripts(t *testing.T) {
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := scripttest.Params("testdata/script", nil,
		"COVERS_RESTAURANTS="+restaurants, "COVERS_RAW=file://$WORK/raw", "COVERS_STAGING=file://$WORK/staging",
		"COVERS_PROCESSED=file://$WORK/processed", "COVERS_WAREHOUSE=duckdb://$WORK/covers.duckdb",
		"COVERS_TOKEN_KEY=a token key for tests, long enough")
	p.Cmds["warehouse"] = func(ts *testscript.TestScript, _ bool, _ []string) {
		makeWarehouse(t, ts.Getenv("WORK"))
	}
	// lake: the way of two readings through raw, staging and processed.
	p.Cmds["lake"] = func(ts *testscript.TestScript, _ bool, _ []string) {
		makeLake(t, ts.Getenv("WORK"))
	}
	// whole: two days, in every stage; sql changes the warehouse.
	p.Cmds["whole"] = func(ts *testscript.TestScript, _ bool, _ []string) { makeTwoDays(t, ts.Getenv("WORK")) }
	p.Cmds["sql"] = func(ts *testscript.TestScript, _ bool, args []string) {
		wt.ExecDuckDB(t, ts.MkAbs("covers.duckdb"), strings.Join(args, " "))
	}
	// person: a guest of both platforms, and another.
	p.Cmds["person"] = func(ts *testscript.TestScript, _ bool, _ []string) { makePerson(t, ts.Getenv("WORK")) }
	// held: a day with guests, and one whose requests to forget them are held.
	p.Cmds["held"] = func(ts *testscript.TestScript, _ bool, _ []string) { makeHeld(t, ts.Getenv("WORK")) }
	p.Cmds["platform"] = func(ts *testscript.TestScript, _ bool, args []string) { servePlatform(t, ts, args) }
	p.Cmds["kills"] = kills
	testscript.Run(t, p)
}

// lastHangs has, by a script's folder, the channel that tells of calls without an answer.
var lastHangs sync.Map

// servePlatform ("platform [N]") serves OpenTable beside a warehouse: a booking that both have, one that each has alone, and
// a guest that the warehouse lacks. From the N-th request on it does not answer.
func servePlatform(t *testing.T, ts *testscript.TestScript, args []string) {
	r := rt.New(t, "opentable/101")
	r.Warehouse = ts.Getenv("COVERS_WAREHOUSE")
	const at, changed = "2026-03-21T19:00:00", "2026-03-21T12:00:00"
	r.Load([]string{rt.OT("both", 1, at, 2, ""), rt.OT("gone", 1, at, 2, "")}, nil)
	met := make(chan struct{}, 100)
	hang := 1 << 30
	if len(args) > 0 {
		var err error
		hang, err = strconv.Atoi(args[0])
		ts.Check(err)
	}
	r.Fake.Lock(func() { // the program is another process: nothing else orders this before its calls
		r.Serve(opentable.ReservationsPath, rt.OT("both", 1, at, 2, ""), rt.OT("missing", 3, at, 2, "planted"))
		r.Serve(opentable.GuestsPath, rt.Guest("planted", 1, changed))
		r.Fake.Before = func(n int, _ *http.Request) platformtest.Fault {
			if n < hang {
				return platformtest.Fault{}
			}
			met <- struct{}{}
			return platformtest.Fault{Hang: true}
		}
	})
	lastHangs.Store(ts.Getenv("WORK"), met)
	for name, value := range map[string]string{
		"OPENTABLE_URL": r.Fake.URL, "OPENTABLE_AUTH_URL": r.Fake.URL, "REQUESTS_PER_SECOND": "100000",
		"OPENTABLE_CLIENT_ID": platformtest.ClientID, "OPENTABLE_CLIENT_SECRET": platformtest.ClientSecret,
	} {
		ts.Setenv("COVERS_"+name, value)
	}
}

// kills ("kills program [args...]") kills the program once the platform does not answer it.
func kills(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	for _, name := range []string{
		"RESTAURANTS", "RAW", "PROCESSED", "WAREHOUSE", "OPENTABLE_URL", "OPENTABLE_AUTH_URL",
		"OPENTABLE_CLIENT_ID", "OPENTABLE_CLIENT_SECRET",
	} {
		cmd.Env = append(cmd.Env, "COVERS_"+name+"="+ts.Getenv("COVERS_"+name))
	}
	ts.Check(cmd.Start())
	met, _ := lastHangs.Load(ts.Getenv("WORK"))
	<-met.(chan struct{})
	ts.Check(cmd.Process.Kill())
	_ = cmd.Wait()
}
