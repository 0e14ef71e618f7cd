package quarantine

import (
	"context"
	"encoding/json"
	"slices"
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

// What was refused, what was left out and what was not read are told apart, in the list, its counts and the causes.
func TestTheListSaysWhatBecame(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	records := vt.RecordLines(reservations,
		vt.OpenTable(0), vt.OpenTable(1, `"currency_denominator":100`, `"currency_denominator":"100"`),
		vt.OpenTable(2, `"party_size":3`, `"party_size":0`),
		vt.OpenTable(3, `"currency_denominator":100`, `"currency_denominator":"x"`),
	)
	id := vt.WriteLines(t, o, vt.First, map[string][][]byte{
		reservations: append(records, vt.UnreadLine(reservations, "1001-a", "500")),
	})
	if _, err := validate.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	sources := []source.Source{o.Source}
	l, err := List(ctx, Options{Staging: o.Staging, Sources: sources}, vt.Day, 50)
	if err != nil {
		t.Fatal(err)
	}
	counts := l.Counts["opentable/101"]
	if counts["records"] != 1 || counts["range"] != 1 || counts["noted"] != 2 || counts["unread"] != 1 ||
		counts["noted.type currency_denominator"] != 2 {
		t.Errorf("%v", counts)
	}
	got := map[Became][]int64{}
	for _, x := range l.Listed {
		if !slices.Contains(got[x.Became], x.Line) {
			got[x.Became] = append(got[x.Became], x.Line)
		}
	}
	if d := cmp.Diff(map[Became][]int64{Refused: {3}, LeftOut: {2, 4}, NotRead: {5}}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	text := l.Text(vt.Day)
	for _, says := range []string{
		"1 records of 2026-03-28 are in quarantine", "2 went in without a field", "1 were not read",
		"│ refused  │ range  │", "│ not read │ unread │", "│ left out │ type   │ currency_denominator",
		"line 5       not read  unread          the record: 500",
	} {
		if !strings.Contains(text, says) {
			t.Errorf("no %q in\n%s", says, text)
		}
	}
	only, err := List(ctx, Options{Staging: o.Staging, Sources: sources, Reason: "unread"}, vt.Day, 50)
	if n := only.Counts["opentable/101"]; err != nil || len(only.Listed) != 1 || n["unread"] != 1 || n["noted"] != 0 ||
		n["records"] != 0 {
		t.Errorf("%+v, %v", only, err)
	}
	causes, err := Causes(ctx, Options{Staging: o.Staging, Sources: sources}, []string{vt.Day})
	if err != nil {
		t.Fatal(err)
	}
	became := map[Became]Cause{}
	for _, c := range causes {
		if c.Field == "currency_denominator" || c.Became != LeftOut {
			became[c.Became] = c
		}
	}
	if became[LeftOut].Records != 2 || became[LeftOut].Line != 2 || became[Refused].Field != "party_size" ||
		became[NotRead].Rule != "500" || became[NotRead].Object == "" {
		t.Errorf("%+v", causes)
	}
	csv, err := CSV(causes)
	if err != nil || !strings.Contains(string(csv), ",type,currency_denominator,") ||
		!strings.Contains(string(csv), ",left out,2,") {
		t.Errorf("%s, %v", csv, err)
	}
	// A record that comes back with a note has come back.
	raised := o
	raised.Source.Revision, raised.Source.RID = 2, o.Source.RID
	if _, err := validate.Run(ctx, raised); err != nil {
		t.Fatal(err)
	}
	again, err := Causes(ctx, Options{Staging: o.Staging, Sources: sources}, []string{vt.Day})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again {
		if want := map[Became]int64{Refused: 1}[c.Became]; c.Before != want || c.CameBack != 0 {
			t.Errorf("%s: %+v", id, c)
		}
	}
}
