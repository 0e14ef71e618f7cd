package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
)

const day = "2026-03-28"

var noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func zone(t testing.TB) *lake.Zone {
	z, err := lake.Open(context.Background(), machine.This(), fmt.Sprintf("mem://validate-%d", rand.Uint64()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { z.Close() })
	return z
}

func options(t testing.TB, src string) Options {
	registry, err := source.Load("../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.New("a key for tests, of enough bytes.", 1)
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Source: s, Day: day, Raw: zone(t), Staging: zone(t), Key: key, Revision: 1, MaxRefused: 0.05, Program: "test", Now: now,
	}
}

// writeReading publishes a reading of the source's day with these records, by kind, several objects a kind where there are
// many.
func writeReading(t testing.TB, o Options, name string, records map[string][]string) lake.ReadingID {
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByUpdated, Name: name}
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: noon, FinishedAt: noon, Sweeps: 2, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	attempt := o.Raw.Begin(noon, now)
	for _, kind := range o.Source.Kinds {
		bodies := records[kind]
		m.Counts[kind] = lake.RawCounts{Listed: int64(len(bodies)), Received: int64(len(bodies))}
		for first := 0; first < len(bodies); first += 700 {
			part := bodies[first:min(first+700, len(bodies))]
			var lines []byte
			for i, body := range part {
				lines = lake.AppendLine(lines, kind, fmt.Sprintf("req-%d", first+i), noon, []byte(body))
			}
			m.Objects = append(m.Objects, rawObject(t, attempt, id, kind, lines, int64(len(part)), int64(first+1)))
		}
	}
	publish(t, attempt, id, m)
	return id
}

func rawObject(t testing.TB, a *lake.Attempt, id lake.ReadingID, kind string, lines []byte, n, first int64) lake.Object {
	w, err := a.NewObject(kind, lake.ReadingPrefix(id), "ndjson.zst")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(lines); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	o, err := w.Commit(context.Background(), n, first)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func publish(t testing.TB, a *lake.Attempt, id lake.ReadingID, m lake.Reading) {
	if won, err := a.Publish(context.Background(), lake.ManifestKey(id), m); err != nil || !won {
		t.Fatalf("publish the reading: won %v, %v", won, err)
	}
}

// openTable makes the i-th reservation, about 1.3 KB, with changes as strings.NewReplacer takes them.
func openTable(i int, changes ...string) string {
	own, of := uid(i), uid(-1-i%977)
	body := fmt.Sprintf(`{"id":"1001-%s","href":"https://platform.opentable.com/sync/v2/reservations/1001-%s",`+
		`"rid":1001,"sequence_id":%d,"guest_id":"1001-%s","guest":"https://platform.opentable.com/sync/v2/guests/1001-%s",`+
		`"confirmation_id":%d,"state":"Done","table_number":["%d"],"party_size":%d,"visit_tags":["birthday"],"origin":"Web",`+
		`"created_date":"2026-03-14T09:15:30.%03d","created_date_utc":"2026-03-14T09:15:30.%03dZ",`+
		`"scheduled_time":"2026-03-28T19:%02d:00","scheduled_time_utc":"2026-03-28T19:%02d:00Z",`+
		`"updated_at":"2026-03-28T21:05:%02d","updated_at_utc":"2026-03-28T21:05:%02dZ",`+
		`"arrived_time":"2026-03-28T19:28:00","arrived_time_utc":"2026-03-28T19:28:00Z","seated_time":"2026-03-28T19:31:00","seated_time_utc":"2026-03-28T19:31:00Z",`+
		`"done_time":"2026-03-28T21:05:00","done_time_utc":"2026-03-28T21:05:00Z","guest_request":"A quiet table, please","venue_notes":null,"opentable_notes":null,`+
		`"table_category":null,"server":"Jo","pos_data":{"check_ids":["%d"],"pos_sub_total":%d,"pos_tax":2010,"pos_tip":null,"pos_total_spend":%d},`+
		`"currency_code":"GBP","currency_denominator":100,"experience_details":null,"deposit":{"total_paid":2000,"total_refunded":0,"currency":null,"currency_denominator":100,"status":"CAPTURED"}}`,
		own, own, 2_277_000_000+i, of, of, 204_513+i, i%40, 1+i%8, i%1000, i%1000, i%60, i%60, i%60, i%60, i, 10_000+i%5000, 12_060+i%5000)
	return strings.NewReplacer(changes...).Replace(body)
}

func guest(i int, changes ...string) string {
	body := fmt.Sprintf(`{"id":"1001-%s","rid":1001,"sequence_id":%d,"gpid":"%d","tags":null,`+
		`"updated_at":"2026-03-28T21:05:11","updated_at_utc":"2026-03-28T21:05:11Z","created_date":"2025-11-02T10:00:00","created_date_utc":"2025-11-02T10:00:00Z",`+
		`"forgotten":false,"archived":false,"first_name":"Ana","last_name":"Núñez","email":"ana%d@example.org","email_optin":true,"phone":"+44 20 7946 %04d"}`,
		uid(-1-i), 2_278_000_000+i, 110_000+i, i, i%10000)
	return strings.NewReplacer(changes...).Replace(body)
}

// uid gives the i-th id: random digits, as compressible as real ones.
func uid(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, r.Uint32()>>20, r.Uint64()>>16)
}

func many(n int, f func(i int, changes ...string) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

const (
	reservations = reservation.KindReservation
	customers    = reservation.KindCustomer
)
