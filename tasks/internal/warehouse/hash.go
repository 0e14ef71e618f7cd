package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"covers/tasks/internal/warehouse/rowhash"
)

// hashed are the tables and views of ContentHash, and the columns that are left out: what depends on which reading brought
// a row, and when.
var hashed = []struct {
	table string
	sql   string
	omit  []string
}{
	{table: "reservations", omit: []string{"reading", "line", "read_at"}},
	{table: "customers", omit: []string{"reading", "line", "read_at"}},
	{table: "reservation_observations",
		sql: "SELECT DISTINCT platform, reservation_id, clock_epoch, clock, digest FROM reservation_observations"},
	{table: "customer_observations",
		sql: "SELECT DISTINCT platform, customer_id, clock_epoch, clock, digest FROM customer_observations"},
	{table: "absences", sql: "SELECT DISTINCT platform, kind, id FROM absences"},
	{table: "merges", sql: "SELECT DISTINCT platform, customer_id, survivor_id FROM merges"},
	{table: "survivors"},
	{table: "erasures", sql: "SELECT DISTINCT platform, customer_id FROM erasures"},
	{table: "restaurants"},
	{table: "restaurant_history"},
	{table: "platforms"},
	{table: "payments"},
	{table: "reservation_versions", omit: []string{"first_read_at", "last_read_at", "observations"}},
	{table: "daily_service"},
	{table: "status_funnel"},
	{table: "channel_mix"},
	{table: "lead_time"},
	{table: "guest_return"},
}

// ContentHash returns one hash of what the warehouse says, whatever readings brought it and in whatever order: the current
// rows, the marts, who is erased, what was ever absent or merged, and the distinct observations by key, platform's clock and
// digest. Readings, reading times, request ids and the ledger are left out. Two warehouses, also on different engines, say the
// same when their hashes are equal.
func (w *Warehouse) ContentHash(ctx context.Context) (string, error) {
	hashes, err := w.ContentHashes(ctx)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, t := range hashed {
		fmt.Fprintf(h, "%s %s\n", t.table, hashes[t.table])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ContentHashes returns the parts of ContentHash by table, to see where two warehouses differ.
func (w *Warehouse) ContentHashes(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := w.with(ctx, func(s session) error {
		for _, t := range hashed {
			st := Statement{Name: "hash/" + t.table, SQL: t.sql}
			if st.SQL == "" {
				st.SQL = "SELECT * FROM " + t.table
			}
			sum, err := s.hash(ctx, st, t.omit)
			if err != nil {
				return err
			}
			out[t.table] = sum
		}
		return nil
	})
	return out, err
}

// hash adds up the hashes of a query's rows, so that their order does not matter and how often each is there does.
func (s session) hash(ctx context.Context, st Statement, omit []string) (string, error) {
	var sum rowhash.Sum
	hasher := rowhash.New(omit...)
	err := s.each(ctx, st, nil, func(names, types []string, values []any) error {
		sum.Add(hasher.Row(names, types, values))
		return nil
	})
	return sum.String(), err
}
