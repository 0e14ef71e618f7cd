package verify

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

func TestVerifyAHealthyDay(t *testing.T) {
	w := newVerifyWorld(t)
	out := w.verify(verifyDay, "2026-03-28")
	if out.Differ != 0 || len(out.Differences) != 0 {
		t.Fatalf("%+v", out.Differences)
	}
	// raw: 3 + 1 + 1 and 2 lines and a request, 1 line and a request;
	// staging: 3 + 2 rows, 1 absent id, 1 erasure, 2 reasons, 1 row.
	for stage, want := range map[Stage]StageCounts{
		"raw":       {Readings: 2, Agree: 2, Records: 10},
		"staging":   {Readings: 2, Agree: 2, Records: 10},
		"processed": {Readings: 2, Agree: 2, Records: 8},
		"warehouse": {Readings: 2, Agree: 2, Records: 7},
		// bookings 1, 2, 3 and 9 and two guests of the 27th, booking 1 of the 28th
		"current": {Readings: 7, Agree: 7, Records: 7},
	} {
		if out.Stages[stage] != want {
			t.Errorf("%s: %+v, want %+v", stage, out.Stages[stage], want)
		}
	}
}

// The same on a real object store, where rows are read from copies.
func TestVerifyOnS3(t *testing.T) {
	empty := laketest.S3(t)
	w := &verifyWorld{
		t:     t,
		dir:   t.TempDir(),
		store: func(zone string) string { return strings.Replace(empty, "?", "/"+zone+"?", 1) },
	}
	w.make()
	if out := w.verify(verifyDay, "2026-03-28"); out.Differ != 0 || out.Stages["warehouse"].Agree != 2 {
		t.Errorf("%+v", out)
	}
	wt.Check(t, w.raw.Delete(t.Context(), lake.ManifestKey(w.first.ID())))
	f, err := lake.Read[lake.Result](t.Context(), w.staging, w.resultKey)
	wt.Check(t, err)
	wt.Check(t, w.staging.Delete(t.Context(), f.Manifest.Objects[0].Key))
	out := w.verify(verifyDay)
	if out.Differ != 1 || out.Stages[StageRaw].Expired != 1 || out.Differences[0].Stage != StageStaging ||
		!strings.Contains(out.Differences[0].Where, "it is missing") {
		t.Errorf("%+v", out)
	}
}

// What is no difference.
func TestVerifyPasses(t *testing.T) {
	whole := newVerifyWorld(t)
	expired := func(w *verifyWorld, zones ...string) {
		for _, z := range zones {
			wt.Check(w.t, os.RemoveAll(w.path(z, "opentable/101/"+verifyDay)))
			wt.Check(w.t, os.RemoveAll(w.path(z, verifyDay)))
		}
	}
	for name, c := range map[string]struct {
		change  func(w *verifyWorld)
		expired []string
	}{
		"a guest erased on demand": {change: func(w *verifyWorld) {
			h, err := warehouse.Open(w.t.Context(), machine.This(), w.url(), warehouse.ReadWrite)
			wt.Check(w.t, err)
			subjects := []warehouse.Subject{{Platform: reservation.OpenTable, CustomerID: "kept"}}
			done, err := h.Forget(w.t.Context(), subjects, "receipt", w.first.ReadAt)
			wt.Check(w.t, err)
			if done.ReservationObservations != 2 {
				w.t.Errorf("erased %+v", done)
			}
			wt.Check(w.t, h.Close())
		}},
		"raw expired":             {func(w *verifyWorld) { expired(w, "raw") }, []string{"raw"}},
		"raw and staging expired": {func(w *verifyWorld) { expired(w, "raw", "staging") }, []string{"raw", "staging"}},
		"all of the lake expired": {func(w *verifyWorld) {
			expired(w, "raw", "staging", "processed")
		}, []string{"raw", "staging", "processed"}},
		"a newer rank, through to the end":   {change: func(w *verifyWorld) { w.raise(2, true, true) }},
		"an older rank beside it, unscathed": {change: func(w *verifyWorld) { w.raise(2, true, true); w.raise(1, false, false) }},
		"refused": {change: func(w *verifyWorld) {
			w.first.Refused = true
			w.raise(2, true, true)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := whole.copy(t)
			c.change(w)
			out := w.verify(verifyDay)
			if out.Differ != 0 {
				t.Fatalf("%+v", out.Differences)
			}
			for _, stage := range Stages[:4] {
				want := StageCounts{Readings: 1, Agree: 1}
				if slices.Contains(c.expired, string(stage)) {
					want = StageCounts{Readings: 1, Expired: 1}
				}
				got := out.Stages[stage]
				if got.Records = 0; got != want {
					t.Errorf("%s: %+v, want %+v", stage, got, want)
				}
			}
		})
	}
}

