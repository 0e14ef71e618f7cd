package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/scripttest"
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
		loadLake(t, ts.Getenv("WORK"))
	}
	testscript.Run(t, p)
}
