package engine

import (
	"context"
	"database/sql"
	"strings"
)

// Querier is a session, or the transaction that is open on it.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each runs a query and hands its rows to use, one after the other. Names are in lower case; a type is the engine's own name of
// it. An error of the engine is explained by it.
func Each(ctx context.Context, e Engine, q Querier, st Statement, args []any,
	use func(names, types []string, values []any) error) error {
	rows, err := q.QueryContext(ctx, st.SQL, args...)
	if err != nil {
		return e.Explain(ctx, st.Does(), err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return e.Explain(ctx, st.Does(), err)
	}
	names, types := make([]string, len(columns)), make([]string, len(columns))
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		names[i], types[i], into[i] = strings.ToLower(c.Name()), columnType(c), &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return e.Explain(ctx, st.Does(), err)
		}
		if err := use(names, types, values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return e.Explain(ctx, st.Does(), err)
	}
	return nil
}
