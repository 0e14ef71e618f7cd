package validate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

func recordLine(kind, body string) []byte {
	return lake.AppendLine(nil, kind, "req-1", vt.Noon, []byte(body))
}

// Absent ids become rows of their own, at their lines, and do not count as records.
func TestAbsences(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	id := vt.WriteReconcile(t, o, map[string][][]byte{
		reservations: {
			vt.AbsentLine(reservations, "1001-a"), recordLine(reservations, vt.OpenTable(1)),
			recordLine(reservations, vt.OpenTable(2, `"Done"`, `"Gone"`)), vt.AbsentLine(reservations, `é"`),
		},
		customers: {recordLine(customers, vt.Guest(1)), vt.AbsentLine(customers, "1001-g")},
	}, map[string]int64{reservations: 2, customers: 1})
	o.MaxRefused = 0.5
	r := one(t, o)
	if n := r.Counts[reservations]; n.Received != 2 || n.Accepted != 1 || n.Quarantined != 1 || n.Absent != 2 {
		t.Errorf("counts %+v", n)
	}
	if n := r.Counts[customers]; n.Received != 1 || n.Accepted != 1 || n.Absent != 1 || r.Absences() != 3 {
		t.Errorf("counts %+v, %d absences", n, r.Absences())
	}
	at := vt.Noon.Add(time.Second).UnixMicro()
	want := []reservation.Absence{
		{Line: 2, Kind: customers, ID: "1001-g"},
		{Line: 1, Kind: reservations, ID: "1001-a"},
		{Line: 4, Kind: reservations, ID: `é"`},
	}
	for i := range want {
		want[i].Reading, want[i].Platform, want[i].Source, want[i].ReadAt = id.String(), "opentable", "opentable/101", at
	}
	if d := cmp.Diff(want, absences(t, o, r)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if rows := allRows(t, o, r).Reservations; len(rows) != 1 || rows[0].Line != 2 {
		t.Errorf("records beside absent ids: %+v", rows)
	}
}

func absences(t *testing.T, o validate.Options, r lake.Result) (out []reservation.Absence) {
	for _, object := range r.Objects {
		if object.Kind != lake.KindAbsence {
			continue
		}
		rows, err := copyRows[reservation.Absence](o, object)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows...)
	}
	return out
}

// A refused reading says nothing of what is absent; its result still counts what raw has.
func TestARefusedReadingHasNoAbsences(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	o.MaxRefusedRecords = 0
	vt.WriteReconcile(t, o, map[string][][]byte{
		reservations: {recordLine(reservations, vt.OpenTable(1, `"Done"`, `"Gone"`)), vt.AbsentLine(reservations, "1001-a")},
	}, map[string]int64{reservations: 1})
	out, err := validate.Run(ctx, o)
	if fault.KindOf(err) != fault.Data || len(out.Withheld) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	r := out.Withheld[0]
	if n := r.Counts[reservations]; n.Absent != 1 || r.Absences() != 0 || len(absences(t, o, r)) != 0 {
		t.Errorf("counts %+v, objects %+v", n, r.Objects)
	}
}

// A line that says that something is absent is our own. One that is not whole, or counted otherwise, is a corrupt object.
func TestBrokenAbsences(t *testing.T) {
	good := string(vt.AbsentLine(reservations, "1001-a"))
	for name, line := range map[string]string{
		"of another kind":       string(vt.AbsentLine(customers, "1001-a")),
		"an empty id":           strings.Replace(good, "1001-a", "", 1),
		"an id of another type": strings.Replace(good, `"1001-a"`, "1001", 1),
		"a control character":   strings.Replace(good, "1001-a", `\u0001`, 1),
		"no UTF-8":              strings.Replace(good, "1001-a", "\xff", 1),
		"too long":              strings.Replace(good, "1001-a", strings.Repeat("x", 256), 1),
		"without a time":        strings.Replace(good, "2026", "yyyy", 1),
		"something behind it":   strings.Replace(good, `"}`, `","note":1}`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			o := vt.Options(t, "opentable/101")
			o.MaxRefused = 1
			vt.WriteReconcile(t, o, map[string][][]byte{reservations: {[]byte(line)}}, map[string]int64{reservations: 1})
			refusesAndPublishesNothing(t, o)
		})
	}
}

// There are as many lines as the manifest says, but of another sort.
func TestAbsencesBalance(t *testing.T) {
	for _, c := range []struct {
		line   []byte
		absent int64
	}{{recordLine(reservations, vt.OpenTable(1)), 1}, {vt.AbsentLine(reservations, "1001-a"), 0}} {
		o := vt.Options(t, "opentable/101")
		o.MaxRefused = 1
		vt.WriteReconcile(t, o, map[string][][]byte{reservations: {c.line}}, map[string]int64{reservations: c.absent})
		out, err := validate.Run(ctx, o)
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "do not balance") || len(out.Results) != 0 {
			t.Errorf("%s\ngot %+v, %v", c.line, out, err)
		}
	}
}
