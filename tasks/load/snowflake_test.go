//go:build snowflake && linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/load/loadtest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/snowflaketest"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// rig is built programs, a stand-in, and a processed zone of three days on S3.
type rig struct {
	*snowflaketest.Server
	bin       string
	processed string // URL
	dir       string // raw and staging of the world of the transcripts
	want      string // the content's hash, of an undisturbed load
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Server: snowflaketest.Start(t, "--idle", "10"), bin: t.TempDir(), dir: t.TempDir()}
	build := exec.Command("go", "build", "-tags", "failpoints", "-ldflags", "-s -w", "-o", r.bin+"/",
		"covers/tasks/load", "covers/tasks/report")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, v := range r.Env() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	loadtest.World(t, r.dir)
	r.processed = r.S3.Zone("processed")
	zone := r.zone(t)
	third := loadtest.Second
	third.Day, third.Name, third.ReadAt, third.Erasures = "2026-03-29", "00000003", loadtest.Second.ReadAt.AddDate(0, 0, 1), nil
	third.Reservations = []reservation.Reservation{
		wt.Booking(1, 3, "planted-guest"), wt.Booking(2, 3, ""), wt.Booking(3, 1, "other"),
	}
	for _, result := range []wt.Result{loadtest.First, loadtest.Second, third} {
		wt.Publish(t, zone, 1, result)
	}
	url := r.warehouse(t)
	r.run(t, url, "", "load", "--all").succeeded(t)
	r.want = r.hash(t, url)
	return r
}

func (r *rig) zone(t *testing.T) *lake.Zone {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), r.processed)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// warehouse returns the URL of a new one, its schema and its stage in place.
func (r *rig) warehouse(t *testing.T) string {
	t.Helper()
	url := r.Fresh()
	_, err := warehouse.Migrate(t.Context(), machine.This(), snowflaketest.As(snowflaketest.Owner, url), false)
	wt.Check(t, err)
	wt.Check(t, r.Stage(t.Context(), snowflaketest.DatabaseOf(url), r.zone(t).URL()))
	return url
}

type outcome struct {
	code           int
	killed         bool
	stdout, stderr string
	peak           int64 // of resident memory, KiB
	own            int64 // the most of it that was seen to be the process's own and not its program's pages, KiB
	result         struct {
		Status  string                      `json:"status"`
		Counts  map[string]map[string]int64 `json:"counts"`
		Details json.RawMessage             `json:"details"`
	}
}

func (o outcome) succeeded(t *testing.T) outcome {
	t.Helper()
	if o.code != 0 || o.killed {
		t.Fatalf("exit code %d, killed %v\n%s\n%s", o.code, o.killed, o.stdout, o.stderr)
	}
	return o
}

// env is what a program needs; failpoint may be empty.
func (r *rig) env(t *testing.T, warehouseURL, failpoint string) []string {
	t.Helper()
	restaurants, err := filepath.Abs("../../restaurants.yaml")
	wt.Check(t, err)
	return append(os.Environ(), "COVERS_WAREHOUSE="+warehouseURL, "COVERS_PROCESSED="+r.processed,
		"COVERS_RESTAURANTS="+restaurants,
		"COVERS_RAW=file://"+r.dir+"/raw", "COVERS_STAGING=file://"+r.dir+"/staging", "COVERS_FAILPOINT="+failpoint)
}

var resident = regexp.MustCompile(`(VmHWM|RssAnon):\s+(\d+) kB`)

// run runs a program against a warehouse; failpoint may be empty.
func (r *rig) run(t *testing.T, warehouseURL, failpoint, program string, args ...string) (o outcome) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(r.bin, program), args...)
	cmd.Env = r.env(t, warehouseURL, failpoint)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	wt.Check(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for running := true; running; {
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
			for _, m := range resident.FindAllSubmatch(status, -1) {
				n, err := strconv.ParseInt(string(m[2]), 10, 64)
				wt.Check(t, err)
				most := map[string]*int64{"VmHWM": &o.peak, "RssAnon": &o.own}[string(m[1])]
				*most = max(*most, n)
			}
		}
		select {
		case <-ended:
			running = false
		case <-time.After(20 * time.Millisecond):
		}
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	o.code, o.killed = cmd.ProcessState.ExitCode(), status.Signaled() && status.Signal() == syscall.SIGKILL
	o.stdout, o.stderr = stdout.String(), stderr.String()
	if !o.killed {
		if err := json.Unmarshal(stdout.Bytes(), &o.result); err != nil {
			t.Fatalf("%s %v: stdout is not one result line: %v\n%s\n%s", program, args, err, o.stdout, o.stderr)
		}
	}
	return o
}

