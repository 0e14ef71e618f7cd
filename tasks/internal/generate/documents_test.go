package generate

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
)

// Each record of TheFork has the keys of the documents' in their order, and their types; null only where the documents allow it.
func TestTheForksRecordsAreTheDocuments(t *testing.T) {
	documented := map[target]object{}
	for tg, name := range map[target]string{tfReservation: "reservation", tfCustomer: "customer"} {
		text, err := os.ReadFile("../thefork/testdata/documents/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if documented[tg], err = takeApart(text); err != nil {
			t.Fatal(err)
		}
	}
	never := map[string]bool{"reservationUuid": true, "restaurantUuid": true, "partySize": true, "status": true,
		"reservationChannel": true, "isVip": true, "isPromoter": true, "optins": true}
	kind := func(value []byte) string {
		switch value[0] {
		case '"', '{', '[', 'n':
			return string(value[:1])
		case 't', 'f':
			return "bool"
		}
		return "number"
	}
	z, met := openZone(t), map[target]int{}
	const day = "2026-03-28"
	generate(t, Options{Day: day, Out: z, Settings: settings(100, map[string]float64{everyKind: 0})})
	eachLine(t, z, []string{day}, func(src source.Source, _ simulator.Day, records string, l simulator.Line) {
		tg := target{src.Platform, records}
		want, ok := documented[tg]
		if !ok {
			return
		}
		met[tg]++
		got, err := takeApart(l.Record)
		if err != nil || !json.Valid(l.Record) {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got, want, func(a, b member) bool { return a.key == b.key }) {
			t.Fatalf("%s has other keys than the documents', or in another order: %s", records, l.Record)
		}
		for i, m := range got {
			// A member that is null in the documents' body does not show its type.
			switch shown, is := kind(want[i].value), kind(m.value); {
			case is == "n" && never[m.key]:
				t.Fatalf("%s of a %s is null", m.key, records)
			case is != "n" && shown != "n" && is != shown:
				t.Fatalf("%s of a %s is %s, want as %s", m.key, records, m.value, want[i].value)
			}
		}
	})
	if met[tfReservation] == 0 || met[tfCustomer] == 0 {
		t.Errorf("met only %v", met)
	}
}
