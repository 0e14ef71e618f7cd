package warehouse

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/lake"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestBehind: what the view ledger says of a source that stopped. Its days are counted from the newest day of which changes were
// read, of whatever source; neither a reconcile of a later day nor a backfill makes it look newer.
func TestBehind(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		of := func(source, by, day string, n int) wt.Result {
			r := reading(day, n)
			r.Source, r.By = source, by
			return r
		}
		load := func(readings ...wt.Result) {
			t.Helper()
			byDay := map[string][]wt.Result{}
			for _, r := range readings {
				byDay[r.Day] = append(byDay[r.Day], r)
			}
			for _, ofDay := range byDay {
				wt.Publish(t, zone, 1, ofDay...)
			}
			mustLoad(t, w, options(zone))
		}
		const rows = "SELECT source, asked_by, day, days_old FROM ledger ORDER BY 1, 3, 2"

		// Days that were only asked for by service date: the newest of those is all there is to count from.
		load(of("opentable/101", lake.ByServiceDate, "2026-03-20", 1), of("opentable/101", lake.ByServiceDate, "2026-03-22", 1),
			of("opentable/101", lake.ByReconcile, "2026-03-23", 1))
		if diff := gocmp.Diff([]string{
			"opentable/101|service-date|2026-03-20|2", "opentable/101|service-date|2026-03-22|0",
			"opentable/101|reconcile|2026-03-23|",
		}, ask(t, w, rows)); diff != "" {
			t.Errorf("- want, + ledger:\n%s", diff)
		}

		load(of("opentable/101", lake.ByUpdated, "2026-03-27", 2), of("opentable/101", lake.ByReconcile, "2026-03-29", 3),
			of("thefork/102", lake.ByUpdated, "2026-03-28", 4), of("thefork/102", lake.ByUpdated, "2026-03-29", 5),
			of("thefork/102", lake.ByServiceDate, "2026-04-10", 6)) // a day to come has no age
		if diff := gocmp.Diff([]string{
			"opentable/101|service-date|2026-03-20|9", "opentable/101|service-date|2026-03-22|7",
			"opentable/101|reconcile|2026-03-23|",
			"opentable/101|updated|2026-03-27|2", "opentable/101|reconcile|2026-03-29|",
			"thefork/102|updated|2026-03-28|1", "thefork/102|updated|2026-03-29|0", "thefork/102|service-date|2026-04-10|",
		}, ask(t, w, rows)); diff != "" {
			t.Errorf("- want, + ledger:\n%s", diff)
		}
	})
}
