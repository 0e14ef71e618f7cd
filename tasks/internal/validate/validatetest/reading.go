// Package validatetest publishes readings for tests of what validate makes of them, and of what stands on its results. Start with
// Options and WriteReading.
package validatetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/source"
	"covers/tasks/internal/token"
	"covers/tasks/internal/validate"
)

// Day is the readings' day.
const Day = "2026-03-28"

// Noon is when they are read, and validated.
var Noon = time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)

// Now is the clock of the machine that Options are of.
func Now() time.Time { return Noon }

// Zone opens a zone in memory that nobody else has.
func Zone(t testing.TB) *lake.Zone {
	z, err := lake.Open(context.Background(), machine.This(), fmt.Sprintf("mem://validate-%d", rand.Uint64()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { z.Close() })
	return z
}

// Options returns those of a source, with empty zones.
func Options(t testing.TB, src string) validate.Options {
	registry, err := source.Load(restaurantsFile(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Source(src)
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.New("a key for tests, of enough bytes.", 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	return validate.Options{
		Machine: machine.Machine{Now: Now}, Source: s, Day: Day, Raw: Zone(t), Staging: Zone(t),
		Key: key, Revision: 1, MaxRefused: 0.05, MaxRefusedRecords: 5, MaxErased: 0.02, MaxErasedRecords: 5, Program: "test",
	}
}

// WriteReading publishes a reading of the source's day with these records, by kind, several objects a kind where there are
// many.
func WriteReading(t testing.TB, o validate.Options, name string, records map[string][]string) lake.ReadingID {
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByUpdated, Name: name}
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: Noon, FinishedAt: Noon, Sweeps: 2, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	attempt := o.Raw.Begin(Now)
	for _, kind := range o.Source.Kinds {
		bodies := records[kind]
		m.Counts[kind] = lake.RawCounts{Listed: int64(len(bodies)), Received: int64(len(bodies))}
		for first := 0; first < len(bodies); first += 700 {
			part := bodies[first:min(first+700, len(bodies))]
			var lines []byte
			for i, body := range part {
				lines = lake.AppendLine(lines, kind, fmt.Sprintf("req-%d", first+i), Noon, []byte(body))
			}
			m.Objects = append(m.Objects, RawObject(t, attempt, id, kind, lines, int64(len(part)), int64(first+1)))
		}
	}
	Publish(t, attempt, id, m)
	return id
}

// RawObject writes lines as one object of a reading.
func RawObject(t testing.TB, a *lake.Attempt, id lake.ReadingID, kind string, lines []byte, n, first int64) lake.Object {
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

// Publish publishes a reading's manifest.
func Publish(t testing.TB, a *lake.Attempt, id lake.ReadingID, m lake.Reading) {
	if won, err := a.Publish(context.Background(), lake.ManifestKey(id), m); err != nil || !won {
		t.Fatalf("publish the reading: won %v, %v", won, err)
	}
}

// restaurantsFile returns the path of the restaurants.yaml at the repository's root, wherever below it the test runs.
func restaurantsFile(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "restaurants.yaml")
		if _, err := os.Stat(path); err == nil || dir == filepath.Dir(dir) {
			return path
		}
	}
}

// First is the name of a reading.
const First = "20260329T000000.000Z-00000001"

// WriteReconcile publishes a reconcile reading of raw lines by kind, as they are. absent is what its manifest says.
func WriteReconcile(t testing.TB, o validate.Options, lines map[string][][]byte, absent map[string]int64) lake.ReadingID {
	t.Helper()
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByReconcile, Name: First}
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: Noon, FinishedAt: Noon, Sweeps: 1, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	attempt := o.Raw.Begin(Now)
	for _, kind := range o.Source.Kinds {
		n := int64(len(lines[kind]))
		m.Counts[kind] = lake.RawCounts{Listed: n, Received: n - absent[kind], Absent: absent[kind]}
		if n > 0 {
			m.Objects = append(m.Objects, RawObject(t, attempt, id, kind, slices.Concat(lines[kind]...), n, 1))
		}
	}
	Publish(t, attempt, id, m)
	return id
}

// WriteLines publishes a reading by change of raw lines by kind, as they are. Its manifest counts what stands in the place of
// records.
func WriteLines(t testing.TB, o validate.Options, name string, lines map[string][][]byte) lake.ReadingID {
	t.Helper()
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByUpdated, Name: name}
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: Noon, FinishedAt: Noon, Sweeps: 2, Stable: true, Counts: map[string]lake.RawCounts{}, Program: "test",
	}
	attempt := o.Raw.Begin(Now)
	for _, kind := range o.Source.Kinds {
		n := lake.RawCounts{Listed: int64(len(lines[kind]))}
		for _, line := range lines[kind] {
			l, err := lake.ParseLine(bytes.TrimSuffix(line, []byte{'\n'}))
			switch {
			case err == nil && l.Absent != "":
				n.Absent++
			case err == nil && l.Unread != "":
				n.Unread++
			default:
				n.Received++
			}
		}
		m.Counts[kind] = n
		if n.Listed > 0 {
			m.Objects = append(m.Objects, RawObject(t, attempt, id, kind, slices.Concat(lines[kind]...), n.Listed, 1))
		}
	}
	Publish(t, attempt, id, m)
	return id
}

// RecordLines returns a line of raw for each record.
func RecordLines(kind string, records ...string) (lines [][]byte) {
	for i, r := range records {
		lines = append(lines, lake.AppendLine(nil, kind, fmt.Sprintf("req-%d", i), Noon, []byte(r)))
	}
	return lines
}

// UnreadLine returns a line of raw that says that a record was not read.
func UnreadLine(kind, id, why string) []byte {
	return lake.AppendUnread(nil, kind, "req-3", Noon.Add(time.Second), id, why)
}

// AbsentLine returns a line of raw that says that a record is absent.
func AbsentLine(kind, id string) []byte {
	return lake.AppendAbsent(nil, kind, "req-2", Noon.Add(time.Second), id)
}
