//go:build cgo

package warehouse

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// BenchmarkHistory loads a day of 20,000 bookings and 14,000 guests into DuckDB files with histories of more and more
// observations, then derives an old day again, and then erases a guest. Each time is from opening the file to closing it, and
// the sizes take turns, so that what else the machine does meets all of them. COVERS_BENCH_OBSERVATIONS is the longest history.
func BenchmarkHistory(b *testing.B) {
	most := 1_000_000
	if given := os.Getenv("COVERS_BENCH_OBSERVATIONS"); given != "" {
		var err error
		most, err = strconv.Atoi(given)
		wt.Check(b, err)
	}
	sizes := []int{0}
	for n := 100_000; n <= most; n *= 10 {
		sizes = append(sizes, n)
	}
	h := wt.Long{Bookings: 5000}
	zone, err := lake.Open(b.Context(), machine.This(), "file://"+b.TempDir())
	wt.Check(b, err)
	made := map[int]string{}
	for _, n := range sizes {
		made[n] = filepath.Join(b.TempDir(), "covers.duckdb")
		timed(b, made[n], func(*Warehouse) error { return nil })
		days := n / h.Observations()
		h.Fill(b, made[n], days)
		wt.Publish(b, zone, 1, h.Results(days, 1)...)
		if days > 0 {
			wt.Publish(b, zone, 1, h.Results(days/2, 2)...)
		}
	}
	took := map[string]map[int][]float64{"load": {}, "again": {}, "forget": {}}
	peak := map[int]string{}
	for b.Loop() {
		for _, n := range sizes {
			path := filepath.Join(b.TempDir(), "covers.duckdb")
			copyFile(b, made[n], path)
			days := n / h.Observations()
			note := func(what string, work func(*Warehouse) error) {
				took[what][n] = append(took[what][n], timed(b, path, work))
			}
			load := func(day int, readings int) func(*Warehouse) error {
				return func(w *Warehouse) error {
					o := LoadOptions{Processed: zone, Days: []string{h.Day(day)}, Revision: 3, Program: "bench", Now: time.Now}
					out, err := w.Load(b.Context(), o)
					if err == nil && len(out.Taken) != readings {
						return fmt.Errorf("took %d readings, want %d", len(out.Taken), readings)
					}
					return err
				}
			}
			forgetPeak()
			note("load", load(days, 2))
			peak[n] = peakMemory(b)
			if days > 0 {
				note("again", load(days/2, 2))
			}
			platform, guest := h.Forgets(days)
			note("forget", func(w *Warehouse) error {
				out, err := w.Forget(b.Context(), []Subject{{platform, guest}}, "bench", time.Now())
				if err == nil && out.CustomerObservations == 0 {
					return fmt.Errorf("the guest is not there: %+v", out)
				}
				return err
			})
			wt.Check(b, os.Remove(path))
		}
	}
	b.Logf("%s, %d CPUs, %s; medians of %d, seconds", runtime.GOARCH, runtime.NumCPU(), cpuName(), len(took["load"][0]))
	empty := median(took["load"][0])
	for _, n := range sizes {
		t := median(took["load"][n])
		b.Logf(
			"%10d observations: load %.2f (%.2f of empty), an old day again %.2f, a guest erased %.2f, "+
				"peak memory of the load %s",
			n,
			t,
			t/empty,
			median(took["again"][n]),
			median(took["forget"][n]),
			peak[n],
		)
	}
	last := sizes[len(sizes)-1]
	b.Logf("aims at 10,000,000: at most 1.3 of empty, an exponent of at most 0.1; here, at %d: %.2f, %.3f", last,
		median(took["load"][last])/empty, exponent(sizes[1:], took["load"]))
	b.ReportMetric(median(took["load"][last])/empty, "of-empty")
	b.ReportMetric(exponent(sizes[1:], took["load"]), "exponent")
}

// timed opens a warehouse, works, closes it, and returns how many seconds that took.
func timed(b *testing.B, path string, work func(*Warehouse) error) float64 {
	b.Helper()
	began := time.Now()
	w, err := Open(b.Context(), machine.This(), "duckdb://"+path, ReadWrite)
	wt.Check(b, err)
	wt.Check(b, work(w))
	wt.Check(b, w.Close())
	return time.Since(began).Seconds()
}

func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// exponent is the slope of time over observations, both as logarithms: the line of least squares through the medians.
func exponent(sizes []int, took map[int][]float64) float64 {
	var sx, sy, sxx, sxy float64
	for _, n := range sizes {
		x, y := math.Log(float64(n)), math.Log(median(took[n]))
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	k := float64(len(sizes))
	return (k*sxy - sx*sy) / (k*sxx - sx*sx)
}

func copyFile(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	wt.Check(b, err)
	defer in.Close()
	out, err := os.Create(to)
	wt.Check(b, err)
	_, err = io.Copy(out, in)
	// What the copy has not written yet, the load's commit would have to.
	wt.Check(b, errors.Join(err, out.Sync(), out.Close()))
}

// forgetPeak has peakMemory begin again, where the system can do that.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func cpuName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	_, rest, found := strings.Cut(string(text), "model name")
	if err != nil || !found {
		return "an unknown processor"
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimLeft(line, "\t :")
}
