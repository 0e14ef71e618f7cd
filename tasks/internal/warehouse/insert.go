package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// bindsAtOnce bounds the placeholders of a statement; Snowflake takes 16,384 expressions.
const bindsAtOnce = 8000

// insert adds rows of Go values to a table, some hundreds a statement. Times are given as text in engine.TimestampForm, days as
// YYYY-MM-DD: every engine makes of it what the column is.
func (s session) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	tuple := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	for chunk := range slices.Chunk(rows, max(1, bindsAtOnce/len(columns))) {
		tuples := strings.TrimSuffix(strings.Repeat(tuple+", ", len(chunk)), ", ")
		st := Statement{Name: "insert/" + table, SQL: fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), tuples)}
		if _, err := s.exec(ctx, st, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}

var erasingColumns = []string{"reading", "manifest", "read_at"}

var takingColumns = []string{
	"reading", "source", "day", "asked_by", "rank", "refused", "stable", "read_at",
	"reservation_received", "reservation_accepted", "reservation_quarantined", "reservation_landed",
	"customer_received", "customer_accepted", "customer_quarantined", "customer_landed",
	"erasures", "manifest", "result", "program", "loaded_at", "absent",
}
