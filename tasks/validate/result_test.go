package main

import (
	"encoding/json"
	"testing"

	"covers/tasks/internal/reservation"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// The result line counts absent ids where there are some.
func TestAbsencesAreTold(t *testing.T) {
	o := vt.Options(t, "opentable/101")
	lines := map[string][][]byte{reservation.KindCustomer: {vt.AbsentLine(reservation.KindCustomer, "1001-g")}}
	vt.WriteReconcile(t, o, lines, map[string]int64{reservation.KindCustomer: 1})
	out, err := validate.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(resultOf(out, o).Counts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"customer":{"absent":1,"accepted":0,"quarantined":0,"received":0},` +
		`"reservation":{"accepted":0,"quarantined":0,"received":0}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
