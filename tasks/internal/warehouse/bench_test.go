//go:build cgo

package warehouse

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// BenchmarkLoad loads a day of a million bookings from local files into a new database file, then the same bookings' next
// version on top of it. COVERS_BENCH_DUCKDB may hold parameters of the URL, such as "?memory_limit=512MiB".
func BenchmarkLoad(b *testing.B) {
	const bookings = 1_000_000
	zone, err := lake.Open(b.Context(), machine.This(), "file://"+b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	days := []string{"2026-03-27", "2026-03-28"}
	for i, day := range days {
		wt.PublishMany(b, zone, day, int64(i+1), bookings)
	}
	b.Logf("peak memory of writing the objects: %s", peakMemory(b))
	for b.Loop() {
		w, err := Open(b.Context(), machine.This(), "duckdb://"+b.TempDir()+"/covers.duckdb"+os.Getenv("COVERS_BENCH_DUCKDB"),
			ReadWrite)
		if err != nil {
			b.Fatal(err)
		}
		for i, day := range days {
			began := time.Now()
			out, err := w.Load(b.Context(),
				LoadOptions{Processed: zone, Days: []string{day}, Revision: 1, Program: "bench", Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(bookings/time.Since(began).Seconds(), fmt.Sprintf("rows/s-day%d", i+1))
			b.Logf("%s: land %.1f s, transaction %.1f s, peak memory %s", day, out.Durations["land"],
				out.Durations["transaction"], peakMemory(b))
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// peakMemory returns the process's highest resident memory so far.
func peakMemory(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown" // not Linux
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
