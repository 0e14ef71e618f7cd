package endtoend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	vt "covers/tasks/internal/validate/validatetest"
	"covers/tasks/internal/warehouse"
)

// offline is a world that nobody serves: its readings are written by hand.
func offline(t *testing.T) *world {
	t.Helper()
	p := &platforms{dir: t.TempDir(), url: "http://unused.invalid"}
	p.restaurants = writeRegistry(t, p.dir, 1)
	return p.world(t)
}

// readingOf writes a reading of a source's day.
func (w *world) readingOf(src, day, name string, records map[string][]string) {
	w.t.Helper()
	o := vt.Options(w.t, src)
	raw, err := lake.Open(ctx, machine.This(), w.zone("raw"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer raw.Close()
	o.Raw, o.Day = raw, day
	vt.WriteReading(w.t, o, name, records)
}

// through derives, gathers and loads a day, and counts all of it again. Validate ends with a code, whose message says something.
func (w *world) through(src, day string, code int, says string) {
	w.t.Helper()
	out := w.step("", "validate", "--source", src, "--day", day)
	if out.code != code || !strings.Contains(out.stdout, says) {
		w.t.Fatalf("want %d and %q, got %d\n%s\n%s", code, says, out.code, out.stdout, out.stderr)
	}
	w.step("", "transform", "--day", day).succeeded(w.t)
	w.step("", "load", "--day", day).succeeded(w.t)
	w.step("", "care", "verify", "--day", day).succeeded(w.t)
}

// holds compares the number of current rows that come from a source's day.
func (w *world) holds(src, day string, bookings, guests int64) {
	w.t.Helper()
	house := w.open()
	defer house.Close()
	var counts map[warehouse.DaySource]map[string]int64
	err := house.Moment(ctx, func(m *warehouse.Moment) error {
		ledger, err := m.Ledger(ctx, []string{day})
		if err == nil && len(ledger) > 0 {
			counts, err = m.CurrentCounts(ctx, warehouse.ReadingsOf(ledger))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	got := counts[warehouse.DaySource{Day: day, Source: src}]
	if got[reservation.KindReservation] != bookings || got[reservation.KindCustomer] != guests {
		w.t.Errorf("%s of %s has %v current rows, want %d bookings and %d guests", src, day, got, bookings, guests)
	}
}

const (
	bookings = reservation.KindReservation
	guests   = reservation.KindCustomer
)

func unknown(i int) string   { return vt.OpenTable(i, `"Done"`, `"Gone"`) }
func elsewhere(i int) string { return vt.Guest(i, `"rid":1001`, `"rid":1002`) }

func mixed(bad, all int, wrong func(int) string, right func(int, ...string) string) (records []string) {
	for i := range all {
		if i < bad {
			records = append(records, wrong(i))
		} else {
			records = append(records, right(i))
		}
	}
	return records
}

// One booking of ten that cannot be read takes none of the others with it.
func TestOneBadRecordOfASmallRestaurantsDay(t *testing.T) {
	w := offline(t)
	w.readingOf(sources[0], days[0], vt.First, map[string][]string{bookings: mixed(1, 10, unknown, vt.OpenTable)})
	w.through(sources[0], days[0], 0, `"quarantined":1`)
	w.holds(sources[0], days[0], 9, 0)
}

// Guests over the limit are withheld, and the day's bookings go in.
func TestGuestsTakeNoBookingsWithThem(t *testing.T) {
	w := offline(t)
	w.readingOf(sources[0], days[0], vt.First, map[string][]string{
		bookings: vt.Many(40, vt.OpenTable), guests: mixed(12, 30, elsewhere, vt.Guest),
	})
	w.through(sources[0], days[0], 65,
		"raise --max-refused-records and the revision of opentable/101 in restaurants.yaml from 1 to 2")
	w.holds(sources[0], days[0], 40, 0)
	// With both raised the guests are in, too.
	w.restaurants = writeRegistry(t, w.dir, 2)
	w.env = []string{"COVERS_MAX_REFUSED_RECORDS=12"}
	w.through(sources[0], days[0], 0, `"quarantined":12`)
	w.holds(sources[0], days[0], 40, 18)
}

// A day whose every record is refused is red, and nothing of it goes in.
func TestADayOfRefusedRecordsIsRed(t *testing.T) {
	w := offline(t)
	w.readingOf(sources[0], days[0], vt.First, map[string][]string{bookings: mixed(3, 3, unknown, vt.OpenTable)})
	w.through(sources[0], days[0], 65, "3 of 3 reservation records refused, more than 5% and none in order")
	w.holds(sources[0], days[0], 0, 0)
}

// What a raised revision refuses of an old day stays as it was let in, before and after the day is gathered again, and is named.
func TestARaisedRevisionTakesNoOldDayAway(t *testing.T) {
	w := offline(t)
	w.readingOf(sources[0], days[0], vt.First, map[string][]string{
		bookings: vt.Many(8, vt.OpenTable), guests: vt.Many(3, vt.Guest),
	})
	w.through(sources[0], days[0], 0, "")
	before := w.hashes()

	path := filepath.Join(w.dir, "moved.yaml")
	text, err := os.ReadFile(writeRegistry(t, w.dir, 2))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(string(text), "rid: 1001", "rid: 2002", 1)
	if err := os.WriteFile(path, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	w.restaurants = path
	w.through(sources[0], days[0], 65, "8 of 8 reservation records refused")
	w.holds(sources[0], days[0], 8, 3)
	after := w.hashes()
	for _, reference := range []string{"restaurants", "restaurant_history"} { // they repeat the restaurants.yaml of the last load
		delete(before, reference)
		delete(after, reference)
	}
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("the warehouse is another:\n%s", d)
	}
	var result struct {
		Details struct {
			Over []string `json:"passed_over"`
		} `json:"details"`
	}
	out := w.step("", "transform", "--day", days[0])
	if err := json.Unmarshal([]byte(out.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Details.Over) != 1 || !strings.Contains(result.Details.Over[0], ".0001.0001 stands") {
		t.Errorf("%s\n%s", out.stdout, out.stderr)
	}
}
