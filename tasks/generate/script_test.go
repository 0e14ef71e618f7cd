package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"generate": main})
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
			e.Vars = append(e.Vars, "NO_COLOR=1", "GORACE=atexit_sleep_ms=0", "COVERS_RESTAURANTS="+registry)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits CODE program [args...]: the program ends with that code; its output is kept for stdout and stderr.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				got := "0"
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					text, err := json.Marshal(exit.ExitCode())
					ts.Check(err)
					got = string(text)
				}
				if got != args[0] {
					ts.Fatalf("exit code %s, want %s", got, args[0])
				}
			},
			// json FILE FIELD VALUE: a field of the one line, dotted for nested ones, as JSON.
			"json": func(ts *testscript.TestScript, _ bool, args []string) {
				var v any
				ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
				for _, name := range strings.Split(args[1], ".") {
					object, _ := v.(map[string]any)
					v = object[name]
				}
				got, err := json.Marshal(v)
				ts.Check(err)
				if string(got) != args[2] {
					ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
				}
			},
		},
	})
}
