package warehouse

import (
	"context"
	"slices"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// TestRewrittenObjectsLoadAsErasedOnes: objects in which an erasure on demand has emptied a guest's rows give, in a warehouse
// that knows of the erasure, the very tables that the whole objects give.
func TestRewrittenObjectsLoadAsErasedOnes(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		whole := reading("2026-03-27", 1)
		whole.Reservations = []reservation.Reservation{wt.Booking(1, 1, "g1"), wt.Booking(2, 1, "g2")}
		whole.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		var got [2]map[string]string
		for i := range got {
			zone, w := newZone(t), openNew(t, e)
			key := wt.Publish(t, zone, 1, whole)
			if i == 1 {
				rewrite(t, zone, key)
			}
			_, err := w.Forget(t.Context(), []Subject{{reservation.OpenTable, "g1"}}, "receipt", clock())
			wt.Check(t, err)
			mustLoad(t, w, options(zone))
			got[i], err = w.ContentHashes(t.Context())
			wt.Check(t, err)
			if found := ask(t, w, leaks); len(found) > 0 {
				t.Errorf("%q", found)
			}
		}
		for table, sum := range got[0] {
			if got[1][table] != sum {
				t.Errorf("%s is another", table)
			}
		}
	})
}

// TestAnObjectMadeAnewWhileItIsLoaded: a load that had read the manifest before finds the object gone, and the new one in its
// place.
func TestAnObjectMadeAnewWhileItIsLoaded(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, w := newZone(t), openNew(t, e)
		whole := reading("2026-03-27", 1)
		whole.Customers = []reservation.Customer{wt.Guest("g1", 1), wt.Guest("g2", 1)}
		key := wt.Publish(t, zone, 1, whole)
		o, done := options(zone), false
		o.LeaveOut = func(_ context.Context, _ []Taken) (map[string]bool, error) { // asked once the manifests are read
			if !done {
				done = true
				rewrite(t, zone, key)
			}
			return nil, nil
		}
		mustLoad(t, w, o)
		if got := ask(t, w, "SELECT customer_id, digest = '' FROM customers ORDER BY 1"); !done ||
			!slices.Equal(got, []string{"g1|true", "g2|false"}) {
			t.Errorf("%t %q", done, got)
		}
	})
}

// rewrite empties the rows of g1 in the objects of a processed manifest, as care forget does.
func rewrite(t *testing.T, zone *lake.Zone, key string) {
	t.Helper()
	found, err := lake.Read[lake.Processed](t.Context(), zone, key)
	wt.Check(t, err)
	m := found.Manifest
	m.Rewritten = &lake.Rewriting{First: found.SHA256, At: clock(), Replaced: []string{}}
	m.Objects = nil
	a := zone.Begin(clock)
	for _, o := range found.Manifest.Objects {
		switch o.Kind {
		case reservation.KindCustomer:
			m.Objects = remade(t, zone, a, m.Objects, o, func(c *reservation.Customer) {
				if c.CustomerID == "g1" {
					c.Erase()
				}
			})
		case reservation.KindReservation:
			m.Objects = remade(t, zone, a, m.Objects, o, func(r *reservation.Reservation) {
				if r.CustomerID != nil && *r.CustomerID == "g1" {
					r.Erase()
				}
			})
		default:
			m.Objects = append(m.Objects, o)
		}
	}
	wt.Check(t, lake.Rewrite(t.Context(), zone, found, m))
	for _, o := range found.Manifest.Objects {
		if !slices.Contains(m.Objects, o) {
			_, err := zone.Purge(t.Context(), o.Key)
			wt.Check(t, err)
		}
	}
}

func remade[T any](
	t *testing.T, zone *lake.Zone, a *lake.Attempt, to []lake.Object, o lake.Object, erase func(*T),
) []lake.Object {
	t.Helper()
	var rows []T
	wt.Check(t, parquetrows.Read(t.Context(), zone, o, func(batch []T) error {
		for i := range batch {
			erase(&batch[i])
		}
		rows = append(rows, batch...)
		return nil
	}))
	return wt.Put(t, a, to, o.Kind, "2026-03-27/", rows)
}
