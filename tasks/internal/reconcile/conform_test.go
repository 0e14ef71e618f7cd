package reconcile

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
)

// A record is judged as it was received, validation reads it from a line of raw: both must come to the same.
func TestConformAsItIsStored(t *testing.T) {
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src, err := registry.Source("opentable/101")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newComparison(machine.This(), src, "2026-03-20", "2026-03-22")
	if err != nil {
		t.Fatal(err)
	}
	const booking = `{"id":"1001-a","rid":1001,"sequence_id":1,"guest_id":null,"state":"Done","party_size":2,"origin":"Web",` +
		`"created_date":"2026-03-01T10:00:00","created_date_utc":"2026-03-01T10:00:00Z","updated_at":"2026-03-19T10:00:00",` +
		`"updated_at_utc":"2026-03-19T10:00:00Z","scheduled_time":"2026-03-21T19:00:00","scheduled_time_utc":"2026-03-21T19:00:00Z","notes":"x"}`
	for name, body := range map[string]string{
		"in order":            booking,
		"white space":         strings.ReplaceAll(strings.ReplaceAll(booking, ",", " ,\n\t"), ":2,", " :\r\n 2 ,"),
		"a newline in a text": strings.Replace(booking, `"x"`, "\"x\ny\"", 1),
		"a tab in a text":     strings.Replace(booking, `"x"`, "\"x\ty\"", 1),
		"an escape":           strings.Replace(booking, `"x"`, `"\"\\\n{"`, 1),
		"no UTF-8":            strings.Replace(booking, `"x"`, "\"\xe9\"", 1),
		"half a surrogate":    strings.Replace(booking, `"x"`, `"\ud800"`, 1),
		"a field twice":       strings.Replace(booking, `"x"`, `"x","party_size":3`, 1),
		"an unknown word":     strings.Replace(booking, "Done", "Undone", 1),
		"a record in it":      strings.Replace(booking, `"x"`, `"x","record":{"id":"1001-b"}`, 1),
		"cut off":             booking[:len(booking)/2],
		"more behind":         booking + "}",
		"an array":            "[" + booking + "]",
		"nothing":             "",
		"null":                "null",
	} {
		line := lake.AppendLine(
			nil,
			reservation.KindReservation,
			"request",
			time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC),
			[]byte(body),
		)
		stored, err := lake.ParseLine(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			stored.Record = nil
		}
		as, from := c.conform(
			reservation.KindReservation,
			"",
			[]byte(body),
		), c.conform(
			reservation.KindReservation,
			"",
			stored.Record,
		)
		if as != from {
			t.Errorf("%s: %+v, from its line %+v", name, as, from)
		}
		if name == "in order" && (as.refused || as.id != "1001-a") {
			t.Errorf("%+v", as)
		}
	}
}

// TheFork's customers may come without their own id: then the one that they were asked for by is theirs, as in validation.
func TestConformWithoutAnID(t *testing.T) {
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src, err := registry.Source("thefork/group-main")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newComparison(machine.This(), src, "2026-03-20", "2026-03-22")
	if err != nil {
		t.Fatal(err)
	}
	const id = "fc15dd6f-de6c-45b3-8b86-ad610a257a4f"
	body := []byte(`{"customerUuid":null,"creationDate":"2025-03-24","lastUpdateDate":"2026-03-29"}`)
	if as := c.conform(reservation.KindCustomer, id, body); as.refused || as.id != id {
		t.Errorf("asked for by its id: %+v", as)
	}
	if as := c.conform(reservation.KindCustomer, "", body); !as.refused {
		t.Errorf("not asked for by an id: %+v", as)
	}
}
