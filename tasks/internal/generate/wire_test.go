package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

func TestRecordsAreWhatThePlatformSends(t *testing.T) {
	z := openZone(t)
	days := []string{"2026-03-27", "2026-03-28", "2026-03-29"}
	for _, day := range days {
		generate(t, Options{Day: day, Out: z, Settings: settings(200, map[string]float64{everyKind: 0})})
	}
	sizes, counts := map[target]int{}, map[target]int{}
	sequences := map[string]map[int64]string{}
	last := map[string]simulator.Line{}
	eachLine(t, z, days, func(src source.Source, d simulator.Day, kind string, l simulator.Line) {
		tg := target{src.Platform, kind}
		sizes[tg] += len(l.Record)
		counts[tg]++
		if on := dayOf(time.UnixMilli(l.UpdatedAt)); on.String() != d.Day {
			t.Fatalf("%s holds a record that changed on %s", d.Folder(), on)
		}
		checkWire(t, src, tg, l)

		// The sequence rises with the clock, over both kinds and over days.
		if src.Platform == reservation.OpenTable {
			if sequences[src.ID] == nil {
				sequences[src.ID] = map[int64]string{}
			}
			if other, ok := sequences[src.ID][l.SequenceID]; ok {
				t.Fatalf("%s and %s have one sequence_id", other, l.ID)
			}
			sequences[src.ID][l.SequenceID] = l.ID
			if l.SequenceID > d.Sequence {
				t.Fatalf("sequence_id %d is above the day's %d", l.SequenceID, d.Sequence)
			}
		}
		before, known := last[src.ID+kind]
		if known && (before.UpdatedAt > l.UpdatedAt ||
			before.SequenceID >= l.SequenceID && src.Platform == reservation.OpenTable) {
			t.Fatalf("%s: sequence %d at %d comes after %d at %d", src.ID, l.SequenceID, l.UpdatedAt, before.SequenceID,
				before.UpdatedAt)
		}
		last[src.ID+kind] = l
	})
	if mean := sizes[otReservation] / counts[otReservation]; mean < 1550 || mean > 2000 {
		t.Errorf("a reservation of OpenTable has %d bytes, want about 1770", mean)
	}
}

// checkWire decodes a record by the wire types, strictly, and compares it with the truth beside it.
func checkWire(t *testing.T, src source.Source, tg target, l simulator.Line) {
	t.Helper()
	strict := func(into any) {
		dec := json.NewDecoder(bytes.NewReader(l.Record))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			t.Fatal(err)
		}
		if _, err := dec.Token(); err != io.EOF {
			t.Fatal("more than one value")
		}
	}
	same := func(got, want any) {
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("the record says %v, the truth is %v", got, want)
		}
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	utc := func(ms int64, layout string) string { return time.UnixMilli(ms).UTC().Format(layout) }
	switch tg {
	case otReservation:
		var r opentable.Reservation
		strict(&r)
		same([]any{r.ID, r.SequenceID, r.State, r.ConfirmationID, text(r.GuestID), r.UpdatedAtUTC, r.ScheduledTimeUTC,
			r.ScheduledTime},
			[]any{l.ID, l.SequenceID, l.State, l.ConfirmationID, l.GuestID, utc(l.UpdatedAt, opentable.UTCTime),
				utc(l.ScheduledAt, opentable.UTCTime), l.ScheduledLocal})
		same(r.ID[:len("1001-")], fmt.Sprintf("%d-", src.RID))
	case otGuest:
		var g opentable.Guest
		strict(&g)
		same([]any{g.ID, g.SequenceID, g.UpdatedAtUTC}, []any{l.ID, l.SequenceID, utc(l.UpdatedAt, opentable.UTCTime)})
	case tfReservation:
		var r thefork.Reservation
		strict(&r)
		updated := r.CreatedAt
		if r.UpdatedAt != nil {
			updated = r.UpdatedAt
		}
		meal, err := time.Parse(time.RFC3339, *r.MealDate)
		if err != nil {
			t.Fatal(err)
		}
		same([]any{r.ReservationUUID, r.Status, text(r.CustomerUUID), *updated, meal.Unix(),
			meal.In(src.Location).Format(opentable.LocalTime)},
			[]any{l.ID, l.State, l.GuestID, utc(l.UpdatedAt, theForkInstant), l.ScheduledAt / 1000, l.ScheduledLocal})
		if r.MealStatus != nil && r.Status != "RECORDED" {
			t.Fatalf("mealStatus beside %s", r.Status)
		}
	case tfCustomer:
		var c thefork.Customer
		strict(&c)
		same([]any{text(c.CustomerUUID), *c.LastUpdateDate}, []any{l.ID, utc(l.UpdatedAt, theForkInstant)})
	}
}

func TestClocksChange(t *testing.T) {
	// Both offsets of London and Paris occur in one day's meals, and each local time is the right one; the mapper compares the
	// twins of every record elsewhere.
	z := openZone(t)
	day := "2026-03-28"
	generate(t, Options{Day: day, Out: z, Settings: settings(200, map[string]float64{everyKind: 0})})
	offsets := map[string]map[time.Duration]int{}
	eachLine(t, z, []string{day}, func(src source.Source, _ simulator.Day, kind string, l simulator.Line) {
		if kind != reservation.KindReservation {
			return
		}
		local, err := time.Parse(opentable.LocalTime, l.ScheduledLocal)
		if err != nil {
			t.Fatal(err)
		}
		if offsets[src.ID] == nil {
			offsets[src.ID] = map[time.Duration]int{}
		}
		offsets[src.ID][local.Sub(time.UnixMilli(l.ScheduledAt/1000*1000).UTC())]++
	})
	for id, want := range map[string][]time.Duration{
		"opentable/101": {0, time.Hour}, "thefork/102": {time.Hour, 2 * time.Hour}, "opentable/103": {-4 * time.Hour},
	} {
		for _, offset := range want {
			if offsets[id][offset] == 0 {
				t.Errorf("%s: no meal %s from UTC: %v", id, offset, offsets[id])
			}
		}
		if len(offsets[id]) != len(want) {
			t.Errorf("%s: offsets %v", id, offsets[id])
		}
	}
}

// A platform that is missing here would have another number of records, or dinners from midnight on, and nothing would say so.
func TestEachPlatformHasItsDays(t *testing.T) {
	for _, p := range platforms.Names() {
		if eventDays[p] == 0 || firstDinner[p] == 0 {
			t.Errorf("%s: eventDays %d, firstDinner %d", p, eventDays[p], firstDinner[p])
		}
	}
}
