// Package scripttest holds what the command lines' transcripts share (rogpeppe/go-internal/testscript): a step is run as a
// real process, and its exit code, result line and files are looked at. Start with Params.
package scripttest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Params runs the scripts of a folder with these commands:
//
//	exits CODE program [args...]   the program ends with that code; its output is kept for stdout and stderr
//	json FILE FIELD VALUE          a field of a line of JSON, dotted for nested ones and elements, is this JSON
//	files DIR N                    so many files are below DIR
//
// setup may be nil; vars ("NAME=value") are added to the environment, with $WORK replaced by the script's folder.
func Params(dir string, setup func(*testscript.Env) error, vars ...string) testscript.Params {
	return testscript.Params{
		Dir: dir, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			for _, v := range vars {
				e.Vars = append(e.Vars, strings.ReplaceAll(v, "$WORK", e.WorkDir))
			}
			if setup == nil {
				return nil
			}
			return setup(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "json": field, "files": files},
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	CheckCode(ts, ts.Exec(args[1], args[2:]...), want)
}

// CheckCode fails the script unless a program whose run gave err ended with that exit code.
func CheckCode(ts *testscript.TestScript, err error, want int) {
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func field(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for name := range strings.SplitSeq(args[1], ".") {
		v = inside(v, name)
	}
	got, err := json.Marshal(v)
	ts.Check(err)
	if string(got) != args[2] {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}

// inside returns a field of an object or an element of a list; nil where there is none.
func inside(v any, name string) any {
	if list, ok := v.([]any); ok {
		if i, err := strconv.Atoi(name); err == nil && 0 <= i && i < len(list) {
			return list[i]
		}
		return nil
	}
	object, _ := v.(map[string]any)
	return object[name]
}

func files(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	err := filepath.WalkDir(ts.MkAbs(args[0]), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	if strconv.Itoa(n) != args[1] {
		ts.Fatalf("%d files below %s, want %s", n, args[0], args[1])
	}
}
