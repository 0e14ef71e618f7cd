package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"covers/tasks/internal/step"
)

// Of two zones that cannot be opened each verb tells of the same one in every run: raw's.
func TestTwoBadZones(t *testing.T) {
	dir := t.TempDir()
	makeWarehouse(t, dir)
	t.Setenv("COVERS_OPENTABLE_CLIENT_ID", "id")
	t.Setenv("COVERS_OPENTABLE_CLIENT_SECRET", "secret")
	zones := []string{
		"--raw=file:///dev/null/raw",
		"--staging=file:///dev/null/staging",
		"--processed=file:///dev/null/processed",
	}
	warehouse := "--warehouse=duckdb://" + dir + "/covers.duckdb"
	for name, args := range map[string][]string{
		"tidy":   append([]string{"tidy"}, zones...),
		"forget": append([]string{"forget", warehouse, "--platform=opentable", "--dry-run"}, zones...),
		"verify": append([]string{"verify", warehouse, "--day=2026-03-27"}, zones...),
		"reconcile": {
			"reconcile", warehouse, "--day=2026-03-27", "--source=opentable/101", "--restaurants=../../restaurants.yaml",
			zones[0], zones[2],
		},
	} {
		var first string
		for i := range 50 {
			var stdout, stderr bytes.Buffer
			code := step.Run(t.Context(), definition(), step.IO{Stdout: &stdout, Stderr: &stderr}, args)
			var result step.Result
			if err := json.Unmarshal(stdout.Bytes(), &result); err != nil || code == 0 || result.Error == nil {
				t.Fatalf("%s: exit %d, %s%s%v", name, code, &stdout, &stderr, err)
			}
			if i == 0 {
				first = result.Error.Message
			}
			if result.Error.Message != first || !strings.Contains(first, "/dev/null/raw") {
				t.Fatalf("%s, run %d: %s, at first %s", name, i, result.Error.Message, first)
			}
		}
	}
}
