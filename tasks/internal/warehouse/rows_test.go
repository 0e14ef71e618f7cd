package warehouse

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
)

type sample struct {
	Name   string    `sql:"name"`
	Number int64     `sql:"number_of"`
	Money  int64     `sql:"money,decimal"`
	Known  *int64    `sql:"known"`
	Yes    bool      `sql:"yes"`
	At     time.Time `sql:"read_at"`
	Day    string    `sql:"day"`
	Maybe  string    `sql:"maybe,null"`
}

// TestRowsGoByName: whatever the order of a query's columns, each value goes where its name says; a column that the row type
// lacks, or one that the query lacks, is a defect.
func TestRowsGoByName(t *testing.T) {
	const columns = "CAST('2026-03-29' AS DATE) AS day, TRUE AS yes, CAST(12.5 AS DECIMAL(18,4)) AS money, 'a' AS name, " +
		"CAST(7 AS BIGINT) AS number_of, CAST('2026-03-29 01:30:00' AS DATETIME) AS read_at, CAST(NULL AS BIGINT) AS known, " +
		"CAST(NULL AS VARCHAR) AS maybe"
	onEngines(t, func(t *testing.T, e underTest) {
		w := openNew(t, e)
		err := w.with(t.Context(), func(s session) error {
			got, err := oneOf[sample](t.Context(), s, Statement{Name: "test", SQL: "SELECT " + columns})
			want := sample{Name: "a", Number: 7, Money: 125_000, Yes: true, At: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC),
				Day: "2026-03-29"}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			for _, sql := range []string{"SELECT " + columns + ", 1 AS more", "SELECT 'a' AS name", "SELECT 'a' AS another"} {
				if _, err := oneOf[sample](t.Context(), s, Statement{Name: "test", SQL: sql}); fault.KindOf(err) != fault.Defect {
					t.Errorf("%s: got %v", sql, err)
				}
			}
			type amount struct {
				Money int64 `sql:"money,decimal"`
			}
			for sql, says := range map[string]string{
				"SELECT CAST(NULL AS DECIMAL(18,4)) AS money":    "is NULL",
				"SELECT CAST(1.00001 AS DECIMAL(18,5)) AS money": "more than four decimals",
				"SELECT CAST('planted' AS VARCHAR) AS money":     "is no number",
			} {
				_, err := oneOf[amount](t.Context(), s, Statement{Name: "test", SQL: sql})
				if fault.KindOf(err) != fault.Defect || !strings.Contains(err.Error(), says) ||
					strings.Contains(err.Error(), "planted") {
					t.Errorf("%s: got %v", sql, err)
				}
			}
			if _, err := oneOf[gateRow](t.Context(), s,
				Statement{Name: "test", SQL: "SELECT passed FROM load_gate WHERE 1 = 0"}); fault.KindOf(err) != fault.Defect {
				t.Errorf("no row: %v", err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestRowsComeBack: what is inserted is what is read, NULLs included.
func TestRowsComeBack(t *testing.T) {
	known := int64(-3)
	want := []sample{
		{Name: "it's", Number: -1, Known: &known, Yes: true, At: time.Date(2026, 3, 29, 1, 30, 0, 5000, time.UTC),
			Day: "2026-03-29", Maybe: "x"},
		{Name: "", At: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), Day: "1970-01-01"},
	}
	onEngines(t, func(t *testing.T, e underTest) {
		w := openNew(t, e)
		err := w.with(t.Context(), func(s session) error {
			ctx := context.Background()
			ddl := "CREATE TEMPORARY TABLE sampled (day DATE, maybe VARCHAR, name VARCHAR, money DECIMAL(18,4), number_of " +
				"BIGINT, known BIGINT, yes BOOLEAN, read_at DATETIME)"
			if _, err := s.exec(ctx, Statement{Name: "test", SQL: ddl}); err != nil {
				return err
			}
			if err := insert(ctx, s, "sampled", want); err != nil {
				return err
			}
			got, err := allOf[sample](ctx, s, Statement{Name: "test", SQL: "SELECT * FROM sampled ORDER BY number_of"})
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			nulls := valueOf(t, s, "SELECT COUNT(*) FROM sampled WHERE maybe IS NULL AND known IS NULL")
			if nulls != "1" {
				t.Errorf("%s rows with NULLs", nulls)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// valueOf returns the one value of a query in a session.
func valueOf(t *testing.T, s session, query string) string {
	t.Helper()
	rows, err := s.texts(t.Context(), Statement{Name: "test", SQL: query})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%v: %v", rows, err)
	}
	return rows[0][0]
}

// TestNumbersBeyondInt64: a sum that no int64 holds is refused, whatever the engine gives it as.
func TestNumbersBeyondInt64(t *testing.T) {
	for _, unit := range []string{"", "decimal"} {
		if n, err := (cell{unit: unit}).number("FIXED", "12345678901234567890123"); !errors.Is(err, errNumber) {
			t.Errorf("%s: got %d, %v", unit, n, err)
		}
	}
}
