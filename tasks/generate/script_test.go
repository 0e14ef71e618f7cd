package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/scripttest"
)

const restaurants = "../../restaurants.yaml"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"generate": main})
}

// TestScripts runs the transcripts in testdata/script.
func TestScripts(t *testing.T) {
	registry, err := filepath.Abs(restaurants)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scripttest.Params("testdata/script", nil, "NO_COLOR=1", "GORACE=atexit_sleep_ms=0",
		"COVERS_RESTAURANTS="+registry))
}
