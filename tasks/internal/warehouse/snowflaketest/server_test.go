//go:build snowflake

package snowflaketest

import (
	"testing"
)

// TestAnsweredOnce: the driver sends a statement again where the answer was lost, under the same request id. It is executed once.
func TestAnsweredOnce(t *testing.T) {
	s := Start(t)
	proxy := NewProxy(t, s.Address)
	database := s.Database()
	if err := s.Administer(t.Context(), database, "CREATE TABLE t (a BIGINT)"); err != nil {
		t.Fatal(err)
	}
	db := s.administrator(proxy.Address, database)
	defer db.Close()
	for _, cut := range []Cut{After, Short, Answered} {
		proxy.Arm(Step{1, cut})
		if _, err := db.ExecContext(t.Context(), "INSERT INTO t SELECT 1"); err != nil {
			t.Fatalf("%s: %v", cut, err)
		}
		if _, left := proxy.Statements(); len(left) > 0 {
			t.Fatalf("%s: was not cut", cut)
		}
	}
	var rows int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows != 3 {
		t.Errorf("three statements, each of them sent again, left %d rows", rows)
	}
}
