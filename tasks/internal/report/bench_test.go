package report

import (
	"fmt"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// BenchmarkReport makes the page of a day with so many bookings, from a DuckDB file and a processed zone of files. It prints the
// page's bytes beside the time, in which it is stored too.
func BenchmarkReport(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			zone := func(name string) *lake.Zone {
				z, err := lake.Open(b.Context(), machine.This(), "file://"+dir+"/"+name)
				if err != nil {
					b.Fatal(err)
				}
				return z
			}
			o := Options{Days: []string{"2026-03-29"}, Registry: registry(), Raw: zone("raw"), Staging: zone("staging"),
				Processed: zone("processed"), Program: "bench"}
			wt.PublishMany(b, o.Processed, o.Days[0], 2, n)
			file := "duckdb://" + dir + "/covers.duckdb"
			w, err := warehouse.Open(b.Context(), machine.This(), file, warehouse.ReadWrite)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Load(b.Context(), warehouse.LoadOptions{Processed: o.Processed, Revision: 1, Program: "bench",
				Now: time.Now}); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() { // as the step does: the warehouse is opened for it
				if o.Warehouse, err = warehouse.Open(b.Context(), machine.This(), file, warehouse.ReadOnly); err != nil {
					b.Fatal(err)
				}
				out, err := Run(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				if err := o.Warehouse.Close(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(out.Page)), "page-bytes")
			}
		})
	}
}