// raise publishes the first reading at another rank.
func (w *verifyWorld) raise(rank int64, processed, load bool) {
	w.t.Helper()
	w.first.Rank = wt.Rank(rank)
	wt.PublishStaging(w.t, w.staging, &w.first)
	if processed {
		wt.Publish(w.t, w.processed, 1, w.first)
	}
	if load {
		w.load()
	}
}

func resultObjects(m *lake.Result) *[]lake.Object       { return &m.Objects }
func processedObjects(m *lake.Processed) *[]lake.Object { return &m.Objects }

// reservationRows returns the first reading's, changed.
func (w *verifyWorld) reservationRows(
	change func([]reservation.Reservation) []reservation.Reservation,
) []reservation.Reservation {
	all, _, _ := w.first.Rows()
	return change(all)
}

// stagingRows lets the result hold other bookings. Its manifest counts accepted ones, so it stays well formed.
func (w *verifyWorld) stagingRows(change func([]reservation.Reservation) []reservation.Reservation) {
	prefix := w.first.ID().String() + "/" + w.first.Rank.String() + "/"
	rewrite(
		w,
		w.staging,
		w.path("staging", w.resultKey),
		reservation.KindReservation,
		prefix,
		w.reservationRows(change),
		resultObjects,
		func(*lake.Result) {},
	)
}

func (w *verifyWorld) processedRows(
	change func([]reservation.Reservation) []reservation.Reservation,
	also func(*lake.Processed),
) {
	rewrite(
		w,
		w.processed,
		w.path("processed", w.processedKey),
		reservation.KindReservation,
		verifyDay+"/",
		w.reservationRows(change),
		processedObjects,
		also,
	)
}

