package endtoend

import (
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/generate"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/mockapi/form"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/phone"
	onerecord "covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

// In each tier and with each form of guests' ids, what is mapped is the simulator's truth, which stands beside each record.
// Nothing is refused or noted.
func TestMappedRecordsAreTheTruthInEveryTier(t *testing.T) {
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := lake.Open(t.Context(), machine.This(), "mem://"+t.Name())
	if err != nil {
		t.Fatal(err)
	}
	const day = "2026-03-28"
	if _, err := generate.Run(t.Context(), generate.Options{Day: day, Out: zone, Registry: registry, Source: "opentable/101",
		Settings: simulator.Settings{Seed: 1, Records: 1500, Merges: "move"}}); err != nil {
		t.Fatal(err)
	}
	d, err := simulator.ReadDay(t.Context(), zone, simulator.ID{Platform: reservation.OpenTable, Restaurant: 101, Day: day})
	if err != nil {
		t.Fatal(err)
	}
	src, err := registry.Source("opentable/101")
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.New(strings.Repeat("k", token.MinKey), 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	for _, tier := range []string{"copper", "gold", "platinum"} {
		for _, ids := range []string{"uuid", "hex", "mixed"} {
			f := form.OpenTable{Tier: tier, GuestIDs: ids}
			var in onerecord.Reader
			m, met := opentable.NewMapper(src, key, &in), map[string]int{}
			for kind, keep := range map[string]func([]byte) []byte{
				reservation.KindReservation: f.Bookings(), reservation.KindCustomer: f.Guests(src.RID),
			} {
				for line, err := range simulator.Records(t.Context(), zone, d, kind) {
					if err != nil {
						t.Fatal(err)
					}
					text := line.Record
					if keep != nil {
						text = keep(text)
					}
					what := mappedAsTruth(t, m, &in, kind, text, line)
					met[what]++
					if len(in.Problems)+len(in.Notes) > 0 {
						t.Fatalf("%s, %s: %s %s: %v %v", tier, ids, kind, line.ID, in.Problems, in.Notes)
					}
				}
			}
			if met["booking"] < 1000 || met["guest"] < 1000 || met["merge"] == 0 {
				t.Errorf("%s, %s: %v", tier, ids, met)
			}
		}
	}
}

// mappedAsTruth maps a record and compares it with what the simulator knows of it. It returns what the record is.
func mappedAsTruth(t *testing.T, m *opentable.Mapper, in *onerecord.Reader, kind string, text []byte,
	line simulator.Line) string {
	t.Helper()
	rec := in.Parse(text)
	if rec == nil {
		t.Fatalf("%s is not read", line.ID)
	}
	same := func(what string, got, want any) {
		if got != want {
			t.Fatalf("%s: %s is %v, the truth is %v", line.ID, what, got, want)
		}
	}
	if kind == reservation.KindReservation {
		var r reservation.Reservation
		m.Reservation(rec, &r)
		guest := ""
		if r.CustomerID != nil {
			guest = short(*r.CustomerID)
		}
		want := line.GuestID
		if want != "" {
			want = short(want)
		}
		same("id", r.ReservationID, line.ID)
		same("guest", guest, want)
		same("clock", r.Clock, line.SequenceID)
		same("state", r.PlatformStatus, line.State)
		same("updated_at", time.UnixMicro(*r.UpdatedAt).UnixMilli(), line.UpdatedAt)
		same("scheduled_at", time.UnixMicro(*r.ScheduledAt).Unix(), line.ScheduledAt/1000)
		return "booking"
	}
	var merge reservation.Merge
	if m.Merge(rec, &merge) {
		same("merged guest", short(merge.CustomerID), short(line.ID))
		return "merge"
	}
	var c reservation.Customer
	m.Customer(rec, &c)
	same("id", short(c.CustomerID), short(line.ID))
	same("clock", c.Clock, line.SequenceID)
	same("updated_at", time.UnixMicro(*c.UpdatedAt).UnixMilli(), line.UpdatedAt)
	return "guest"
}

// short returns what both forms of an id have: of a UUID the first 24 hexadecimal digits, which are all of the other form.
func short(id string) string {
	digits := strings.ReplaceAll(id, "-", "")
	if strings.Count(id, "-") >= 4 {
		return digits[:len(digits)-8]
	}
	return digits
}
