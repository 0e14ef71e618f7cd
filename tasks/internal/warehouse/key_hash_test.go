package warehouse

import (
	"crypto/md5" //nolint:gosec // what the tables' numbers are made of, no secret
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// keyHashOf is the number of a key, computed apart from the warehouse: the first fifteen digits of its MD5 in hexadecimal, a to f
// read as 0 to 5.
func keyHashOf(t *testing.T, platform, id string) string {
	t.Helper()
	sum := md5.Sum([]byte(platform + "/" + id)) //nolint:gosec // see above
	digits := strings.Map(func(r rune) rune {
		if r >= 'a' {
			return r - 'a' + '0'
		}
		return r
	}, hex.EncodeToString(sum[:]))
	n, err := strconv.ParseInt(digits[:15], 10, 64)
	wt.Check(t, err)
	return strconv.FormatInt(n, 10)
}

// keyed asks for the numbers of all keys that a warehouse has.
func keyed(t *testing.T, w *Warehouse) []string {
	t.Helper()
	var out []string
	for _, from := range []string{
		"reservation_id AS id, key_hash FROM reservation_observations", "reservation_id AS id, key_hash FROM reservations",
		"customer_id AS id, key_hash FROM customer_observations", "customer_id AS id, key_hash FROM customers",
	} {
		out = append(out, ask(t, w, "SELECT DISTINCT platform, "+from+" ORDER BY platform, id, key_hash")...)
	}
	return out
}

// TestKeyHashes: every row has the number of its key, whatever brought it: a load, one in the place of an older rank, one by a
// program that knew no numbers, before the schema was brought up.
func TestKeyHashes(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		w := openAt(t, url, nil)
		publishDays(t, zone)
		mustLoad(t, w, options(zone, days[0]))
		check := func(w *Warehouse) {
			t.Helper()
			rows := keyed(t, w)
			if len(rows) < 30 {
				t.Errorf("only %d keys", len(rows))
			}
			for _, row := range rows {
				f := strings.Split(row, "|")
				if want := keyHashOf(t, f[0], f[1]); f[2] != want {
					t.Errorf("%s %s has the number %s, not %s", f[0], f[1], f[2], want)
				}
			}
		}
		check(w)
		sqls := []string{"DELETE FROM schema_versions WHERE version > 8"}
		for _, table := range []string{"reservation_observations", "reservations", "customer_observations", "customers"} {
			sqls = append(sqls, "ALTER TABLE "+table+" DROP COLUMN key_hash")
		}
		asOwner(t, url, sqls...)
		w = openAt(t, url, nil)
		check(w)
		mustLoad(t, w, options(zone))
		check(w)
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, w)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestKeysOfOneNumber: a number that another key has as well takes nothing of that key away, and hides nothing of the key itself.
func TestKeysOfOneNumber(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		w := openAt(t, url, nil)
		first, second := reading(days[0], 1), reading(days[1], 1)
		for n := range 5 {
			first.Reservations = append(first.Reservations, wt.Booking(n, 1, "g1"))
			first.Customers = append(first.Customers, wt.Guest(fmt.Sprintf("g%d", n), 1))
		}
		second.Reservations = []reservation.Reservation{wt.Booking(3, 2, "g1")}
		second.Customers = []reservation.Customer{wt.Guest("g3", 2)}
		wt.Publish(t, zone, 1, first)
		mustLoad(t, w, options(zone))
		asOwner(t, url, "UPDATE reservations SET key_hash = "+keyHashOf(t, "opentable", "1001-3"),
			"UPDATE customers SET key_hash = "+keyHashOf(t, "opentable", "g3"))
		w = openAt(t, url, nil)
		wt.Publish(t, zone, 1, second)
		mustLoad(t, w, options(zone))
		want := []string{"1001-0|1", "1001-1|1", "1001-2|1", "1001-3|2", "1001-4|1", "g0|1", "g1|1", "g2|1", "g3|2", "g4|1"}
		got := append(ask(t, w, "SELECT reservation_id, clock FROM reservations ORDER BY reservation_id"),
			ask(t, w, "SELECT customer_id, clock FROM customers ORDER BY customer_id")...)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
