package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/source"
)

func TestQuarantineShowsPlacesAndBodiesOnlyWhenAsked(t *testing.T) {
	o := options(t, "opentable/101")
	o.MaxRefused = 1
	writeReading(t, o, first, map[string][]string{reservations: {openTable(0), openTable(1, `"Done"`, `"Gone"`, `"party_size":2`, `"party_size":0`)}})
	if _, err := Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	sources := []source.Source{o.Source}
	q, err := Quarantine(ctx, o.Staging, nil, sources, day, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int64{"opentable/101": {"records": 1, "unknown_status": 1, "range": 1}}
	if d := cmp.Diff(want, q.Counts); d != "" || len(q.Listed) != 2 || strings.Contains(q.text(day), "Gone") {
		t.Errorf("-want +got:\n%s\n%s", d, q.text(day))
	}
	q, err = Quarantine(ctx, o.Staging, o.Raw, sources, day, "range", 50)
	if err != nil || len(q.Listed) != 1 || !strings.Contains(q.Listed[0].Body, `"Gone"`) || q.Listed[0].Line != 2 {
		t.Errorf("with bodies: %+v, %v", q.Listed, err)
	}
	line, err := json.Marshal(q.Listed)
	if err != nil || strings.Contains(string(line), "Gone") || !strings.Contains(q.text(day), "Gone") {
		t.Errorf("a body belongs in the text and in no JSON: %s, %v", line, err)
	}
}
