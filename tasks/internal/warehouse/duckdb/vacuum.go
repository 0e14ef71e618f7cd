//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

const (
	// deadShare is the share of a table's rows that may be deleted ones before they are cleared away.
	deadShare = 0.25
	// rowGroup is how many rows DuckDB keeps together. A table that has no more is left as it is.
	rowGroup = 122_880
)

// vacuumWhenDue has the checkpoints of this process clear deleted rows away only where these are many. DuckDB would do so at each
// checkpoint: to join two row groups it writes both again, some 100,000 rows for the 17,000 that a day replaces, and a load costs
// twice as much (measured in ten days after a history of 10 million observations: 4.3 CPU seconds for 2.5). Left until they are a
// quarter of a table, they cost each load its share of one pass.
func vacuumWhenDue(ctx context.Context, c driver.Connector) error {
	db := sql.OpenDB(struct{ driver.Connector }{c}) // of which nothing but the connection is closed
	defer func() { _ = db.Close() }()
	due, err := vacuumDue(ctx, db)
	if err != nil || due {
		return err
	}
	_, err = db.ExecContext(ctx, "SET GLOBAL max_vacuum_tasks = 0")
	return err
}

// vacuumDue compares the rows that tables take up with those that are in them. DuckDB knows both without reading a row.
func vacuumDue(ctx context.Context, db *sql.DB) (due bool, err error) {
	var counts sql.NullString
	err = db.QueryRowContext(ctx, fmt.Sprintf(`SELECT string_agg(
  format('SELECT COUNT(*) < {} FROM "{}"."{}"', CAST(estimated_size * %g AS BIGINT), schema_name, table_name), ' UNION ALL ')
FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND estimated_size > %d`, 1-deadShare, rowGroup)).Scan(&counts)
	if err != nil || !counts.Valid {
		return false, err
	}
	err = db.QueryRowContext(ctx, "SELECT bool_or(v) FROM ("+counts.String+") t(v)").Scan(&due)
	return due, err
}
