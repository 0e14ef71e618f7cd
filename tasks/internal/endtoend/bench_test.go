package endtoend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSteps runs the built steps on one reading of n OpenTable reservations (about 1.3 KB each, with their guests) from a
// served simulator, and reports for each step, as the operating system counted it for the whole process: records a second of
// one core's time, the peak of resident memory, and bytes a record.
func BenchmarkSteps(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				benchSteps(b, n)
			}
		})
	}
}

func benchSteps(b *testing.B, n int) {
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
	env = append(env, "COVERS_OPENTABLE_URL="+url, "COVERS_OPENTABLE_AUTH_URL="+url)

	b.StartTimer()
	steps := [][]string{
		{"extract", "--source", "opentable/101", "--day", day, "--by", "updated"},
		{"validate", "--source", "opentable/101", "--day", day},
		{"transform", "--day", day},
		{"load", "--day", day},
	}
	for _, s := range steps {
		m := measure(b, env, s[0], s[1:]...)
		if s[0] == "extract" {
			stop()
		}
		b.ReportMetric(m.records/m.cpu, s[0]+"-records/core-s")
		b.ReportMetric(m.peak, s[0]+"-MiB-peak")
		b.ReportMetric(m.cpu, s[0]+"-core-s")
		b.ReportMetric(m.records, "records")
	}
	for _, z := range []string{"raw", "staging", "processed"} {
		b.ReportMetric(float64(size(b, filepath.Join(dir, z))), z+"-B")
	}
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
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	var result struct{ Counts map[string]map[string]float64 }
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		b.Fatal(err)
	}
	m := measured{
		cpu:  (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(),
		peak: float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024,
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
