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
	d.run(t, d.env, "generate", "--day", days[0], "--out", simulator, "--records", fmt.Sprint(records), "--defects", "0.03")
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

// day runs the day's steps and returns what each asked: of extract and validate the requests of all sources and the time of
// the slowest. It asks by service date, because such a day is held against the weeks before however late it is read.
func (d *metered) day(t testing.TB, delay time.Duration) []pace {
	t.Helper()
	var extract, validate pace
	for _, src := range d.sources {
		of := []string{"--source", src, "--day", days[0]}
		extract = extract.with(d.step(t, delay, "extract", append(of, "--by", "service-date")...))
		validate = validate.with(d.step(t, delay, "validate", append(of, "--max-refused", "0.5")...))
	}
	paces := []pace{extract, validate}
	for _, name := range []string{"transform", "load", "report"} {
		paces = append(paces, d.step(t, delay, name, "--day", days[0]))
	}
	return paces
}

// with adds up the requests of several runs, and keeps the times of the longest.
func (p pace) with(q pace) pace {
	longest := p
	if q.wall > p.wall {
		longest = q
	}
	longest.runs, longest.calls = p.runs+q.runs, map[string]int{}
	for _, of := range []pace{p, q} {
		for kind, n := range of.calls {
			longest.calls[kind] += n
		}
	}
	return longest
}
