// Package reconciletest is a world for tests of a reconciliation: a fake platform beside a warehouse, for one source. Start with
// New.
package reconciletest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fastjson"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/reconcile"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
	"covers/tasks/internal/token"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// World is a fake platform beside a warehouse, for one source.
type World struct {
	t         testing.TB
	Fake      *platformtest.Server
	Options   reconcile.Options
	Warehouse string     // URL
	processed *lake.Zone // what is loaded
	loads     int
}

var names atomic.Int64

// The range of all tests: a Friday to a Sunday, in winter, when London's clock is UTC.
var (
	firstDay = time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2026, 3, 22, 0, 0, 0, 0, time.UTC)
)

// New makes the world of a source of restaurants.yaml, without anything in it.
func New(t testing.TB, src string) *World {
	t.Helper()
	registry, err := source.Load(restaurants())
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	fake := platformtest.New(t)
	fake.Unlisted = map[string][]platformtest.Record{}
	for _, path := range []string{
		opentable.ReservationsPath, opentable.GuestsPath, thefork.ReservationsPath, thefork.CustomersPath,
	} {
		fake.Lists[path] = nil
	}
	s.Access.APIURL, s.Access.AuthURL, s.Access.RequestsPerSecond, s.Access.PageSize = fake.URL, fake.URL, 0, 4
	if s.Platform == reservation.TheFork {
		s.Access.APIURL += thefork.BasePath
	}
	clock := platformtest.NewClock(time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC))
	zone := func() *lake.Zone {
		z, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://reconcile-%d", names.Add(1)))
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	r := &World{t: t, Fake: fake, Warehouse: "duckdb://" + t.TempDir() + "/covers.duckdb", processed: zone()}
	r.Options = reconcile.Options{
		From: firstDay, To: lastDay, Receipts: zone(), Machine: clock.Machine(),
		Progress: func(int64, int64) {},
		Reading: reading.Options{
			Source: s, Raw: zone(), MaxSweeps: 6, InFlight: 3, Program: "test",
			ClientID: platformtest.ClientID, Secret: platformtest.ClientSecret,
		},
	}
	r.Options.Open = func(ctx context.Context) (*warehouse.Warehouse, error) {
		return warehouse.Open(ctx, machine.This(), r.Warehouse, warehouse.ReadOnly)
	}
	return r
}

// restaurants finds the file from whichever package's tests it is asked for.
func restaurants() string {
	path := "restaurants.yaml"
	for range 6 {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = "../" + path
	}
	return path
}

// Load loads records, as validation would map them, and requests to forget guests.
func (r *World) Load(reservations, customers []string, erased ...string) {
	r.t.Helper()
	key, err := token.New(strings.Repeat("k", 40), 1, phone.Read)
	if err != nil {
		r.t.Fatal(err)
	}
	in := &record.Reader{}
	src := r.Options.Reading.Source
	mapper, err := platforms.NewMapper(src, key, in)
	if err != nil {
		r.t.Fatal(err)
	}
	r.loads++
	result := wt.Result{
		Source: src.ID, Day: "2026-03-27", Name: fmt.Sprintf("%08x", r.loads), Rank: wt.Rank(1),
		ReadAt: time.Date(2026, 3, 28, 1, r.loads, 0, 0, time.UTC),
	}
	parse := func(body string) *record.Value { return in.Parse([]byte(body)) }
	accepted := func(body string) {
		if len(in.Problems) > 0 {
			r.t.Fatalf("%s: %v", body, in.Problems)
		}
	}
	for _, body := range reservations {
		var row reservation.Reservation
		mapper.Reservation(parse(body), &row)
		accepted(body)
		row.ReservationID = strings.Clone(row.ReservationID)
		result.Reservations = append(result.Reservations, row)
	}
	for _, body := range customers {
		var row reservation.Customer
		var merge reservation.Merge
		if rec := parse(body); mapper.Merge(rec, &merge) {
			accepted(body)
			merge.CustomerID = strings.Clone(merge.CustomerID)
			result.Merged = append(result.Merged, merge)
			continue
		} else {
			mapper.Customer(rec, &row)
		}
		accepted(body)
		result.Customers = append(result.Customers, row)
	}
	for _, id := range erased {
		result.Erasures = append(result.Erasures, reservation.Erasure{Platform: src.Platform, CustomerID: id})
	}
	wt.Publish(r.t, r.processed, 1, result)
	w, err := warehouse.Open(r.t.Context(), machine.This(), r.Warehouse, warehouse.ReadWrite)
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = w.Load(r.t.Context(), warehouse.LoadOptions{Processed: r.processed, Revision: 1, Program: "test", Now: time.Now})
	if cerr := w.Close(); err != nil || cerr != nil {
		r.t.Fatal(err, cerr)
	}
}

// Serve puts records into a list of the platform.
func (r *World) Serve(path string, bodies ...string) {
	for _, body := range bodies {
		r.Fake.Lists[path] = append(r.Fake.Lists[path], platformtest.Record{ID: idOf(body), Body: body})
	}
}

// Hide lets the platform have records that are in no list.
func (r *World) Hide(path string, bodies ...string) {
	for _, body := range bodies {
		r.Fake.Unlisted[path] = append(r.Fake.Unlisted[path], platformtest.Record{ID: idOf(body), Body: body})
	}
}

