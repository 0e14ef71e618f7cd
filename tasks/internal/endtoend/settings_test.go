package endtoend

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.yaml.in/yaml/v3"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/timezone"
)

// What the platforms' documentation leaves open is a setting of mockapi. Here extract meets each value of each of them, and
// must read the same: all that changed on a day, or all meals of it.

// far are restaurants on both sides of UTC, so that it matters which zone cuts a day. 900 is not the server's.
const far = `version: 1
platforms:
  opentable: {api_url: "http://unused.invalid", auth_url: "http://unused.invalid", credential: opentable,
    overlap: 1h, page_size: 7, requests_per_second: %[2]d}
  thefork: {api_url: "http://unused.invalid", auth_url: "http://unused.invalid", credential: thefork,
    overlap: %[1]s, page_size: 7, requests_per_second: %[2]d, money_unit: major}
restaurants:
  - {id: 103, name: Covers New York, timezone: America/New_York, currency: USD, from: 2026-01-01, revision: 1,
     opentable: {rid: 1003}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0103}}
  - {id: 104, name: Covers Auckland, timezone: Pacific/Auckland, currency: EUR, from: 2026-01-01, revision: 1,
     opentable: {rid: 1004}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0104}}
%[3]saccounts:
  - {id: group-main, platform: thefork, group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001, from: 2026-01-01, revision: 1}
`

const foreign = `  - {id: 900, name: Another's, timezone: UTC, currency: EUR, from: 2026-01-01, revision: 1,
     opentable: {rid: 9}, thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0900}}
`

