package main

import (
	"strings"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/transform"
)

func TestADryRunSaysWhatItWouldGather(t *testing.T) {
	o := transform.Options{DryRun: true}
	found := []lake.Found[lake.Result]{{Key: "opentable/101"}, {Key: "opentable/102", Manifest: lake.Result{Refused: true}}}
	text := resultOf(transform.Outcome{Results: found}, o).Text
	begins := strings.HasPrefix(text, "would gather 2 results:\n")
	if !begins || strings.Count(text, "refused") != 1 || strings.Count(text, "\n") != 3 {
		t.Errorf("got %q", text)
	}
	if got := resultOf(transform.Outcome{}, o).Text; got != "would gather 0 results\n" {
		t.Errorf("got %q", got)
	}
}
