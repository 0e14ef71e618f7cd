//go:build cgo

package warehouse

import (
	"path/filepath"
	"testing"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestLongHistory: the long histories that loads are measured on are what loads would have made: the keys are those of the
// readings, and the current rows, the ledger and the tables agree.
func TestLongHistory(t *testing.T) {
	const days = 40
	h := wt.Long{Bookings: 30}
	made, loaded := filepath.Join(t.TempDir(), "made.duckdb"), filepath.Join(t.TempDir(), "loaded.duckdb")
	for _, path := range []string{made, loaded} {
		w, err := Open(t.Context(), machine.This(), "duckdb://"+path, ReadWrite)
		wt.Check(t, err)
		if path == loaded {
			zone := newZone(t)
			for d := range days {
				wt.Publish(t, zone, 1, h.Results(d, 1)...)
			}
			mustLoad(t, w, options(zone))
		}
		wt.Check(t, w.Close())
	}
	h.Fill(t, made, days)
	a, b := openAt(t, "duckdb://"+made, nil), openAt(t, "duckdb://"+loaded, nil)
	for _, query := range []string{
		"SELECT reading, line, read_at, platform, reservation_id, customer_id, clock, status, party_size, spend_total " +
			"FROM reservation_observations ORDER BY ALL",
		"SELECT reading, line, read_at, platform, reservation_id, customer_id, clock, status, spend_total " +
			"FROM reservations ORDER BY ALL",
		"SELECT reading, line, read_at, platform, customer_id, clock, vip FROM customer_observations ORDER BY ALL",
		"SELECT reading, line, read_at, platform, customer_id, clock, vip FROM customers ORDER BY ALL",
		"SELECT * EXCLUDE (manifest, result, program, loaded_at) FROM loads ORDER BY ALL",
		"SELECT (SELECT COUNT(*) FROM reservation_observations) + (SELECT COUNT(*) FROM customer_observations)",
	} {
		want, got := ask(t, b, query), ask(t, a, query)
		for i := range want {
			if len(got) != len(want) || got[i] != want[i] {
				t.Fatalf(
					"%s: %d rows, want %d; the first that differs: %v, want %s",
					query,
					len(got),
					len(want),
					got[min(i, len(got)):][:1],
					want[i],
				)
			}
		}
	}
	for _, kind := range []string{reservation.KindReservation, reservation.KindCustomer} {
		wt.Check(t, a.Look(t.Context(), func(l *Look) error {
			stale, err := l.Stale(t.Context(), kind, h.Day(days/2))
			if err == nil && (stale.Differ != 0 || stale.Keys == 0) {
				t.Errorf("%s: %+v", kind, stale)
			}
			return err
		}))
	}
}
