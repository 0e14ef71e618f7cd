package validate_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/validate"
	vt "covers/tasks/internal/validate/validatetest"
)

// BenchmarkValidate reads OpenTable reservations of about 1.3 KB, one in a hundred refused, as zstd NDJSON from a file://
// zone and leaves zstd Parquet of all columns and the quarantine. It prints records a second of one core's time, bytes in
// and out, and the peak of resident memory.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := vt.Options(b, "opentable/101")
			dir := b.TempDir()
			for _, z := range []struct {
				zone **lake.Zone
				name string
			}{{&o.Raw, "raw"}, {&o.Staging, "staging"}} {
				var err error
				if *z.zone, err = lake.Open(context.Background(), machine.This(), "file://"+dir+"/"+z.name); err != nil {
					b.Fatal(err)
				}
			}
			in := benchReading(b, o, n)
			resetPeak()
			b.ResetTimer()
			before := cpu()
			out := int64(0)
			for i := range b.N {
				o.Key.Number = int64(i + 1) // another rank: nothing is there already
				o.Source.Revision++
				got, err := validate.Run(context.Background(), o)
				if err != nil {
					b.Fatal(err)
				}
				out = 0
				for _, x := range got.Results[0].Result.Objects {
					out += x.Bytes
				}
			}
			spent := cpu() - before
			b.ReportMetric(float64(n)*float64(b.N)/spent, "records/core-s")
			b.ReportMetric(float64(in)/float64(n), "B/record-in")
			b.ReportMetric(float64(out)/float64(n), "B/record-out")
			b.ReportMetric(peak(), "MiB-peak")
		})
	}
}

// benchReading writes a reading in objects of 50,000 lines, as extract does, and returns its compressed size.
func benchReading(b *testing.B, o validate.Options, n int) (bytes int64) {
	id := lake.ReadingID{Source: o.Source.ID, Day: o.Day, By: lake.ByUpdated, Name: "20260329T000000.000Z-00000001"}
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: vt.Noon, FinishedAt: vt.Noon,
		Sweeps: 2, Stable: true, Program: "test",
		Counts: map[string]lake.RawCounts{reservations: {Listed: int64(n), Received: int64(n)}, customers: {}},
	}
	attempt := o.Raw.Begin(vt.Now)
	for first := 0; first < n; first += 50_000 {
		part := min(50_000, n-first)
		w, err := attempt.NewObject(reservations, lake.ReadingPrefix(id), "ndjson.zst")
		if err != nil {
			b.Fatal(err)
		}
		z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			b.Fatal(err)
		}
		var line []byte
		for i := first; i < first+part; i++ {
			body := vt.OpenTable(i)
			if i%100 == 7 {
				body = strings.Replace(body, `"Done"`, `"Gone"`, 1)
			}
			line = lake.AppendLine(line[:0], reservations, "req", vt.Noon, []byte(body))
			if _, err := z.Write(line); err != nil {
				b.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			b.Fatal(err)
		}
		x, err := w.Commit(context.Background(), int64(part), int64(first+1))
		if err != nil {
			b.Fatal(err)
		}
		m.Objects = append(m.Objects, x)
		bytes += x.Bytes
	}
	vt.Publish(b, attempt, id, m)
	return bytes
}

// cpu returns the process's user and system time in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// resetPeak makes the kernel forget the peak of resident memory so far (proc(5), clear_refs).
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak returns the peak of resident memory in MiB.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kib float64
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib / 1024
}