// One damage each, done for real to files and tables: the first place is named.
func TestVerifyNamesTheFirstPlace(t *testing.T) {
	whole := newVerifyWorld(t)
	none := func(*lake.Processed) {}
	for name, c := range map[string]struct {
		damage func(w *verifyWorld)
		stage  Stage
		says   string
		next   string
	}{
		"raw: an object deleted": {func(w *verifyWorld) {
			wt.Check(w.t, os.Remove(w.object("raw", reservation.KindReservation)))
		},
			StageRaw, "a manifest names it and it is missing", "restore"},
		"raw: a byte flipped": {func(w *verifyWorld) { w.flip(w.object("raw", reservation.KindReservation)) },
			StageRaw, "SHA-256 differs", "restore"},
		"raw: the request log's bytes": {func(w *verifyWorld) { w.flip(w.object("raw", lake.KindRequest)) },
			StageRaw, "SHA-256 differs", "restore"},
		"raw: a count of the manifest changed": {func(w *verifyWorld) {
			w.edit(w.path("raw", lake.ManifestKey(w.first.ID())), `"received": 4`, `"received": 5`)
		}, StageRaw, "counts.reservation: listed 5 is not received 5", "restore the manifest"},
		"raw: the manifest counts one line more, and agrees with itself": {func(w *verifyWorld) {
			w.edit(w.path("raw", lake.ManifestKey(w.first.ID())), `"received": 2`, `"received": 3`,
				`"listed": 2`, `"listed": 3`, `"records": 2`, `"records": 3`)
		}, StageRaw, "lines of object opentable/101/2026-03-27/updated/", "extract the day again"},
		"raw: the manifest counts one line less, and agrees with itself": {func(w *verifyWorld) {
			w.edit(w.path("raw", lake.ManifestKey(w.first.ID())), `"received": 2`, `"received": 1`,
				`"listed": 2`, `"listed": 1`, `"records": 2`, `"records": 1`)
		}, StageRaw, ": expected 1, found more", "extract the day again"},
		"raw: an absent id said to be a record": {func(w *verifyWorld) {
			w.edit(w.path("raw", lake.ManifestKey(w.first.ID())), `"received": 4`, `"received": 5`, `"absent": 1`, `"absent": 0`)
		}, StageRaw, "lines that say that a record is absent: expected 0, found 1", "extract the day again"},
		"staging: another manifest than the result was made of": {func(w *verifyWorld) {
			w.edit(w.path("raw", lake.ManifestKey(w.first.ID())), `"sweeps": 1`, `"sweeps": 2`)
		}, StageStaging, "the SHA-256 of the reading's manifest", "validate"},
		"staging: not there yet": {func(w *verifyWorld) {
			w.first.Name = "00000003"
			w.publishRaw(&w.first)
		}, StageStaging, "a result of the reading: expected one, found none: it is not there yet", "run validate"},
		"staging: an object deleted": {func(w *verifyWorld) {
			wt.Check(w.t, os.Remove(w.object("staging", lake.KindQuarantine)))
		},
			StageStaging, "a manifest names it and it is missing", "restore"},
		"staging: a byte flipped": {func(w *verifyWorld) { w.flip(w.object("staging", reservation.KindCustomer)) },
			StageStaging, "SHA-256 differs", "restore"},
		"staging: a count of the manifest changed": {func(w *verifyWorld) {
			w.edit(w.path("staging", w.resultKey), `"accepted": 3`, `"accepted": 4`)
		},
			StageStaging, "received 4 is not accepted 4 + quarantined 1", "restore the manifest"},
		"staging: a line twice": {func(w *verifyWorld) {
			w.stagingRows(func(all []reservation.Reservation) []reservation.Reservation { all[1].Line = 1; return all })
		}, StageStaging, "reservation line 1: expected one row, found two", "validate"},
		"staging: a line both taken and refused": {func(w *verifyWorld) {
			w.stagingRows(func(all []reservation.Reservation) []reservation.Reservation { all[1].Line = 4; return all })
		}, StageStaging, "reservation line 4: expected a row or a refusal, found both", "validate"},
		"staging: a line that raw does not have": {func(w *verifyWorld) {
			w.stagingRows(func(all []reservation.Reservation) []reservation.Reservation { all[2].Line = 6; return all })
		}, StageStaging, "reservation line 6: expected a line from 1 to 5", "validate"},
		"staging: content that is not the digest's": {func(w *verifyWorld) {
			w.stagingRows(func(all []reservation.Reservation) []reservation.Reservation { all[2].PartySize++; return all })
		}, StageStaging, "reservation line 3: expected the digest of the row's content", "validate"},
		"staging: a row of another reading": {func(w *verifyWorld) {
			w.stagingRows(func(all []reservation.Reservation) []reservation.Reservation {
				all[0].Reading = w.second.ID().String()
				return all
			})
		}, StageStaging, "reservation line 1: expected a row of the reading", "validate"},
		"processed: not there yet": {func(w *verifyWorld) { w.raise(2, false, false) },
			StageProcessed, "none: it is not there yet", "run transform"},
		"processed: an object deleted": {func(w *verifyWorld) {
			wt.Check(w.t, os.Remove(w.object("processed", lake.KindAbsence)))
		},
			StageProcessed, "a manifest names it and it is missing", "restore"},
		"processed: a row missing, and the manifest agrees": {func(w *verifyWorld) {
			withoutOne := func(all []reservation.Reservation) []reservation.Reservation { return slices.Delete(all, 1, 2) }
			w.processedRows(withoutOne, func(m *lake.Processed) {
				in := &m.Inputs[0]
				in.Rows[reservation.KindReservation] = 2
				n := in.Counts[reservation.KindReservation]
				n.Accepted, n.Quarantined, n.Reasons = 2, 2, map[string]int64{reservation.ReasonRange: 2}
				in.Counts[reservation.KindReservation] = n
			})
		}, StageProcessed,
			"reservation line 2: expected 1 row as in staging (3 rows of the kind), found no row in processed (2 rows)",
			"run transform"},
		"processed: a row changed": {func(w *verifyWorld) {
			w.processedRows(func(all []reservation.Reservation) []reservation.Reservation {
				all[2].Status = reservation.Booked
				return all
			}, none)
		}, StageProcessed,
			"reservation line 3: expected the same row as in staging (3 rows of the kind), found another content in processed",
			"run transform"},
		"processed: rows of a reading that it does not name": {func(w *verifyWorld) {
			w.processedRows(func(all []reservation.Reservation) []reservation.Reservation {
				all[0].Reading = w.second.ID().String()
				return all
			}, none)
		}, StageProcessed, "one of reading " + "opentable/101/2026-03-28", "run transform"},
		"processed: the manifest is no JSON": {func(w *verifyWorld) { w.edit(w.path("processed", w.processedKey), "{", "") },
			StageProcessed, "read manifest", "restore the manifest"},
		"warehouse: not loaded": {func(w *verifyWorld) { w.raise(2, true, false) },
			StageWarehouse, "the rank that the ledger says is loaded: expected 0002.0001.0001, found 0001.0001.0001", "run load"},
		"warehouse: no row of the ledger": {func(w *verifyWorld) { w.sql("DELETE FROM loads WHERE day = '2026-03-27'") },
			StageWarehouse, "the reading's row of the ledger: expected one, found none", "run load"},
		"warehouse: another rank in the ledger": {func(w *verifyWorld) {
			w.sql("UPDATE loads SET rank = '0007.0001.0001' WHERE day = '2026-03-27'")
		},
			StageWarehouse, "expected 0001.0001.0001, found 0007.0001.0001", "newer result"},
		"warehouse: another count in the ledger": {func(w *verifyWorld) {
			w.sql("UPDATE loads SET reservation_received = 9 WHERE day = '2026-03-27'")
		}, StageWarehouse, "by the ledger: expected 4, 3, 1, found 9, 3, 1", "find out who wrote"},
		"warehouse: landed in the ledger": {func(w *verifyWorld) {
			w.sql("UPDATE loads SET customer_landed = 3 WHERE day = '2026-03-27'")
		},
			StageWarehouse, "customer rows, as the ledger counts them: expected 3, found 2", "find out who wrote"},
		"warehouse: an observation deleted": {func(w *verifyWorld) {
			w.sql("DELETE FROM reservation_observations WHERE reservation_id = '1001-3'")
		}, StageWarehouse,
			"reservation line 3: expected 1 row as in staging (3 rows of the kind), found no row in warehouse (2 rows)",
			"find out who wrote"},
		"warehouse: an observation twice": {func(w *verifyWorld) {
			w.sql("INSERT INTO customer_observations SELECT * FROM customer_observations WHERE customer_id = 'kept'")
		}, StageWarehouse,
			"customer line 1: expected 1 row as in staging (2 rows of the kind), found 2 rows in warehouse (3 rows)",
			"find out who wrote"},
		"warehouse: an observation changed": {func(w *verifyWorld) {
			w.sql("UPDATE reservation_observations SET spend_total = spend_total + 0.0001 WHERE reservation_id = '1001-3'")
		}, StageWarehouse,
			"reservation line 3: expected the same row as in staging (3 rows of the kind), found another content in warehouse",
			"find out who wrote"},
		"warehouse: an observation of a line that raw does not have": {func(w *verifyWorld) {
			w.sql("UPDATE reservation_observations SET line = -7 WHERE reservation_id = '1001-3'")
		}, StageWarehouse, "reservation line -7: expected no row", "find out who wrote"},
		"warehouse: an erased guest's token is back": {func(w *verifyWorld) {
			w.sql("UPDATE customer_observations SET email_token = 'e' WHERE customer_id = 'planted'")
		}, StageWarehouse, "customer line 2: expected the same row", "find out who wrote"},
		"warehouse: an erased guest is back on a booking": {func(w *verifyWorld) {
			w.sql("UPDATE reservation_observations SET customer_id = 'planted' WHERE reservation_id = '1001-2'")
		}, StageWarehouse, "reservation line 2: expected the same row", "find out who wrote"},
		"warehouse: a guest erased whom nobody asked for": {func(w *verifyWorld) {
			w.sql("UPDATE reservation_observations SET customer_id = NULL, digest = '' WHERE reservation_id = '1001-1'")
		}, StageWarehouse, "reservation line 1: expected the same row", "find out who wrote"},
		"warehouse: an erasure forgotten": {func(w *verifyWorld) {
			w.sql("DELETE FROM erasures", "UPDATE loads SET erasures = 1 WHERE day = '2026-03-27'")
		}, StageWarehouse, "reservation line 2: expected the same row", "find out who wrote"},
		"warehouse: an absence ignored": {func(w *verifyWorld) { w.sql("DELETE FROM absences") },
			StageWarehouse, "absence line 5: expected 1 row as in staging (1 row of the kind), found no row",
			"find out who wrote"},
		"warehouse: rows that no ledger names": {func(w *verifyWorld) {
			w.sql("INSERT INTO reservation_observations SELECT * REPLACE (replace(reading, '00000001', '0000000f') AS reading) " +
				"FROM reservation_observations WHERE reservation_id = '1001-3'")
		}, StageWarehouse, "rows of a reading that the ledger does not name: expected none, found 1 row", "find out who wrote"},
		"current: an older observation": {func(w *verifyWorld) {
			w.sql("DELETE FROM reservations WHERE reservation_id = '1001-1'",
				"INSERT INTO reservations SELECT * FROM reservation_observations WHERE reservation_id = '1001-1' AND clock = 1")
		}, StageCurrent, "expected line 1 of reading opentable/101/2026-03-28", "find out who wrote"},
		"current: a row missing": {func(w *verifyWorld) { w.sql("DELETE FROM customers WHERE customer_id = 'kept'") },
			StageCurrent, "found none", "find out who wrote"},
		"current: a row changed": {func(w *verifyWorld) {
			w.sql("UPDATE reservations SET party_size = 99 WHERE reservation_id = '1001-3'")
		},
			StageCurrent, "found another content, or two rows of it", "find out who wrote"},
		"current: a row twice": {func(w *verifyWorld) {
			w.sql("INSERT INTO reservations SELECT * FROM reservations WHERE reservation_id = '1001-3'")
		}, StageCurrent, "found another content, or two rows of it", "find out who wrote"},
	} {
		t.Run(name, func(t *testing.T) {
			w := whole.copy(t)
			c.damage(w)
			out := w.verify(verifyDay)
			if out.Differ == 0 {
				t.Fatal("nothing found")
			}
			d := out.Differences[0]
			if d.Stage != c.stage || !strings.Contains(d.Error(), c.says) || !strings.Contains(d.Next, c.next) ||
				d.Day != verifyDay {
				t.Errorf("%s\nnext: %s", d.Error(), d.Next)
			}
			if text := d.Error() + d.Next; strings.Contains(text, "planted") || strings.Contains(text, "1001-") {
				t.Errorf("names a guest or a booking: %s", text)
			}
			if !strings.HasPrefix(name, "current") && out.Stages[StageCurrent].Readings == 0 &&
				name != "warehouse: no row of the ledger" {
				t.Error("the current rows were not looked at")
			}
			if c.stage != StageRaw && out.Stages[StageRaw].Differ > 0 {
				t.Errorf("%+v", out.Stages)
			}
		})
	}
}