func idOf(body string) string {
	v := fastjson.MustParse(body)
	for _, name := range []string{"id", "reservationUuid", "customerUuid"} {
		if b := v.GetStringBytes(name); b != nil {
			return string(b)
		}
	}
	return ""
}

// Run reconciles, and fails the test where that fails.
func (r *World) Run() reconcile.Outcome {
	r.t.Helper()
	out, err := reconcile.Run(r.t.Context(), r.Options)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Lines returns the reading's lines, sorted: "reservation <record's id>", or "reservation absent <id>".
func (r *World) Lines(out reconcile.Outcome) (lines []string) {
	r.t.Helper()
	if out.Manifest == "" {
		return nil
	}
	found, err := lake.Read[lake.Reading](r.t.Context(), r.Options.Reading.Raw, out.Manifest)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, object := range found.Manifest.Objects {
		body, err := r.Options.Reading.Raw.OpenObject(r.t.Context(), object)
		if err != nil {
			r.t.Fatal(err)
		}
		zip, err := zstd.NewReader(body)
		if err != nil {
			r.t.Fatal(err)
		}
		scan := bufio.NewScanner(zip)
		for scan.Scan() {
			line, err := lake.ParseLine(scan.Bytes())
			if err != nil || len(line.Request) == 0 || line.ReadAt.IsZero() {
				r.t.Fatalf("%s: %v", scan.Text(), err)
			}
			if line.Absent != "" {
				lines = append(lines, string(line.Kind)+" absent "+line.Absent)
			} else {
				lines = append(lines, string(line.Kind)+" "+idOf(string(line.Record)))
			}
		}
		zip.Close()
		_ = body.Close()
	}
	slices.Sort(lines)
	return lines
}

// Stored reads the receipt back.
func (r *World) Stored(out reconcile.Outcome) (receipt reconcile.Receipt, text string) {
	r.t.Helper()
	b, err := r.Options.Receipts.ReadAll(r.t.Context(), out.Key, 1<<20)
	if err == nil {
		err = json.Unmarshal(b, &receipt)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return receipt, string(b)
}

// Left returns the keys below a zone.
func (r *World) Left(z *lake.Zone) (keys []string) {
	r.t.Helper()
	for e, err := range z.List(r.t.Context(), "") {
		if err != nil {
			r.t.Fatal(err)
		}
		keys = append(keys, e.Key)
	}
	return keys
}

// OT is an OpenTable booking: its id is 1001-name. at is London's time in winter.
func OT(name string, sequence int, at string, party int, guest string) string {
	g := "null"
	if guest != "" {
		g = `"1001-` + guest + `"`
	}
	return fmt.Sprintf(`{"id":"1001-%s","rid":1001,"sequence_id":%d,"guest_id":%s,"state":"Done","party_size":%d,"origin":"Web",`+
		`"created_date":"2026-03-01T10:00:00","created_date_utc":"2026-03-01T10:00:00Z","updated_at":"2026-03-19T10:00:00","updated_at_utc":"2026-03-19T10:00:00Z",`+
		`"scheduled_time":"%s","scheduled_time_utc":"%sZ"}`, name, sequence, g, party, at, at)
}

// Guest is an OpenTable guest, changed at a time.
func Guest(name string, sequence int, changed string) string {
	return fmt.Sprintf(`{"id":"1001-%s","rid":1001,"sequence_id":%d,"first_name":"Planted","email":"planted@example.org",`+
		`"forgotten":false,"created_date":"2026-01-01T10:00:00","created_date_utc":"2026-01-01T10:00:00Z","updated_at":"%s","updated_at_utc":"%sZ"}`,
		name, sequence, changed, changed)
}

// TF is a TheFork booking.
func TF(name, changed, at string, party int) string {
	return fmt.Sprintf(`{"reservationUuid":"%s","restaurantUuid":"5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101","mealDate":"%sZ",`+
		`"partySize":%d,"status":"RECORDED","reservationChannel":"TheFork","createdAt":"2026-03-01T10:00:00Z","updatedAt":"%sZ"}`,
		name, at, party, changed)
}

// TFGuest is a TheFork customer.
func TFGuest(name, changed string) string {
	return fmt.Sprintf(`{"customerUuid":"%s","email":"planted@example.org",`+
		`"creationDate":"2026-01-01T10:00:00Z","lastUpdateDate":"%sZ"}`,
		name, changed)
}

// Merged is an OpenTable guest of whom nothing is left but into whom the guest was merged: by the documents every attribute but
// id, href and primary_guest is null. Without a survivor the guest is archived.
func Merged(name, survivor string) string {
	primary := "null"
	if survivor != "" {
		primary = `"` + survivor + `"`
	}
	return fmt.Sprintf(`{"id":"1001-%s","href":"https://platform.opentable.com/sync/v2/guests/1001-%s","rid":null,`+
		`"sequence_id":null,"updated_at_utc":null,"forgotten":null,"archived":true,"primary_guest":%s}`, name, name, primary)
}

// Hidden is a Guest whom the restaurant deleted from its guest book.
func Hidden(name string, sequence int, changed string) string {
	return strings.Replace(Guest(name, sequence, changed), `"forgotten":`, `"is_hidden":true,"forgotten":`, 1)
}
