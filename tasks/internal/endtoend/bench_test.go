package endtoend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSteps runs the built steps on one reading of n OpenTable reservations (about 1.3 KB each, with their guests) from a
// served simulator, with one and with two processors, and reports of each step, as the operating system counted it for the whole
// process: records a second of one core's time, the peak of resident memory and what that is of the peak at 100,000, and bytes
// a record. Of validate it also reports the exponent with which its time grows from the smallest size on: 1 is in proportion.
// FULL=1 adds ten million; COVERS_BENCH_RECORDS names other sizes, with commas, from small to large.
func BenchmarkSteps(b *testing.B) {
	sizes := "10000,100000,1000000"
	if os.Getenv("FULL") == "1" {
		sizes += ",10000000"
	}
	if given := os.Getenv("COVERS_BENCH_RECORDS"); given != "" {
		sizes = given
	}
	before := map[int]map[int]map[string]measured{1: {}, 2: {}} // by processors, size and step
	first := 0
	for _, size := range strings.Split(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatalf("COVERS_BENCH_RECORDS is %q: want numbers with commas: %v", sizes, err)
		}
		if first == 0 {
			first = n
		}
		for _, processors := range []int{1, 2} {
			runs := before[processors]
			b.Run(fmt.Sprintf("%d/processors=%d", n, processors), func(b *testing.B) {
				for b.Loop() {
					runs[n] = benchSteps(b, n, processors)
				}
				reportGrowth(b, runs[first], runs[standardSize], runs[n])
			})
		}
	}
}

// standardSize is the number of reservations whose peak is what others are compared with.
const standardSize = 100_000

// reportGrowth reports how steps grew from the smallest size on, and beside the standard one, where that was measured.
func reportGrowth(b *testing.B, smallest, standard, now map[string]measured) {
	b.Helper()
	v, from := now["validate"], smallest["validate"]
	if v.records > from.records {
		b.ReportMetric(math.Log(v.cpu/from.cpu)/math.Log(v.records/from.records), "validate-exponent")
	}
	b.ReportMetric(now["transform"].records/now["transform"].cpu/(v.records/v.cpu), "transform/validate-records/core-s")
	for name := range standard {
		b.ReportMetric(now[name].peak/standard[name].peak, name+"-peak/peak-at-100000")
	}
}

// benchSteps runs the steps once and returns what each used.
func benchSteps(b *testing.B, n, processors int) map[string]measured {
	b.Helper()
	b.StopTimer()
	day := days[1] // a Sunday is about an average day; a Saturday has half as many records more
	dir := b.TempDir()
	restaurants := filepath.Join(dir, "restaurants.yaml")
	text := strings.ReplaceAll(fmt.Sprintf(registry, 1, 1), "page_size: 50", "page_size: 1000")
	if err := os.WriteFile(restaurants, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	zone := func(name string) string { return "file://" + filepath.Join(dir, name) }
	env := append([]string{
		"COVERS_RAW=" + zone("raw"), "COVERS_STAGING=" + zone("staging"), "COVERS_PROCESSED=" + zone("processed"),
		"COVERS_WAREHOUSE=duckdb://" + filepath.Join(dir, "covers.duckdb"), "COVERS_RESTAURANTS=" + restaurants,
	}, secrets...)
	measure(b, env, "generate", "--day", day, "--out", zone("simulator"), "--source", "opentable/101", "--records", fmt.Sprint(n))
	url, stop := serve(b, env, zone("simulator"), filepath.Join(dir, "url"))
	env = append(env, "COVERS_OPENTABLE_URL="+url, "COVERS_OPENTABLE_AUTH_URL="+url, fmt.Sprintf("GOMAXPROCS=%d", processors))

	b.StartTimer()
	steps := [][]string{
		{"extract", "--source", "opentable/101", "--day", day, "--by", "updated"},
		{"validate", "--source", "opentable/101", "--day", day},
		{"transform", "--day", day},
		{"load", "--day", day},
	}
	used := map[string]measured{}
	for _, s := range steps {
		m := measure(b, env, s[0], s[1:]...)
		if s[0] == "extract" {
			stop()
		}
		used[s[0]] = m
		b.ReportMetric(m.records/m.cpu, s[0]+"-records/core-s")
		b.ReportMetric(m.peak, s[0]+"-MiB-peak")
		b.ReportMetric(m.cpu, s[0]+"-core-s")
		b.ReportMetric(m.records, "records")
	}
	for _, z := range []string{"raw", "staging", "processed"} {
		b.ReportMetric(float64(size(b, filepath.Join(dir, z))), z+"-B")
	}
	return used
}

// measured is what the operating system counted of a process.
type measured struct {
	records   float64 // received, rows or landed, of all kinds
	cpu, peak float64 // core seconds, MiB
}

func measure(b *testing.B, env []string, name string, args ...string) measured {
	b.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	peak, err := peakOf(cmd)
	if err != nil {
		b.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	var result struct{ Counts map[string]map[string]float64 }
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		b.Fatal(err)
	}
	m := measured{
		cpu:  (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		peak: peak,
	}
	for _, kind := range []string{"reservation", "customer"} {
		for _, count := range []string{"received", "rows", "landed"} {
			if v := result.Counts[kind][count]; v > 0 {
				m.records += v
				break
			}
		}
	}
	return m
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakOf runs a program and returns the peak of its resident memory in MiB, as it was seen last before its end. What wait4(2)
// says of a child is at least what this process itself had when it began the other (getrusage(2)).
func peakOf(cmd *exec.Cmd) (peak float64, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
			if m := highWater.FindSubmatch(status); m != nil {
				kib, _ := strconv.ParseFloat(string(m[1]), 64) // they are digits
				peak = kib / 1024
			}
		}
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func serve(b testing.TB, env []string, data, urlFile string) (url string, stop func()) {
	b.Helper()
	cmd := exec.Command(filepath.Join(bin, "mockapi"), "--data", data, "--listen", "127.0.0.1:0", "--url-file", urlFile)
	cmd.Env = append(os.Environ(), env...)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if text, err := os.ReadFile(urlFile); err == nil {
			return strings.TrimSpace(string(text)), func() {
				_ = cmd.Process.Signal(syscall.SIGTERM)
				<-ended
			}
		}
		select {
		case err := <-ended:
			b.Fatalf("mockapi ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func size(b *testing.B, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}