func (r *rig) hash(t *testing.T, url string) string {
	t.Helper()
	w, err := warehouse.Open(t.Context(), machine.This(), url, warehouse.ReadOnly)
	wt.Check(t, err)
	defer w.Close()
	h, err := w.ContentHash(t.Context())
	wt.Check(t, err)
	return h
}

// inOrder says that the content is the undisturbed one and the ledger has each reading once.
func (r *rig) inOrder(t *testing.T, url string) {
	t.Helper()
	if got := r.hash(t, url); got != r.want {
		t.Errorf("content %s, undisturbed %s", got, r.want)
	}
	if n := r.run(t, url, "", "load", "status").succeeded(t).result.Counts["ledger"]["readings"]; n != 3 {
		t.Errorf("the ledger has %d rows, want 3", n)
	}
}

func TestSnowflake(t *testing.T) {
	r := newRig(t)
	t.Run("killed anywhere and run again", r.killed)
	t.Run("stopped while nobody answers", r.stopped)
	t.Run("at once", r.atOnce)
	t.Run("the same answers as DuckDB", r.answers)
	t.Run("dry run", r.dryRun)
	t.Run("memory", r.memory)
}

// killed: a load killed at a named place leaves its session, and with it the gate's lock, behind. The next one outlasts it.
func (r *rig) killed(t *testing.T) {
	for _, place := range []string{"load/landed", "load/before-commit", "load/after-commit"} {
		url := r.warehouse(t)
		r.run(t, url, "", "load", "--day", "2026-03-27").succeeded(t)
		if o := r.run(t, url, place, "load", "--all"); !o.killed {
			t.Fatalf("not killed at %s: %s", place, o.stderr)
		}
		o := r.run(t, url, "", "load", "--all").succeeded(t)
		if want := map[bool]string{true: "unchanged", false: "done"}[place == "load/after-commit"]; o.result.Status != want {
			t.Errorf("%s: then it was %s, want %s", place, o.result.Status, want)
		}
		r.inOrder(t, url)
	}
}

// stopped: a load that is told to stop while Snowflake does not answer, as it lands, in its transaction or at its commit, ends
// within three seconds with the exit code of being stopped. The next one outlasts the session that is left.
func (r *rig) stopped(t *testing.T) {
	proxy := snowflaketest.NewProxy(t, r.Address)
	url := r.warehouse(t)
	r.run(t, r.URL(proxy.Address, snowflaketest.DatabaseOf(url)), "", "load", "--all").succeeded(t)
	all, _ := proxy.Statements()
	for _, at := range []int64{all / 3, 2 * all / 3, all} {
		url := r.warehouse(t)
		proxy.Arm(snowflaketest.Step{At: at, Cut: snowflaketest.Silent})
		cmd := exec.Command(filepath.Join(r.bin, "load"), "--all")
		cmd.Env = r.env(t, r.URL(proxy.Address, snowflaketest.DatabaseOf(url)), "")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		wt.Check(t, cmd.Start())
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
		select {
		case <-proxy.Silent():
		case <-ended:
			t.Fatalf("it ended before statement %d:\n%s", at, said.String())
		}
		told := time.Now()
		wt.Check(t, cmd.Process.Signal(syscall.SIGTERM))
		<-ended
		if took := time.Since(told); took > 3*time.Second || cmd.ProcessState.ExitCode() != 143 {
			t.Errorf("silent from statement %d of %d: exit code %d after %v\n%s", at, all, cmd.ProcessState.ExitCode(), took,
				said.String())
		}
		r.run(t, url, "", "load", "--all").succeeded(t)
		r.inOrder(t, url)
	}
}

// atOnce: processes that load the same and different days.
func (r *rig) atOnce(t *testing.T) {
	url := r.warehouse(t)
	var wg sync.WaitGroup
	for _, args := range [][]string{{"--all"}, {"--all"}, {"--day", "2026-03-28"}, {"--day", "2026-03-29"}} {
		wg.Go(func() {
			if o := r.run(t, url, "", "load", args...); o.code != 0 {
				t.Errorf("load %v: exit code %d\n%s", args, o.code, o.stderr)
			}
		})
	}
	wg.Wait()
	r.inOrder(t, url)
}