// settings returns every setting that docs/api describes for a platform, with its values; a switch has the value "".
func settings(t *testing.T, platform string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/api/" + platform + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all yaml.Node
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		var fact struct {
			Setting string
			Values  []string
		}
		if n.Kind == yaml.MappingNode && n.Decode(&fact) == nil && fact.Setting != "" {
			found[fact.Setting] = fact.Values
			if fact.Values == nil {
				found[fact.Setting] = []string{""}
			}
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(&all)
	return found
}

// newFar generates four days of the far restaurants.
func newFar(t *testing.T) *platforms {
	t.Helper()
	p := &platforms{dir: t.TempDir()}
	p.restaurants = p.registry(t, "server", "24h", 100000, "")
	for _, day := range []string{"2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"} {
		run(t, nil, "generate", "--day", day, "--out", "file://"+p.dir+"/simulator", "--restaurants", p.restaurants,
			"--records", "30", "--defects", "0").succeeded(t)
	}
	return p
}

func (p *platforms) registry(t *testing.T, name, overlap string, perSecond int, more string) string {
	t.Helper()
	path := filepath.Join(p.dir, name+".yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, far, overlap, perSecond, more), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serving returns a world over the same days that a server with other settings serves, until the test ends.
func (p *platforms) serving(t *testing.T, settings ...string) *world {
	t.Helper()
	urlFile := filepath.Join(t.TempDir(), "url")
	cmd := exec.Command(filepath.Join(bin, "mockapi"),
		append([]string{"--data", "file://" + p.dir + "/simulator", "--listen", "127.0.0.1:0",
			"--url-file", urlFile, "--restaurants", p.restaurants}, settings...)...)
	cmd.Env = append(os.Environ(), secrets...)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for {
		if text, err := os.ReadFile(urlFile); err == nil {
			return (&platforms{dir: p.dir, url: strings.TrimSpace(string(text)), restaurants: p.restaurants}).world(t)
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("mockapi ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// known returns what the platforms know of a source's kind of record when all days are over, by id.
func (p *platforms) known(t *testing.T, platform, kind string, restaurants ...int64) map[string]simulator.Line {
	t.Helper()
	zone, err := lake.Open(ctx, machine.This(), "file://"+p.dir+"/simulator")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	found := map[string]simulator.Line{}
	for _, restaurant := range restaurants {
		days, err := simulator.Days(ctx, zone, platform, restaurant)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range days {
			d, err := simulator.ReadDay(ctx, zone, simulator.ID{Platform: platform, Restaurant: restaurant, Day: day})
			if err != nil {
				t.Fatal(err)
			}
			for line, err := range simulator.Records(ctx, zone, d, kind) {
				if err != nil {
					t.Fatal(err)
				}
				if line.UpdatedAt >= found[line.ID].UpdatedAt {
					line.Record = nil // lives until the next line
					found[line.ID] = line
				}
			}
		}
	}
	return found
}

// received returns all records of a kind that the readings of a source's day have, by id, as the platform wrote them.
func (w *world) received(src, day, by, kind string) map[string]string {
	w.t.Helper()
	zone, err := lake.Open(ctx, machine.This(), w.zone("raw"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer zone.Close()
	readings, err := lake.Readings(ctx, zone, src, day)
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string]string{}
	for _, reading := range readings {
		if reading.Manifest.By != by {
			continue
		}
		for _, object := range reading.Manifest.Objects {
			if object.Kind != kind {
				continue
			}
			body, err := zone.OpenObject(ctx, object)
			if err != nil {
				w.t.Fatal(err)
			}
			text, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
			if err != nil {
				w.t.Fatal(err)
			}
			scan := bufio.NewScanner(text)
			scan.Buffer(nil, 1<<20)
			for scan.Scan() {
				line, err := lake.ParseLine(scan.Bytes())
				var ids struct{ ID, ReservationUUID, CustomerUUID string }
				if err := errors.Join(err, json.Unmarshal(line.Record, &ids)); err != nil {
					w.t.Fatal(err)
				}
				found[cmp.Or(ids.ID, ids.ReservationUUID, ids.CustomerUUID, line.Asked)] = string(line.Record)
			}
			if scan.Err() != nil {
				w.t.Fatal(scan.Err())
			}
			text.Close()
			_ = body.Close()
		}
	}
	return found
}

// asked is a source and how its day is asked for.
type asked struct {
	src, by, kind string
	restaurants   []int64
}

func (a asked) platform() string { return strings.Split(a.src, "/")[0] }

var openTableAsked = []asked{
	{"opentable/103", lake.ByUpdated, reservation.KindReservation, []int64{103}},
	{"opentable/103", lake.ByUpdated, reservation.KindCustomer, []int64{103}},
	{"opentable/104", lake.ByServiceDate, reservation.KindReservation, []int64{104}},
}

var theForkAsked = []asked{
	{"thefork/103", lake.ByUpdated, reservation.KindReservation, []int64{103}},
	{"thefork/104", lake.ByUpdated, reservation.KindReservation, []int64{104}},
	{"thefork/103", lake.ByServiceDate, reservation.KindReservation, []int64{103}},
	{"thefork/104", lake.ByServiceDate, reservation.KindReservation, []int64{104}},
	{"thefork/group-main", lake.ByUpdated, reservation.KindCustomer, []int64{103, 104}},
}

// forms are the settings that change records themselves.
var forms = []string{
	"--opentable-tier", "--opentable-guest-ids", "--opentable-primary-guest", "--opentable-birthdays", "--opentable-address",
	"--opentable-gpid", "--opentable-referrer", "--opentable-states", "--opentable-gold-pos-data",
	"--opentable-copper-created-utc", "--thefork-customer-dates", "--thefork-lists", "--thefork-customer-uuid",
	"--thefork-money-unit", "--thefork-booking-times", "--thefork-origin-name",
}

// missing returns how many records of the source's day the readings of some days lack.
func (w *world) missing(a asked, day string, readings ...string) (lacks int) {
	w.t.Helper()
	lacks, _ = w.ofDay(a, day, readings...)
	return lacks
}

// ofDay returns the records of the source's day that the readings of some days have, and how many they lack.
func (w *world) ofDay(a asked, day string, readings ...string) (lacks int, records map[string]string) {
	w.t.Helper()
	have := map[string]string{}
	for _, reading := range readings {
		maps.Copy(have, w.received(a.src, reading, a.by, a.kind))
	}
	records = map[string]string{}
	of := 0
	for id, line := range w.known(w.t, a.platform(), a.kind, a.restaurants...) {
		on := time.UnixMilli(line.UpdatedAt).UTC().Format(time.DateOnly)
		if a.by == lake.ByServiceDate {
			on = w.serviceDate(a, line)
		}
		if on != day {
			continue
		}
		of++
		record := cmp.Or(have[id], have[inDigits(id)])
		if record == "" {
			lacks++
		}
		records[id] = record
	}
	if of < 10 {
		w.t.Fatalf("%v: only %d records on %s", a, of, day)
	}
	return lacks, records
}

// inDigits returns a guest's id in OpenTable's other form: the first 24 hexadecimal digits of the UUID.
func inDigits(id string) string {
	rid, uuid, _ := strings.Cut(id, "-")
	if digits := strings.ReplaceAll(uuid, "-", ""); len(digits) == 32 {
		return rid + "-" + digits[:24]
	}
	return ""
}

func (w *world) serviceDate(a asked, line simulator.Line) string {
	if line.ScheduledLocal != "" {
		return line.ScheduledLocal[:len(time.DateOnly)]
	}
	zone, err := timezone.Load(map[int64]string{103: "America/New_York", 104: "Pacific/Auckland"}[a.restaurants[0]])
	if err != nil {
		w.t.Fatal(err)
	}
	return time.UnixMilli(line.ScheduledAt).In(zone).Format(time.DateOnly)
}

// extract reads a day in every way that is named, each once.
func (w *world) extract(day string, ways []asked) (last outcome) {
	w.t.Helper()
	done := map[string]bool{}
	for _, a := range ways {
		if key := a.src + a.by; !done[key] {
			done[key] = true
			last = w.step("", "extract", "--source", a.src, "--day", day, "--by", a.by).succeeded(w.t)
		}
	}
	return last
}

func TestExtractReadsTheSameUnderEverySetting(t *testing.T) {
	const day = "2026-03-29" // which begins in New York four hours after it does in UTC, and in Auckland thirteen hours before
	p := newFar(t)
	help, err := exec.Command(filepath.Join(bin, "mockapi"), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for platform, ways := range map[string][]asked{reservation.OpenTable: openTableAsked, reservation.TheFork: theForkAsked} {
		found := settings(t, platform)
		usual := map[string]map[string]string{} // what is read where nothing is set, by how it is asked for
		plain := p.serving(t)
		plain.restaurants = p.registry(t, "client", "24h", 100000, "")
		plain.extract(day, ways)
		for _, a := range ways {
			_, usual[fmt.Sprint(a)] = plain.ofDay(a, day, day)
		}
		if len(found) < 8 {
			t.Fatalf("%s: only %d settings: %v", platform, len(found), found)
		}
		for name, values := range found {
			for _, value := range values {
				usually := regexp.MustCompile(regexp.QuoteMeta(name) + ` value .*\(default: "` + regexp.QuoteMeta(value) + `"\)`)
				if name != "--thefork-unauthorized" && usually.Match(help) {
					continue // nothing is set: that was read above
				}
				flags := []string{name, value}
				overlap, perSecond := "24h", 100000
				switch {
				case strings.HasSuffix(name, "-token-life"):
					flags[1] = "1s"
				case name == "--thefork-unauthorized":
					// A token that ends in the middle, without the client's knowing: it learns from the refusal.
					flags, perSecond = append(flags, "--thefork-expires-in", "absent", "--thefork-token-life", "1s"), 30
				case name == "--thefork-end-date" && value == "exclusive":
					overlap = "48h" // as docs/operations.md says
				}
				t.Run(platform+strings.Join(flags, " "), func(t *testing.T) {
					w := p.serving(t, flags...)
					w.restaurants = p.registry(t, "client", overlap, perSecond, "")
					ask := ways
					if name == "--thefork-unauthorized" {
						ask = ways[:1]
					}
					last := w.extract(day, ask)
					for _, a := range ask {
						n, records := w.ofDay(a, day, day)
						if n > 0 && (value != "no" || a.kind != reservation.KindCustomer) { // archived guests are not listed
							t.Errorf("%v: %d records are missing", a, n)
						}
						if n == 0 && !slices.Contains(forms, name) && !maps.Equal(records, usual[fmt.Sprint(a)]) {
							t.Errorf("%v: the records are not those that are read where nothing is set", a)
						}
					}
					var result struct {
						Details struct {
							Tokens int `json:"token_requests"`
						}
					}
					if err := json.Unmarshal([]byte(last.stdout), &result); err != nil {
						t.Fatal(err)
					}
					if name == "--thefork-unauthorized" && result.Details.Tokens < 2 {
						t.Errorf("%d tokens: none expired", result.Details.Tokens)
					}
				})
			}
		}
	}
}

// Where the last day is not read and days are cut in the restaurant's zone, a day on each side is not enough for one day's
// reading to have all of it: what it lacks comes with the next day's.
func TestWhatAnExclusiveEndLeavesOutComesTheNextDay(t *testing.T) {
	p := newFar(t)
	for zone, lacking := range map[string]asked{"utc": theForkAsked[2], "restaurant": theForkAsked[1]} {
		w := p.serving(t, "--thefork-end-date", "exclusive", "--thefork-day-zone", zone)
		w.extract("2026-03-28", theForkAsked)
		w.extract("2026-03-29", theForkAsked)
		for _, a := range theForkAsked {
			if n := w.missing(a, "2026-03-28", "2026-03-28"); (n > 0) != (a.src == lacking.src && a.by == lacking.by) {
				t.Errorf("%s, %v: the day's own reading lacks %d records", zone, a, n)
			}
			if n := w.missing(a, "2026-03-28", "2026-03-28", "2026-03-29"); n > 0 {
				t.Errorf("%s, %v: %d records are lost", zone, a, n)
			}
		}
	}
}

// Another's restaurant ends the run, and says what to look at.
func TestAnothersRestaurantUnderEverySetting(t *testing.T) {
	p := newFar(t)
	for platform, name := range map[string]string{
		reservation.OpenTable: "--opentable-foreign", reservation.TheFork: "--thefork-foreign",
	} {
		values := settings(t, platform)[name]
		if len(values) < 2 {
			t.Fatalf("%s has the values %q", name, values)
		}
		for _, status := range values {
			w := p.serving(t, name, status)
			w.restaurants = p.registry(t, "foreign", "24h", 100000, foreign)
			want := 77
			if status == "404" {
				want = 64
			}
			out := w.step("", "extract", "--source", platform+"/900", "--day", "2026-03-28", "--by", lake.ByUpdated)
			if out.code != want || !strings.Contains(out.stdout, status+" ") ||
				!strings.Contains(out.stdout, "restaurants.yaml") {
				t.Errorf("%s %s: exit code %d, want %d: %s", name, status, out.code, want, out.stdout)
			}
		}
	}
}