// A booking whose only observation came before it was absent is not current, whatever the table says.
func TestVerifyHeedsAbsences(t *testing.T) {
	w := newVerifyWorld(t)
	w.sql("UPDATE absences SET id = '1001-3', read_at = '2026-03-29 00:00:00'")
	out := w.verify(verifyDay)
	if last := out.Differences[len(out.Differences)-1]; out.Differ != 2 || last.Stage != StageCurrent ||
		last.Expected != "none" ||
		!strings.HasPrefix(last.Found, "line 3 of reading") {
		t.Errorf("%+v", out.Differences)
	}
}

// All line numbers are asked for once, whatever is there.
func TestWindows(t *testing.T) {
	for _, lines := range []int64{0, 1, windowLines, windowLines + 1, 3*windowLines + 5} {
		next, n := int64(math.MinInt64), int64(0)
		for from, to := range windows(lines) {
			if from != next || to < from {
				t.Fatalf("%d lines: %d..%d after %d", lines, from, to, next-1)
			}
			next = to + 1
			n++
		}
		if next != math.MinInt64 || n != max(1, (lines+windowLines-1)/windowLines) { // the number behind the last
			t.Errorf("%d lines: %d windows to %d", lines, n, next-1)
		}
	}
}

// What is wrong with one reading holds up no other, and the first in the order of the data comes first.
func TestVerifyGoesOn(t *testing.T) {
	w := newVerifyWorld(t)
	w.sql("DELETE FROM reservation_observations WHERE reservation_id = '1001-3'")
	w.first = w.second
	w.flip(w.object("raw", reservation.KindReservation))
	out := w.verify(verifyDay, "2026-03-28")
	if out.Differ != 3 || out.Differences[0].Stage != StageRaw || out.Differences[0].Day != "2026-03-28" ||
		out.Differences[1].Stage != StageWarehouse || out.Differences[2].Stage != StageCurrent {
		t.Errorf("%+v", out.Differences)
	}
	if got := out.Stages[StageWarehouse]; got.Differ != 1 || got.NotReached != 1 || got.Readings != 2 {
		t.Errorf("%+v", got)
	}
}
