//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
)

// BenchmarkServer starts the built server, as a process of its own on one core, over a day of so many OpenTable reservations
// and their guests, and reports
//
//   - how long it takes until it serves, from a folder and from S3, with two cores, by the clock and of CPU time, and the peak
//     of resident memory until then;
//   - pages of 1,000, pages of 100 and single records for each second of the server's CPU time, user and system, and single
//     records against a bare net/http handler with a body of the same size;
//   - resident memory after that, and its peak.
//
// COVERS_BENCH_RECORDS names the sizes, with commas.
//
//	COVERS_BENCH_RECORDS=100000 go test -run '^$' -bench Server -benchtime 1x ./tasks/mockapi
func BenchmarkServer(b *testing.B) {
	sizes := os.Getenv("COVERS_BENCH_RECORDS")
	if sizes == "" {
		sizes = "10000,100000,1000000"
	}
	programs := b.TempDir()
	if out, err := exec.Command("go", "build", "-o", programs+"/", ".", "../generate").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, size := range strings.Split(sizes, ",") {
		b.Run(size, func(b *testing.B) {
			for b.Loop() {
				benchServer(b, programs, size)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A Sunday is about an average day; a Saturday has half as many records more than asked for.
const benchDay = "2026-03-29"

func benchServer(b *testing.B, programs, size string) {
	dir := b.TempDir()
	folder := "file://" + dir + "/simulator"
	generate := exec.Command(programs+"/generate", "--day", benchDay, "--out", folder, "--source", "opentable/101", "--records",
		size,
		"--restaurants", restaurants, "--log-level", "error")
	if out, err := generate.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}

	p := startProcess(b, []string{"GOMAXPROCS=2"}, programs+"/mockapi", "--data", folder, "--restaurants", restaurants)
	b.ReportMetric(p.took.Seconds(), "s-start-folder")
	b.ReportMetric(p.cpu(), "cpu-s-start-folder")
	b.ReportMetric(p.memory("VmHWM"), "MiB-start-folder")
	p.stop()

	bucket := laketest.S3(b)
	copyZone(b, folder, bucket)
	p = startProcess(b, []string{"GOMAXPROCS=2"}, programs+"/mockapi", "--data", bucket, "--restaurants", restaurants)
	b.ReportMetric(p.took.Seconds(), "s-start-s3")
	b.ReportMetric(p.cpu(), "cpu-s-start-s3")
	b.ReportMetric(p.memory("VmHWM"), "MiB-start-s3")
	p.stop()

	p = startProcess(b, []string{"GOMAXPROCS=1"}, programs+"/mockapi", "--data", folder, "--restaurants", restaurants)
	defer p.stop()
	c := newBenchClient(b, p)
	records := c.records()
	b.ReportMetric(float64(records), "records")
	for _, limit := range []int{1000, 100} {
		pages := max(records/limit, 1)
		rate, perPage := c.load(func(n int) string { return c.page(limit, n%pages*limit) })
		b.ReportMetric(rate, fmt.Sprintf("pages-of-%d/cpu-s", limit))
		b.ReportMetric(rate*perPage/(1<<20), fmt.Sprintf("MiB-of-%d/cpu-s", limit))
	}
	ids := c.ids(records)
	single := func(n int) string { return opentable.ReservationsPath + "/" + ids[n%len(ids)] }
	// Turn about, so that what else the machine does disturbs both alike.
	var ours, bare float64
	const turns = 3
	for range turns {
		rate, perRecord := c.load(single)
		ours += rate / turns
		other := startProcess(b, []string{"GOMAXPROCS=1", bareSize + "=" + strconv.Itoa(int(perRecord))}, "bare")
		rate, _ = newBenchClient(b, other).load(single)
		bare += rate / turns
		other.stop()
	}
	b.ReportMetric(ours, "records/cpu-s")
	b.ReportMetric(bare, "bare/cpu-s")
	b.ReportMetric(ours/bare, "of-bare")
	b.ReportMetric(p.memory("VmRSS"), "MiB-resident")
	b.ReportMetric(p.memory("VmHWM"), "MiB-peak")
}

// copyZone copies a day's objects, day.json last.
func copyZone(b *testing.B, from, to string) {
	b.Helper()
	source, err := lake.Open(b.Context(), machine.This(), from)
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	target, err := lake.Open(b.Context(), machine.This(), to)
	if err != nil {
		b.Fatal(err)
	}
	defer target.Close()
	for e, err := range source.List(b.Context(), "") {
		if err != nil {
			b.Fatal(err)
		}
		body, err := os.Open(filepath.Join(strings.TrimPrefix(from, "file://"), e.Key))
		if err != nil {
			b.Fatal(err)
		}
		if err := target.Create(b.Context(), e.Key, body); err != nil {
			b.Fatal(err)
		}
		_ = body.Close()
	}
}

// process is a server that runs beside the benchmark.
type process struct {
	b     *testing.B
	cmd   *exec.Cmd
	url   string
	took  time.Duration // until it served
	ended chan error
}

func startProcess(b *testing.B, env []string, program string, args ...string) *process {
	b.Helper()
	file := filepath.Join(b.TempDir(), "url")
	p := &process{b: b, cmd: exec.Command(program,
		append(args, "--listen", "127.0.0.1:0", "--log-level", "error", "--url-file", file)...), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "COVERS_OPENTABLE_CLIENT_ID=ot", "COVERS_OPENTABLE_CLIENT_SECRET=ot-secret",
		"COVERS_THEFORK_CLIENT_ID=tf", "COVERS_THEFORK_CLIENT_SECRET=tf-secret")
	p.cmd.Env = append(p.cmd.Env, env...)
	var log bytes.Buffer // says, at the end, that it was stopped
	p.cmd.Stderr = &log
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	for {
		if text, err := os.ReadFile(file); err == nil {
			p.url, p.took = strings.TrimSpace(string(text)), time.Since(began)
			return p
		}
		select {
		case err := <-p.ended:
			b.Fatalf("%s ended: %v\n%s", program, err, log.String())
		case <-time.After(time.Millisecond):
		}
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
}

// memory reads a line of the process's status, in MiB.
func (p *process) memory(name string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				p.b.Fatal(err)
			}
			return float64(kib) / 1024
		}
	}
	p.b.Fatalf("no %s", name)
	return 0
}

// cpu is the time that the process has worked, user and system, in seconds.
func (p *process) cpu() float64 {
	var t unix.Timespec
	// The clock of another process's CPU time, as clock_getcpuclockid(3) numbers it.
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|2), &t); err != nil {
		p.b.Fatal(err)
	}
	return float64(t.Nano()) / 1e9
}