// answers: status, explain and report say of Snowflake what they say of DuckDB, and Snowflake's own client reads the same rows.
func (r *rig) answers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "covers.duckdb")
	duck, snow := "duckdb://"+file, r.warehouse(t)
	loadedAt := regexp.MustCompile(`"loaded_at":"[^"]*"|\b\d+ \w+ \d{4} \d\d:\d\d\b`)
	page := filepath.Join(t.TempDir(), "page.html")
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"load", "--all"}},
		{0, []string{"load", "status"}},
		{0, []string{"load", "explain", "--platform", "opentable", "--reservation", "1001-1"}},
		{0, []string{"report", "--day", "2026-03-27"}},
		{0, []string{"report", "--days", "2026-03-27..2026-03-29", "--page", page}},
		{65, []string{"report", "--check", "--day", "2026-03-27"}},
	} {
		var said []string
		for _, url := range []string{duck, snow} {
			o := r.run(t, url, "", c.args[0], c.args[1:]...)
			if o.code != c.code {
				t.Errorf("%v: exit code %d, want %d\n%s", c.args, o.code, c.code, o.stderr)
			}
			counts, err := json.Marshal(o.result.Counts)
			wt.Check(t, err)
			text, err := os.ReadFile(page) // of an earlier command there is none
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			said = append(said, string(counts)+loadedAt.ReplaceAllString(string(o.result.Details)+string(text), ""))
			for _, planted := range []string{"planted-guest", "planted-body"} {
				if strings.Contains(o.stdout+o.stderr, planted) {
					t.Errorf("%v says %s", c.args, planted)
				}
			}
		}
		if diff := gocmp.Diff(said[0], said[1]); diff != "" {
			t.Errorf("%v: - DuckDB, + Snowflake\n%s", c.args, diff)
		}
	}

	compare := func() ([]byte, error) {
		host, port, _ := strings.Cut(r.Address, ":")
		return exec.Command(snowflaketest.Python(t), "../../tests/check_snowflake.py",
			"--duckdb", file, "--host", host, "--port", port,
			"--database", snowflaketest.DatabaseOf(snow), "--schema", "MAIN", "--user", snowflaketest.Loader).CombinedOutput()
	}
	out, err := compare()
	if err != nil {
		t.Errorf("an independent client: %v\n%s", err, out)
	}
	// It would tell.
	w, err := warehouse.Open(t.Context(), machine.This(), snow, warehouse.ReadWrite)
	wt.Check(t, err)
	_, err = w.Forget(t.Context(), []warehouse.Subject{{Platform: "opentable", CustomerID: "other"}}, "test", time.Now())
	wt.Check(t, err)
	wt.Check(t, w.Close())
	if out, err := compare(); err == nil || !bytes.Contains(out, []byte("DIFFERENT")) {
		t.Errorf("it does not tell: %v\n%s", err, out)
	}
}

// dryRun needs no stage, no warehouse and no file.
func (r *rig) dryRun(t *testing.T) {
	o := r.run(t, r.Fresh(), "", "load", "--all", "--dry-run").succeeded(t)
	if o.result.Counts["load"]["readings"] != 3 || !bytes.Contains(o.result.Details, []byte("COPY INTO landing_reservations")) {
		t.Errorf("got %s", o.stdout)
	}
}

// memory: what the load's process needs does not grow with the day. COVERS_MEMORY_RESERVATIONS is how many reservations the
// day has. Most of what is resident are the program's own pages, and how many of them the kernel maps beside one that is touched
// depends on how the file came into its cache: of one program 35 or 55 MiB. What the process itself holds has a limit of its own.
func (r *rig) memory(t *testing.T) {
	const limit, limitOfItsOwn = 64 << 10, 16 << 10 // KiB
	n := 100_000
	if text := os.Getenv("COVERS_MEMORY_RESERVATIONS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		wt.Check(t, err)
	}
	many := *r
	many.processed = r.S3.Zone("many")
	wt.PublishMany(t, many.zone(t), "2026-03-27", 1, n)
	began := time.Now()
	o := many.run(t, many.warehouse(t), "", "load", "--all").succeeded(t)
	t.Logf("%d reservations in %.0f s, peak of resident memory %.1f MiB, %.1f of them its own", n, time.Since(began).Seconds(),
		float64(o.peak)/1024, float64(o.own)/1024)
	if o.result.Counts["reservation"]["landed"] != int64(n) {
		t.Errorf("landed %v", o.result.Counts)
	}
	if o.peak > limit {
		t.Errorf("the load needs %d KiB, want under %d", o.peak, limit)
	}
	if o.own > limitOfItsOwn {
		t.Errorf("the load needs %d KiB beside the program's pages, want under %d", o.own, limitOfItsOwn)
	}
}
