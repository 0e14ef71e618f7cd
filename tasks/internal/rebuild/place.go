package rebuild

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
)

// place is a session in one of the two warehouses, whatever its schema is.
type place struct {
	engine engine.Engine
	conn   *sql.Conn
}

func (r *rebuilding) open(ctx context.Context, url string, mode warehouse.Mode) (*place, error) {
	return openPlace(ctx, r.Options, url, mode)
}

func openPlace(ctx context.Context, o Options, url string, mode warehouse.Mode) (*place, error) {
	e, _, err := warehouse.OpenEngine(ctx, o.Machine, url, mode)
	if err != nil {
		return nil, err
	}
	conn, err := e.Conn(ctx)
	if err != nil {
		err = e.Explain(ctx, "connect to the warehouse", err)
		_ = e.Close()
		return nil, err
	}
	return &place{e, conn}, nil
}

func (p *place) close() {
	_ = p.conn.Close()
	_ = p.engine.Close()
}

// runner is a session, or the transaction that is open on it.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (p *place) exec(ctx context.Context, on runner, text string, args ...any) error {
	if _, err := on.ExecContext(ctx, text, args...); err != nil {
		return p.engine.Explain(ctx, "run "+firstLine(text), err)
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// each runs a query.
func (p *place) each(ctx context.Context, text string, use func(names, types []string, values []any) error) error {
	return engine.Each(ctx, p.engine, p.conn, engine.Statement{Name: firstLine(text), SQL: text}, nil, use)
}

// number returns the one number of a query, 0 for NULL.
func (p *place) number(ctx context.Context, text string) (n int64, err error) {
	err = p.each(ctx, text, func(_, types []string, values []any) error {
		if values[0] == nil {
			return nil
		}
		n, err = strconv.ParseInt(engine.Text(types[0], values[0]), 10, 64)
		if err != nil {
			return fault.New(fault.Defect, "report it with this text", "run %s: it gives no number", text)
		}
		return nil
	})
	return n, err
}

// there reports whether a table is.
func (p *place) there(ctx context.Context, table string) (bool, error) {
	n, err := p.number(ctx, "SELECT COUNT(*) AS n FROM information_schema.tables WHERE LOWER(table_name) = "+
		engine.Literal(table)+" AND LOWER(table_schema) = LOWER(CURRENT_SCHEMA())")
	return n > 0, err
}

// transact runs work in a transaction.
func (p *place) transact(ctx context.Context, work func(tx *sql.Tx) error) error {
	tx, err := p.conn.BeginTx(ctx, nil)
	if err != nil {
		return p.engine.Explain(ctx, "begin the transaction", err)
	}
	if err := work(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return p.engine.Explain(ctx, "commit", err)
	}
	return nil
}

// rowsAtOnce bounds how many rows of a carried table are held, and put into one statement.
const rowsAtOnce = 200

// copyRows adds the rows of a query in one place to a table in another, some hundreds a statement. A time is given as text, of
// which every engine makes what the column is.
func copyRows(ctx context.Context, from, to *place, query string, on runner, table string) error {
	var columns []string
	var values []any
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		tuple := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
		tuples := strings.TrimSuffix(strings.Repeat(tuple+", ", len(values)/len(columns)), ", ")
		text := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), tuples)
		_, err := on.ExecContext(ctx, text, values...)
		if err != nil {
			return to.engine.Explain(ctx, "fill "+table, err)
		}
		values = values[:0]
		return nil
	}
	err := from.each(ctx, query, func(names, types []string, row []any) error {
		columns = append(columns[:0], names...)
		for i, v := range row {
			values = append(values, bound(types[i], v))
		}
		if len(values) >= rowsAtOnce*len(columns) {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func bound(columnType string, v any) any {
	switch v := v.(type) {
	case nil, bool, int64:
		return v
	case time.Time:
		if columnType == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(engine.TimestampForm)
	}
	return engine.Text(columnType, v)
}
