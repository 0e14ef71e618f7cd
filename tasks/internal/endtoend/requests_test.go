package endtoend

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/source"
)

// metered is a day of some restaurants whose zones are on S3.
type metered struct {
	server  *laketest.Server
	env     []string // of every step, without the zones
	sources []string
}

// newMetered serves a day of so many restaurants like those of restaurants.yaml, each on both platforms, and an account.
func newMetered(t testing.TB, restaurants, records int) *metered {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "restaurants.yaml")
	if err := os.WriteFile(file, []byte(registryOf(restaurants)), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := source.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	d := &metered{server: laketest.Start(t)}
	for _, s := range known.Sources {
		d.sources = append(d.sources, s.ID)
	}
	d.env = append([]string{
		"COVERS_RESTAURANTS=" + file, "COVERS_WAREHOUSE=duckdb://" + filepath.Join(dir, "covers.duckdb"),
		"AWS_ACCESS_KEY_ID=" + d.server.Access, "AWS_SECRET_ACCESS_KEY=" + d.server.Key, "AWS_EC2_METADATA_DISABLED=true",
	}, secrets...)
	simulator := "file://" + filepath.Join(dir, "simulator")
	for _, day := range days {
		d.run(t, d.env, "generate", "--day", day, "--out", simulator, "--records", fmt.Sprint(records), "--defects", "0.03")
	}
	address, stop := serve(t, d.env, simulator, filepath.Join(dir, "url"))
	t.Cleanup(stop)
	d.env = append(d.env, "COVERS_OPENTABLE_URL="+address, "COVERS_OPENTABLE_AUTH_URL="+address,
		"COVERS_THEFORK_URL="+address+"/manager", "COVERS_THEFORK_AUTH_URL="+address)
	return d
}

// registryOf returns the text of a restaurants.yaml with so many restaurants.
func registryOf(restaurants int) string {
	platforms, rest, _ := strings.Cut(fmt.Sprintf(registry, 1, 1), "restaurants:\n")
	one, accounts, _ := strings.Cut(rest, "accounts:\n")
	text := strings.ReplaceAll(platforms, "page_size: 50", "page_size: 1000") + "restaurants:\n"
	for i := range restaurants {
		id := fmt.Sprint(101 + i)
		text += strings.NewReplacer("id: 101", "id: "+id, "1001", "1"+id, "1d0101", "1d0"+id).Replace(one)
	}
	return text + "accounts:\n" + accounts
}

func (d *metered) run(t testing.TB, env []string, name string, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
}

// step runs one step, whose requests each take a delay.
func (d *metered) step(t testing.TB, delay time.Duration, name string, args ...string) pace {
	t.Helper()
	m, stop := newMeter(t, d.server, delay)
	defer stop()
	var zones []string
	for _, zone := range []string{"raw", "staging", "processed"} {
		at := strings.Replace(d.server.Zone(zone), url.QueryEscape(d.server.URL), url.QueryEscape(m.url), 1)
		zones = append(zones, "COVERS_"+strings.ToUpper(zone)+"="+at)
	}
	began := time.Now()
	d.run(t, slices.Concat(d.env, zones), name, args...)
	return m.pace(name, began, time.Now())
}

// usual runs the steps of a day after another one and returns what each asked: of extract and validate the requests of all
// sources and the time of the slowest. It asks by service date, because such a day is held against the weeks before however
// late it is read.
func (d *metered) usual(t testing.TB, delay time.Duration) []pace {
	t.Helper()
	d.day(t, 0, days[0])
	return d.day(t, delay, days[1])
}

func (d *metered) day(t testing.TB, delay time.Duration, day string) []pace {
	t.Helper()
	var extract, validate pace
	for _, src := range d.sources {
		of := []string{"--source", src, "--day", day}
		extract = extract.with(d.step(t, delay, "extract", append(of, "--by", "service-date")...))
		validate = validate.with(d.step(t, delay, "validate", append(of, "--max-refused", "0.5")...))
	}
	paces := []pace{extract, validate}
	for _, name := range []string{"transform", "load", "report"} {
		paces = append(paces, d.step(t, delay, name, "--day", day))
	}
	return paces
}

// with adds up the requests of several runs, and keeps the times of the longest.
func (p pace) with(q pace) pace {
	longest := p
	if q.wall > p.wall {
		longest = q
	}
	longest.runs, longest.most, longest.calls = p.runs+q.runs, max(p.most, q.most), map[string]int{}
	for _, of := range []pace{p, q} {
		for kind, n := range of.calls {
			longest.calls[kind] += n
		}
	}
	return longest
}

// TestRequests holds how many requests to S3 a step makes on a usual day of 3 restaurants, which are 7 sources. A step that
// makes more has to say here what for.
func TestRequests(t *testing.T) {
	most := map[string]int{
		// Two kinds and the log of requests are put and looked at before the manifest, which is put; and the first object is
		// put once more, to see that the store refuses it.
		"extract": 3 + 3 + 1 + 1,
		// The reading, with two objects, and the results there are: lists and the manifest, 5. Settings twice, before the work
		// and before the manifest, 4. Four objects are put and looked at, then the manifest, and the first is put once more, 10.
		// Who was forgotten is listed before the work and before the manifest, 2.
		"validate": 5 + 4 + 10 + 2,
		// The day's processed manifests and each source's results are listed, and 7 manifests read. Of 7 sources 17 objects are
		// read, once. 3 objects are put and looked at, then the manifest, and the first is put once more.
		"transform": 1 + 7 + 7 + 17 + 3 + 3 + 1 + 1,
		// The day and the 8 weeks before are listed, one manifest is read, and an object of each of 3 kinds.
		"load": 1 + 8 + 1 + 3,
		// Each source's readings and results are listed and read, the 8 weeks before listed, a quarantine of each source is read
		// and the page put.
		"report": 7*4 + 8 + 7 + 1,
	}
	for _, p := range newMetered(t, 3, 60).usual(t, 0) {
		if p.most > most[p.step] || p.most == 0 {
			t.Errorf("%s makes %d requests in one of %d runs, want at most %d: %v in all",
				p.step, p.most, p.runs, most[p.step], p.calls)
		}
	}
}
