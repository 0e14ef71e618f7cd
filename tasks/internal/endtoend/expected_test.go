package endtoend

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/tidwall/gjson"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

var fridays = []string{"2026-02-27", "2026-03-06", "2026-03-13", "2026-03-20", "2026-03-27"}

// simulated writes down what extract would have read at six the next morning: a source's records of a simulated day, changed.
func (w *world) simulated(zone *lake.Zone, src, day, kind string, change func(record []byte) []byte) {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	platform, _, _ := strings.Cut(src, "/")
	d, err := simulator.ReadDay(ctx, zone, simulator.ID{Platform: platform, Restaurant: 101, Day: day})
	must(err)
	at, err := time.Parse(time.DateOnly, day)
	must(err)
	at = at.Add(30 * time.Hour)
	raw, err := lake.Open(ctx, machine.This(), w.zone("raw"))
	must(err)
	defer raw.Close()
	a := raw.Begin(func() time.Time { return at })
	id := lake.NewReadingID(src, day, lake.ByUpdated, at, machine.This().Name(4))
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: src, Day: day, By: id.By, StartedAt: at, FinishedAt: at, Sweeps: 1,
		Stable: true, Counts: map[string]lake.RawCounts{kind: {}}, Program: "test",
	}
	if platform == reservation.OpenTable {
		m.Counts[reservation.KindCustomer] = lake.RawCounts{}
	}
	var lines bytes.Buffer
	n := int64(0)
	for l, err := range simulator.Records(ctx, zone, d, kind) {
		must(err)
		if record := change(l.Record); record != nil {
			lines.Write(lake.AppendLine(nil, kind, "request", at, record))
			n++
		}
	}
	if n > 0 {
		m.Counts[kind] = lake.RawCounts{Listed: n, Received: n}
		o, err := a.NewObject(kind, id.String()+"/", "ndjson.zst")
		must(err)
		packed, err := zstd.NewWriter(o)
		must(err)
		_, err = packed.Write(lines.Bytes())
		must(err)
		must(packed.Close())
		object, err := o.Commit(ctx, n, 1)
		must(err)
		m.Objects = append(m.Objects, object)
	}
	_, err = a.Publish(ctx, lake.ManifestKey(id), m)
	must(err)
}

// A restaurant's Fridays are brought in week by week. On the last one a platform gives nothing, and at the other every booking
// has come through one channel: the first reading is left out and turns the day red, the second is loaded and named. The day
// is called unusual, and both are as good as any.
func TestADayIsHeldAgainstItsHistory(t *testing.T) {
	dir := t.TempDir()
	w := (&platforms{dir: dir, restaurants: writeRegistry(t, dir, 1)}).world(t)
	for _, day := range fridays {
		run(t, nil, "generate", "--day", day, "--out", "file://"+dir+"/simulator", "--restaurants", w.restaurants,
			"--records", "120").succeeded(t)
	}
	zone, err := lake.Open(ctx, machine.This(), "file://"+dir+"/simulator")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	asItIs := func(record []byte) []byte { return record }
	channel := regexp.MustCompile(`"reservationChannel":"[^"]*"`)
	last := fridays[len(fridays)-1]
	for _, day := range fridays {
		openTable, theFork := asItIs, asItIs
		if day == last {
			openTable = func([]byte) []byte { return nil }
			theFork = func(record []byte) []byte { return channel.ReplaceAll(record, []byte(`"reservationChannel":"Google"`)) }
		}
		w.simulated(zone, "opentable/101", day, reservation.KindReservation, openTable)
		w.simulated(zone, "thefork/101", day, reservation.KindReservation, theFork)
		w.simulated(zone, "thefork/group-main", day, reservation.KindCustomer, asItIs)
		for _, src := range sources {
			w.step("", "validate", "--source", src, "--day", day).succeeded(t)
		}
		w.step("", "transform", "--day", day).succeeded(t)
		if day == last {
			break
		}
		w.step("", "load", "--day", day).succeeded(t)
		said := w.step("", "report", "--check", "--day", day).succeeded(t)
		if gjson.Get(said.stdout, "details.findings.#").Int() != 0 {
			t.Errorf("%s: %s", day, gjson.Get(said.stdout, "details.findings"))
		}
	}

	load := w.step("", "load", "--day", last)
	if left := gjson.Get(load.stdout, "details.left_out.#.findings.0"); load.code != 65 || left.Get("#").Int() != 1 ||
		left.Get("0.expectation").String() != "volume" || left.Get("0.seen").String() != "0" || left.Get("0.days.#").Int() != 4 {
		t.Errorf("load: exit code %d, left out %s", load.code, gjson.Get(load.stdout, "details.left_out"))
	}
	if got := gjson.Get(load.stdout, "details.readings.#.reading").String(); strings.Contains(got, "opentable") ||
		!strings.Contains(got, "thefork/101") || !strings.Contains(got, "group-main") {
		t.Errorf("loaded %s", got)
	}
	// Staging forgets the weeks before long before processed does. The report judges by what the load judged by.
	expired := w.clone(t)
	for _, day := range fridays[:len(fridays)-1] {
		for _, src := range sources {
			if err := os.RemoveAll(filepath.Join(expired.root, "staging", src, day)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var report outcome
	for _, x := range []*world{expired, w} {
		report = x.step("", "report", "--check", "--day", last)
		var found []string
		for _, f := range gjson.Get(report.stdout, "details.findings").Array() {
			found = append(found, fmt.Sprintf("%s %s %s", f.Get("source"), f.Get("severity"), f.Get("finding")))
		}
		want := "opentable/101 error left out, thefork/101 warning unexpected"
		if report.code != 65 || strings.Join(found, ", ") != want {
			t.Errorf("report: exit code %d, %q, want %q\n%s", report.code, found, want, report.stdout)
		}
	}
	said := gjson.Get(report.stdout, "details.findings.1.what").String()
	if !strings.Contains(said, "channels google: saw 100.0 %") {
		t.Errorf("the warning says %s", said)
	}

	text, err := os.ReadFile(w.restaurants)
	if err != nil {
		t.Fatal(err)
	}
	w.restaurants = filepath.Join(dir, "unusual.yaml")
	closed := strings.Replace(string(text), "    name: Covers London\n",
		"    name: Covers London\n    unusual: {"+last+": closed}\n", 1)
	if err := os.WriteFile(w.restaurants, []byte(closed), 0o600); err != nil {
		t.Fatal(err)
	}
	w.step("", "load", "--day", last).succeeded(t)
	report = w.step("", "report", "--check", "--day", last).succeeded(t)
	n := gjson.Get(report.stdout, "details.findings.#").Int()
	if n != 0 || !strings.Contains(report.stdout, "is unusual: closed") {
		t.Errorf("of an unusual day: %s", report.stdout)
	}
	w.step("", "care", "verify", "--days", fridays[0]+".."+last).succeeded(t)
}
