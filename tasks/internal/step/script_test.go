//go:build unix

package step

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// started is the key of the process that a script started.
type started struct{}

// TestScripts runs the transcripts in testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "NO_COLOR=1", "GORACE=atexit_sleep_ms=0")
			e.Values[started{}] = new(exec.Cmd)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exits CODE program [args...]: the program ends with that code; its output is kept for stdout and stderr.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				checkCode(ts, err, want)
			},
			// fifo NAME makes a named pipe. ready NAME waits until a process has opened it.
			"fifo": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o600))
			},
			"ready": func(ts *testscript.TestScript, _ bool, args []string) {
				_, err := os.ReadFile(ts.MkAbs(args[0]))
				ts.Check(err)
			},
			// start program [args...] starts a process; stopped CODE [SIGNAL...] sends it signals, waits for its end and leaves
			// its output in the files out and log.
			"start": func(ts *testscript.TestScript, _ bool, args []string) {
				path, err := exec.LookPath(args[0])
				ts.Check(err)
				p := ts.Value(started{}).(*exec.Cmd)
				*p = exec.Cmd{
					Path: path, Args: args, Dir: ts.MkAbs("."),
					Env: environment(ts, "PATH", "HOME", "NO_COLOR", "GORACE", "EXAMPLE_GRACE", "EXAMPLE_HARD",
						"EXAMPLE_XCOM", "GOCOVERDIR"),
					Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer),
				}
				ts.Check(p.Start())
				ts.Defer(func() { _ = p.Process.Kill() })
			},
			"stopped": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				process := ts.Value(started{}).(*exec.Cmd)
				for _, name := range args[1:] {
					ts.Check(process.Process.Signal(map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[name]))
				}
				err = process.Wait()
				ts.Check(os.WriteFile(ts.MkAbs("out"), process.Stdout.(*bytes.Buffer).Bytes(), 0o600))
				ts.Check(os.WriteFile(ts.MkAbs("log"), process.Stderr.(*bytes.Buffer).Bytes(), 0o600))
				checkCode(ts, err, want)
			},
			// result FILE: it is one line that conforms to the schema. logs FILE: each line is a JSON object.
			"result": func(ts *testscript.TestScript, _ bool, args []string) {
				if problem := checkResult([]byte(ts.ReadFile(args[0]))); problem != nil {
					ts.Fatalf("%v", problem)
				}
			},
			"logs": func(ts *testscript.TestScript, _ bool, args []string) {
				if problem := checkLogs([]byte(ts.ReadFile(args[0]))); problem != nil {
					ts.Fatalf("%v", problem)
				}
			},
			// json FILE FIELD VALUE: a field of the line, dotted for nested ones, as JSON.
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

func checkCode(ts *testscript.TestScript, err error, want int) {
	got := 0
	if err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func environment(ts *testscript.TestScript, names ...string) (env []string) {
	for _, name := range names {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}
