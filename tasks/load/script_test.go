//go:build cgo

package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"load": main}) }

// TestScripts runs the transcripts in testdata/script: the command line on a world of two days.
func TestScripts(t *testing.T) {
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			world(t, e.WorkDir)
			for _, zone := range []string{"raw", "staging", "processed"} {
				e.Vars = append(e.Vars, "COVERS_"+strings.ToUpper(zone)+"=file://"+e.WorkDir+"/"+zone)
			}
			e.Vars = append(e.Vars, "COVERS_RESTAURANTS="+restaurants, "COVERS_WAREHOUSE=duckdb://"+e.WorkDir+"/covers.duckdb")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits CODE program [args...]: the program ends with that code; its output is kept for stdout and stderr.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					exit, ok := errors.AsType[*exec.ExitError](err)
					if !ok {
						ts.Fatalf("%v", err)
					}
					got = exit.ExitCode()
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
			},
			// sql FILE STATEMENT: what somebody did to the warehouse by hand.
			"sql": func(ts *testscript.TestScript, _ bool, args []string) {
				db, err := sql.Open("duckdb", ts.MkAbs(args[0]))
				ts.Check(err)
				_, err = db.Exec(args[1])
				ts.Check(errors.Join(err, db.Close()))
			},
			// json FILE FIELD VALUE: a field of the line, dotted for nested ones and elements, as JSON.
			"json": func(ts *testscript.TestScript, _ bool, args []string) {
				var v any
				ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
				for name := range strings.SplitSeq(args[1], ".") {
					if list, ok := v.([]any); ok {
						i, err := strconv.Atoi(name)
						ts.Check(err)
						if i >= len(list) {
							ts.Fatalf("%s: the list has %d elements", args[1], len(list))
						}
						v = list[i]
						continue
					}
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
