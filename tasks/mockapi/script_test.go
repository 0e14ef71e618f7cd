package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mockapi": main, "bare": bareServer})
}

// TestScripts runs the transcripts in testdata/script.
func TestScripts(t *testing.T) {
	registry, err := filepath.Abs(restaurants)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "NO_COLOR=1", "GORACE=atexit_sleep_ms=0", "COVERS_RESTAURANTS="+registry,
				"COVERS_OPENTABLE_CLIENT_ID=ot", "COVERS_OPENTABLE_CLIENT_SECRET=ot-secret", "COVERS_THEFORK_CLIENT_ID=tf", "COVERS_THEFORK_CLIENT_SECRET=tf-secret")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits CODE program [args...]: the program ends with that code; its output is kept for stdout and stderr.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				got := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					got = exit.ExitCode()
				}
				if strconv.Itoa(got) != args[0] {
					ts.Fatalf("exit code %d, want %s", got, args[0])
				}
			},
			// get FILE PATH STATUS BODY: asks the server whose URL is in FILE, once it is, and looks for BODY in the reply.
			"get": func(ts *testscript.TestScript, _ bool, args []string) {
				path := ts.MkAbs(args[0])
				text, err := os.ReadFile(path)
				for ; err != nil; text, err = os.ReadFile(path) {
					if t.Context().Err() != nil {
						ts.Fatalf("no server")
					}
					runtime.Gosched()
				}
				res, err := http.Get(strings.TrimSpace(string(text)) + args[1])
				ts.Check(err)
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				ts.Check(err)
				if strconv.Itoa(res.StatusCode) != args[2] || !strings.Contains(string(body), args[3]) {
					ts.Fatalf("%d %s", res.StatusCode, body)
				}
			},
			// field NAME VALUE: a field of the result on stdout, dotted for nested ones, as JSON.
			"field": func(ts *testscript.TestScript, _ bool, args []string) {
				var v any
				ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
				for _, name := range strings.Split(args[0], ".") {
					object, _ := v.(map[string]any)
					v = object[name]
				}
				got, err := json.Marshal(v)
				ts.Check(err)
				if string(got) != args[1] {
					ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
				}
			},
		},
	})
}
