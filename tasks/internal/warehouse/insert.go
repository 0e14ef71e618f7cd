package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// bindsAtOnce bounds the placeholders of a statement; Snowflake takes 16,384 expressions.
const bindsAtOnce = 8000

// insert adds rows to a table, some hundreds a statement. Their type names the columns, as it does for rowsOf.
func insert[T any](ctx context.Context, s session, table string, rows []T) error {
	cells := cellsOf(reflect.TypeFor[T]())
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = c.name
	}
	tuple := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(cells)), ", ") + ")"
	for chunk := range slices.Chunk(rows, max(1, bindsAtOnce/len(cells))) {
		tuples := strings.TrimSuffix(strings.Repeat(tuple+", ", len(chunk)), ", ")
		st := Statement{
			Name: "insert/" + table,
			SQL:  fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(names, ", "), tuples),
		}
		var values []any
		for i := range chunk {
			row := reflect.ValueOf(&chunk[i]).Elem()
			for _, c := range cells {
				values = append(values, c.value(row.FieldByIndex(c.index)))
			}
		}
		if _, err := s.exec(ctx, st, values...); err != nil {
			return err
		}
	}
	return nil
}
