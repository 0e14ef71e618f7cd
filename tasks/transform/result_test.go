package main

import (
	"encoding/json"
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

// What is withheld by kind and what is passed over is named, the latter also where there was nothing to gather.
func TestWithheldAndPassedOverAreNamed(t *testing.T) {
	rank := func(n int64) lake.Rank { return lake.Rank{Contract: n, Source: 1, Key: 1} }
	over := []lake.PassedOver{{Reading: "r", Rank: rank(2), Why: "6 of 10", Stands: rank(1)}}
	const named = `"passed_over":["r at rank 0002.0001.0001 (6 of 10); rank 0001.0001.0001 stands"]`
	in := lake.Input{Reading: "q", Rows: map[string]int64{"customer": 0, "reservation": 2}, Counts: map[string]lake.ResultCounts{
		"customer":    {Received: 9, Accepted: 1, Merged: 2, Quarantined: 6, Withheld: "6 of 9"},
		"reservation": {Received: 2, Accepted: 2},
	}}
	for text, out := range map[string]transform.Outcome{
		`"counts":{"customer":{"accepted":1,"merged":2,"quarantined":6,"received":9,"rows":0},` +
			`"reservation":{"accepted":2,"quarantined":0,"received":2,"rows":2}}`: {
			Key: "k", Over: over, Manifest: lake.Processed{Inputs: []lake.Input{in}},
		},
		`"withheld_kinds":["customer of q"]`: {Key: "k", Over: over, Manifest: lake.Processed{Inputs: []lake.Input{in}}},
		`"withheld_kinds":[]`:                {Over: over},
	} {
		got, err := json.Marshal(resultOf(out, transform.Options{}))
		if err != nil || !strings.Contains(string(got), text) || !strings.Contains(string(got), named) {
			t.Errorf("want %s and %s in %s, %v", text, named, got, err)
		}
	}
	results := []lake.Found[lake.Result]{{Key: "k", Manifest: lake.Result{Counts: in.Counts}}}
	if text := resultOf(transform.Outcome{Results: results}, transform.Options{DryRun: true}).Text; !strings.Contains(text,
		"k (no customer rows: withheld)") {
		t.Errorf("got %q", text)
	}
}
