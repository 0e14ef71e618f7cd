//go:build snowflake

package warehouse

import (
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/snowflaketest"
)

// A warehouse that is not the program's own is not made by whoever loads: its owner migrates it, as often as they like.
func TestMigrateOnEngines(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		if e.name == "duckdb" {
			return // brings its own schema up: the transcripts of load migrate show it
		}
		url := e.fresh(t, true)
		if _, err := Open(t.Context(), machine.This(), url, ReadWrite); err == nil ||
			!strings.Contains(err.Error(), "run load migrate") {
			t.Fatalf("opened without a schema: %v", err)
		}
		for _, run := range []struct {
			dry  bool
			want string
		}{{true, Pending}, {false, Applied}, {true, Before}, {false, Before}} {
			files, err := Migrate(t.Context(), machine.This(), ownersURL(url), run.dry)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(files, func(f SchemaFile) bool { return f.State != run.want }) || len(files) == 0 {
				t.Errorf("dry run %v: want all %q, got %v", run.dry, run.want, files)
			}
		}
		w, err := Open(t.Context(), machine.This(), url, ReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestRoles: with the grants of bootstrap.sql alone an analyst reads every mart that is theirs and no table, who loads makes and
// drops nothing, and who migrates may read what they made.
func TestRoles(t *testing.T) {
	url := standin.Fresh()
	zone := newZone(t)
	publishDays(t, zone)
	mustLoad(t, openAt(t, url, nil), options(zone))
	as := func(user, sql string) error {
		w, err := connect(t.Context(), machine.This(), snowflaketest.As(user, url), ReadWrite, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		conn, err := w.engine.Conn(t.Context()) // whoever is not the program looks at no gate
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = session{machine: w.machine, engine: w.engine, conn: conn, run: conn}.texts(t.Context(),
			Statement{Name: "test", SQL: sql})
		return err
	}
	for _, mart := range []string{"daily_service", "status_funnel", "channel_mix", "lead_time", "guest_return", "payments",
		"reservation_versions"} {
		if err := as(snowflaketest.Analyst, "SELECT COUNT(*) FROM "+mart); err != nil {
			t.Errorf("an analyst reads %s: %v", mart, err)
		}
	}
	for _, c := range []struct{ user, sql string }{
		{snowflaketest.Analyst, "SELECT COUNT(*) FROM reservations"},
		{snowflaketest.Analyst, "SELECT COUNT(*) FROM customers"},
		{snowflaketest.Analyst, "SELECT COUNT(*) FROM reservation_observations"},
		{snowflaketest.Analyst, "DELETE FROM loads"},
		{snowflaketest.Analyst, "CREATE TABLE mine (a BIGINT)"},
		{snowflaketest.Loader, "CREATE TABLE mine (a BIGINT)"},
		{snowflaketest.Loader, "DROP TABLE reservations"},
		{snowflaketest.Loader, "ALTER TABLE reservations ADD COLUMN a BIGINT"},
	} {
		if err := as(c.user, c.sql); fault.KindOf(err) != fault.Denied && fault.KindOf(err) != fault.Usage {
			t.Errorf("%s, %s: %v", c.user, c.sql, err)
		}
	}
	if err := as(snowflaketest.Owner, "SELECT COUNT(*) FROM reservations"); err != nil {
		t.Errorf("who migrates: %v", err)
	}
}
