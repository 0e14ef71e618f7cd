package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/scripttest"
	vt "covers/tasks/internal/validate/validatetest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"validate": main}) }

func TestScripts(t *testing.T) {
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scripttest.Params("testdata/script", func(e *testscript.Env) error { return sampleLake(t, e.WorkDir) },
		"COVERS_RESTAURANTS="+restaurants, "COVERS_RAW=file://$WORK/raw", "COVERS_STAGING=file://$WORK/staging",
		"COVERS_PROCESSED=file://$WORK/processed", "COVERS_WAREHOUSE=duckdb://$WORK/covers.duckdb",
		"COVERS_TOKEN_KEY=a token key for tests, long enough"))
}

// sampleLake writes a reading of opentable/101 with ten records, one of them refused twice over.
func sampleLake(t *testing.T, dir string) error {
	o := vt.Options(t, "opentable/101")
	raw, err := lake.Open(t.Context(), machine.This(), "file://"+dir+"/raw")
	if err != nil {
		return err
	}
	defer raw.Close()
	o.Raw = raw
	bodies := vt.Many(10, vt.OpenTable)
	bodies[3] = vt.OpenTable(3, `"Done"`, `"Gone"`, `"party_size":4`, `"party_size":0`)
	vt.WriteReading(t, o, vt.First, map[string][]string{reservation.KindReservation: bodies})
	return nil
}
