package quarantine

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

var ctx = context.Background()

const (
	reservations = reservation.KindReservation
	customers    = reservation.KindCustomer
)

func TestQuarantineShowsPlacesAndBodiesOnlyWhenAsked(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	vt.WriteReading(t, o, vt.First, map[string][]string{reservations: {
		vt.OpenTable(0), vt.OpenTable(1, `"Done"`, `"Gone"`, `"party_size":2`, `"party_size":0`),
	}})
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	sources := []source.Source{o.Source}
	q, err := List(ctx, Options{Staging: o.Staging, Sources: sources}, vt.Day, 50)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int64{"opentable/101": {"records": 1, "unknown_status": 1, "range": 1}}
	if d := cmp.Diff(want, q.Counts); d != "" || len(q.Listed) != 2 || strings.Contains(q.Text(vt.Day), "Gone") {
		t.Errorf("-want +got:\n%s\n%s", d, q.Text(vt.Day))
	}
	q, err = List(ctx, Options{Staging: o.Staging, Raw: o.Raw, Sources: sources, Reason: "range"}, vt.Day, 50)
	if err != nil || len(q.Listed) != 1 || !strings.Contains(q.Listed[0].Body, `"Gone"`) || q.Listed[0].Line != 2 {
		t.Errorf("with bodies: %+v, %v", q.Listed, err)
	}
	line, err := json.Marshal(q.Listed)
	if err != nil || strings.Contains(string(line), "Gone") || !strings.Contains(q.Text(vt.Day), "Gone") {
		t.Errorf("a body belongs in the text and in no JSON: %s, %v", line, err)
	}
}

// What is listed of one object is still true when the next ones have been read.
func TestListedRefusalsOutliveTheirObject(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefused = 1
	const each = 3000
	changes := map[string][]string{
		"20260329T000000.000Z-00000001": {`"Done"`, `"Gone"`},
		"20260329T010000.000Z-00000002": {`"party_size":`, `"party_size":-`},
		"20260329T020000.000Z-00000003": {`"rid":1001`, `"rid":9`},
	}
	fields := map[string]string{}
	for name, change := range changes {
		var bodies []string
		for i := range each {
			bodies = append(bodies, vt.OpenTable(i, change...))
		}
		id := vt.WriteReading(t, o, name, map[string][]string{reservations: bodies})
		fields[id.String()] = map[string]string{`"Done"`: "state", `"party_size":`: "party_size", `"rid":1001`: "rid"}[change[0]]
	}
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	l, err := List(ctx, Options{Staging: o.Staging, Sources: []source.Source{o.Source}}, vt.Day, 3*each)
	if err != nil || len(l.Listed) != 3*each {
		t.Fatalf("%d are listed, %v", len(l.Listed), err)
	}
	for i, x := range l.Listed {
		if x.Field != fields[x.Reading] || !strings.HasPrefix(x.Object, x.Reading+"/") || x.Line != int64(i%each+1) {
			t.Fatalf("the refusal at %d is %+v", i, x)
		}
	}
}