// benchClient asks a process over a few connections. It does no more with what it gets than count it.
type benchClient struct {
	*process
	http  *http.Client
	token string
}

const connections = 4

func newBenchClient(b *testing.B, p *process) *benchClient {
	b.Helper()
	c := &benchClient{process: p,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
	req, err := http.NewRequest(http.MethodGet, p.url+opentable.TokenPath+"?grant_type=client_credentials", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.SetBasicAuth("ot", "ot-secret")
	res, err := c.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var reply opentable.TokenReply
	body, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(body, &reply) // the bare server gives none
	c.token = reply.AccessToken
	return c
}

// get asks for a path and returns the length of the reply's body, which goes through buf.
func (c *benchClient) get(path string, buf []byte) (size int, err error) {
	req, err := http.NewRequest(http.MethodGet, c.url+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", path, res.Status)
	}
	for {
		n, err := res.Body.Read(buf)
		size += n
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

// list returns a page, decoded.
func (c *benchClient) list(limit, offset int) (page opentable.Page) {
	c.b.Helper()
	req, err := http.NewRequest(http.MethodGet, c.url+c.page(limit, offset), nil)
	if err != nil {
		c.b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		c.b.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		c.b.Fatal(err)
	}
	return page
}

// records returns how many reservations there are.
func (c *benchClient) records() int {
	low, high := 0, 1<<24
	for low < high { // a page behind the end is empty
		if middle := (low + high) / 2; len(c.list(1, middle).Items) > 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// ids returns the ids of a hundred pages' first hundred records.
func (c *benchClient) ids(records int) (ids []string) {
	for n := range 100 {
		for _, item := range c.list(100, records/100*n).Items {
			// Defective records may not be JSON to every reader; their ids are where all have them.
			if _, rest, ok := bytes.Cut(item, []byte(`"id":"`)); ok {
				id, _, _ := bytes.Cut(rest, []byte(`"`))
				ids = append(ids, string(id))
			}
		}
	}
	return ids
}

func (c *benchClient) page(limit, offset int) string {
	q := url.Values{"rid": {"1001"}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)},
		"updated_after": {"2026-01-01T00:00:00.000Z"}}
	return opentable.ReservationsPath + "?" + q.Encode()
}

// load asks until the server has worked for two seconds, and returns replies a second of its CPU time, and their mean length.
func (c *benchClient) load(path func(n int) string) (rate, mean float64) {
	c.b.Helper()
	var next, bytes, replies atomic.Int64
	var done atomic.Bool
	var wg sync.WaitGroup
	errs := make(chan error, connections)
	began := c.cpu()
	for range connections {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			for !done.Load() {
				n, err := c.get(path(int(next.Add(1))), buf)
				if err != nil {
					errs <- err
					return
				}
				bytes.Add(int64(n))
				replies.Add(1)
			}
		})
	}
	for c.cpu()-began < 2 && len(errs) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	done.Store(true)
	wg.Wait()
	if len(errs) > 0 {
		c.b.Fatal(<-errs)
	}
	n := float64(replies.Load())
	return n / (c.cpu() - began), float64(bytes.Load()) / n
}
