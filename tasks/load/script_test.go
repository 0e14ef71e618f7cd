//go:build cgo

package main

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/load/loadtest"
	"covers/tasks/internal/scripttest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"load": main}) }

// TestScripts runs the transcripts in testdata/script: the command line on a world of two days.
func TestScripts(t *testing.T) {
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	params := scripttest.Params("testdata/script", func(e *testscript.Env) error {
		loadtest.World(t, e.WorkDir)
		return nil
	}, "COVERS_RAW=file://$WORK/raw", "COVERS_STAGING=file://$WORK/staging", "COVERS_PROCESSED=file://$WORK/processed",
		"COVERS_RESTAURANTS="+restaurants, "COVERS_WAREHOUSE=duckdb://$WORK/covers.duckdb")
	// sql FILE STATEMENT: what somebody did to the warehouse by hand.
	params.Cmds["sql"] = func(ts *testscript.TestScript, _ bool, args []string) {
		db, err := sql.Open("duckdb", ts.MkAbs(args[0]))
		ts.Check(err)
		_, err = db.Exec(args[1])
		ts.Check(errors.Join(err, db.Close()))
	}
	testscript.Run(t, params)
}
