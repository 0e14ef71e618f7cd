//go:build unix

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/scripttest"
	"covers/tasks/internal/thefork"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"extract": main, "bare": bareClient})
}

// hanging is the key of a script's channel that tells of calls without an answer.
type hanging struct{}

// TestScripts runs the transcripts in testdata/script: the command line against fake platforms.
func TestScripts(t *testing.T) {
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	params := scripttest.Params("testdata/script", func(e *testscript.Env) error {
		e.Values[hanging{}] = make(chan struct{}, 1000)
		return nil
	}, "COVERS_RESTAURANTS="+restaurants, "COVERS_RAW=file://$WORK/raw", "COVERS_REQUESTS_PER_SECOND=100000",
		"COVERS_OPENTABLE_CLIENT_ID="+platformtest.ClientID, "COVERS_OPENTABLE_CLIENT_SECRET="+platformtest.ClientSecret,
		"SECRET="+platformtest.ClientSecret,
		"COVERS_THEFORK_CLIENT_ID="+platformtest.ClientID, "COVERS_THEFORK_CLIENT_SECRET="+platformtest.ClientSecret)
	// platforms N [FAULT [SECONDS]]: both platforms serve lists of N records; with a fault, a status or "hang", from then on, and
	// ask to wait so long. "unread" is a status of 500 for the second record of TheFork's alone.
	params.Cmds["platforms"] = func(ts *testscript.TestScript, _ bool, args []string) { startPlatforms(ts, args) }
	// stops SIGNAL CODE program [args...]: the program, sent the signal once it is at the platform, ends with that code.
	params.Cmds["stops"] = func(ts *testscript.TestScript, _ bool, args []string) { stop(ts, args) }
	testscript.Run(t, params)
}

// cleanup makes a script what platformtest.New wants.
type cleanup struct{ ts *testscript.TestScript }

func (c cleanup) Cleanup(f func()) { c.ts.Defer(f) }

func startPlatforms(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	fake := platformtest.New(cleanup{ts})
	f := platformtest.Fault{}
	if len(args) > 1 && args[1] != "hang" && args[1] != "unread" {
		f.Status, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	if len(args) > 2 {
		f.Header = map[string]string{"Retry-After": args[2]}
	}
	hang := len(args) > 1 && args[1] == "hang"
	unread := len(args) > 1 && args[1] == "unread"
	met := ts.Value(hanging{}).(chan struct{})
	fake.Lock(func() { // the program is another process: nothing else orders this before its calls
		fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(n)
		fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(n)
		fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(n)
		fake.Lists[thefork.CustomersPath] = platformtest.TheForkRecords(n)
		fake.Before = func(_ int, r *http.Request) platformtest.Fault {
			if unread && strings.HasSuffix(r.URL.Path, "000000000001") {
				return platformtest.Fault{Status: 500}
			}
			if hang {
				met <- struct{}{}
				return platformtest.Fault{Hang: true}
			}
			return f
		}
	})
	for _, name := range []string{"OPENTABLE_URL", "OPENTABLE_AUTH_URL", "THEFORK_AUTH_URL"} {
		ts.Setenv("COVERS_"+name, fake.URL)
	}
	ts.Setenv("COVERS_THEFORK_URL", fake.URL+thefork.BasePath)
}

func stop(ts *testscript.TestScript, args []string) {
	signal := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[args[0]]
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{
		"RESTAURANTS", "RAW", "OPENTABLE_CLIENT_ID", "OPENTABLE_CLIENT_SECRET", "OPENTABLE_URL", "OPENTABLE_AUTH_URL",
	} {
		cmd.Env = append(cmd.Env, "COVERS_"+name+"="+ts.Getenv("COVERS_"+name))
	}
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	defer out.Close()
	cmd.Stdout = out
	ts.Check(cmd.Start())
	<-ts.Value(hanging{}).(chan struct{})
	ts.Check(cmd.Process.Signal(signal))
	scripttest.CheckCode(ts, cmd.Wait(), want)
}
