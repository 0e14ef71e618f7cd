package warehouse

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// processed is a processed manifest in the making, for what transform would never write.
type processed struct {
	lake.Processed
	attempt *lake.Attempt
	zone    *lake.Zone
}

func newProcessed(zone *lake.Zone, results ...wt.Result) *processed {
	p := &processed{zone: zone, attempt: zone.Begin(clock)}
	p.Processed = lake.Processed{Version: lake.Version, Day: results[0].Day, WrittenAt: clock(), Program: "test"}
	for _, r := range results {
		p.Inputs = append(p.Inputs, r.Input())
	}
	slices.SortFunc(p.Inputs, func(a, b lake.Input) int { return strings.Compare(a.Reading, b.Reading) })
	return p
}

// object adds an object of rows; says is how many the manifest says it has.
func object[T any](t *testing.T, p *processed, kind string, says int64, all []T) {
	t.Helper()
	w := parquetrows.NewWriter[T](p.attempt, kind, p.Day+"/")
	defer w.Abort()
	if err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	objects, err := w.Close(t.Context(), p.Objects)
	if err != nil {
		t.Fatal(err)
	}
	objects[len(objects)-1].Records = says
	p.Objects = objects
}

// publish stores the manifest without asking whether it can be true.
func (p *processed) publish(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(p.Processed)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.zone.Create(t.Context(), lake.ProcessedKey(p.Day, p.Inputs), bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// TestRefuses: what is not as it should be is refused with its place and a kind that says whether a retry helps, and leaves
// the warehouse as it was.
func TestRefuses(t *testing.T) {
	good := reading("2026-03-27", 1)
	good.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "")}
	rowsOf := func(r wt.Result) []reservation.Reservation { all, _, _ := r.Rows(); return all }
	stranger := reading("2026-03-27", 2)
	stranger.Reservations = []reservation.Reservation{wt.Booking(9, 1, "")}
	newer := good
	newer.Rank = wt.Rank(4)
	const r = reservation.KindReservation

	// Like reservation.Reservation, of another program.
	type extra struct {
		reservation.Reservation
		Mood string `parquet:"mood"`
	}
	type odd struct {
		reservation.Origin
		Platform string `parquet:"platform"`
		ID       string `parquet:"reservation_id"`
		Party    string `parquet:"party_size"`
	}
	for _, c := range []struct {
		name    string
		publish func(*testing.T, *lake.Zone)
		kind    fault.Kind
		says    string
	}{
		{"fewer rows than the object is said to have", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, rowsOf(good)[:1])
			p.publish(t)
		}, fault.Data, "the manifest says 2"},
		{"more rows than the object is said to have", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, append(rowsOf(good), rowsOf(good)...))
			p.publish(t)
		}, fault.Data, "the manifest says 2"},
		{"rows of a reading that is not named", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, append(rowsOf(good), rowsOf(stranger)...))
			p.publish(t)
		}, fault.Data, "the manifest says 2"},
		{"rows of a reading that is not named, in place of others", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, []reservation.Reservation{rowsOf(good)[0], rowsOf(stranger)[0]})
			p.publish(t)
		}, fault.Data, good.ID().String()},
		{"a line twice in place of another", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, []reservation.Reservation{rowsOf(good)[0], rowsOf(good)[0]})
			p.publish(t)
		}, fault.Data, good.ID().String()},
		{"a line that the reading does not have", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			all := rowsOf(good)
			all[1].Line = 3
			object(t, p, r, 2, all)
			p.publish(t)
		}, fault.Data, good.ID().String()},
		{"an erasure that is not there", func(t *testing.T, z *lake.Zone) {
			x := good
			x.Erasures = []reservation.Erasure{wt.Erase("g1")}
			p := newProcessed(z, x)
			object(t, p, r, 2, rowsOf(good))
			object(t, p, lake.KindErasure, 1,
				[]reservation.Erasure{{Reading: stranger.ID().String(), Line: 1, Platform: "opentable", CustomerID: "g1"}})
			p.publish(t)
		}, fault.Data, "erasure"},
		{"a missing object", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, rowsOf(good))
			p.publish(t)
			if err := z.Delete(t.Context(), p.Objects[0].Key); err != nil {
				t.Fatal(err)
			}
		}, fault.Data, "missing"},
		{"a corrupt object", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			object(t, p, r, 2, rowsOf(good))
			p.publish(t)
			bad := bytes.Repeat([]byte("x"), int(p.Objects[0].Bytes))
			if err := z.Delete(t.Context(), p.Objects[0].Key); err != nil {
				t.Fatal(err)
			}
			if err := z.Create(t.Context(), p.Objects[0].Key, bytes.NewReader(bad)); err != nil {
				t.Fatal(err)
			}
		}, fault.Data, "SHA-256"},
		{"an object that is not Parquet", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			w, err := p.attempt.NewObject(r, p.Day+"/", "parquet")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte("PAR1 is how it begins")); err != nil {
				t.Fatal(err)
			}
			o, err := w.Commit(t.Context(), 2, 0)
			if err != nil {
				t.Fatal(err)
			}
			p.Objects = append(p.Objects, o)
			p.publish(t)
		}, fault.Data, "land"},
		{"pages that Snowflake does not support", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			w, err := p.attempt.NewObject(r, p.Day+"/", "parquet")
			if err != nil {
				t.Fatal(err)
			}
			rows := parquet.NewGenericWriter[reservation.Reservation](w, parquet.DataPageVersion(2))
			if _, err := rows.Write(rowsOf(good)); err != nil {
				t.Fatal(err)
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
			o, err := w.Commit(t.Context(), 2, 0)
			if err != nil {
				t.Fatal(err)
			}
			p.Objects = append(p.Objects, o)
			p.publish(t)
		}, fault.Data, "DATA_PAGE_V2, which is not version 1 of Parquet: Snowflake does not support it"},
		{"a column that the warehouse lacks", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			var all []extra
			for _, x := range rowsOf(good) {
				all = append(all, extra{x, "cheerful"})
			}
			object(t, p, r, 2, all)
			p.publish(t)
		}, fault.Data, "mood"},
		{"a value of another type", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			var all []odd
			for _, x := range rowsOf(good) {
				all = append(all, odd{x.Origin, x.Platform, x.ReservationID, "planted-value"})
			}
			object(t, p, r, 2, all)
			p.publish(t)
		}, fault.Data, "land"},
		{"a rank of a newer contract", func(t *testing.T, z *lake.Zone) { wt.Publish(t, z, 1, newer) }, fault.Usage,
			"revision 4"},
		{"two results of one reading and rank", func(t *testing.T, z *lake.Zone) {
			wt.Publish(t, z, 1, good)
			p := newProcessed(z, good)
			p.Inputs[0].SHA256 = strings.Repeat("f", 64)
			object(t, p, r, 2, rowsOf(good))
			p.publish(t)
		}, fault.Data, "different results"},
		{"a manifest of a newer version", func(t *testing.T, z *lake.Zone) {
			p := newProcessed(z, good)
			p.Version = lake.Version + 1
			object(t, p, r, 2, rowsOf(good))
			p.publish(t)
		}, fault.Usage, "newer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, e underTest) {
				zone, w := newZone(t), openNew(t, e)
				wt.Publish(t, zone, 1, reading("2026-03-26", 3))
				mustLoad(t, w, options(zone))
				before := tables(t, w)
				c.publish(t, zone)
				_, err := w.Load(t.Context(), options(zone))
				if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v (kind %d), want kind %d with %q", err, fault.KindOf(err), c.kind, c.says)
				}
				if err != nil && strings.Contains(err.Error(), "planted") {
					t.Errorf("the error repeats a value: %v", err)
				}
				if diff := gocmp.Diff(before, tables(t, w)); diff != "" {
					t.Errorf("something changed:\n%s", diff)
				}
			})
		})
	}
}

// TestSaysNothingOfGuests: what a load logs, at the most talkative level, names no guest and holds no value of a row.
func TestSaysNothingOfGuests(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		r := reading("2026-03-27", 1)
		r.Reservations = []reservation.Reservation{wt.Booking(77001, 1, "planted-guest")}
		r.Customers = []reservation.Customer{wt.Guest("planted-guest", 1)}
		r.Erasures = []reservation.Erasure{wt.Erase("planted-guest")}
		wt.Publish(t, zone, 1, r)
		var log bytes.Buffer
		ctx := zerolog.New(&log).Level(zerolog.TraceLevel).WithContext(context.Background())
		out, err := w.Load(ctx, options(zone))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Forget(ctx, []Subject{{"opentable", "planted-guest"}}, "receipt", clock()); err != nil {
			t.Fatal(err)
		}
		told, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"planted-guest", "77001"} {
			if strings.Contains(log.String(), secret) || bytes.Contains(told, []byte(secret)) {
				t.Errorf("%s was told:\n%s\n%s", secret, log.String(), told)
			}
		}
		if !strings.Contains(log.String(), "load/07_erase.sql:2") {
			t.Error("the statements are not logged: the test tests nothing")
		}
	})
}
