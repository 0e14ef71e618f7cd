package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/scripttest"
)

const restaurants = "../../restaurants.yaml"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mockapi": main, "bare": bareServer})
}

// TestScripts runs the transcripts in testdata/script.
func TestScripts(t *testing.T) {
	registry, err := filepath.Abs(restaurants)
	if err != nil {
		t.Fatal(err)
	}
	params := scripttest.Params("testdata/script", nil, "NO_COLOR=1", "GORACE=atexit_sleep_ms=0", "COVERS_RESTAURANTS="+registry,
		"COVERS_OPENTABLE_CLIENT_ID=ot", "COVERS_OPENTABLE_CLIENT_SECRET=ot-secret", "COVERS_THEFORK_CLIENT_ID=tf",
		"COVERS_THEFORK_CLIENT_SECRET=tf-secret")
	// get FILE PATH STATUS BODY: asks the server whose URL is in FILE, once it is, and looks for BODY in the reply.
	params.Cmds["get"] = func(ts *testscript.TestScript, _ bool, args []string) {
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
	}
	testscript.Run(t, params)
}
