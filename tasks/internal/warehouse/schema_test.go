package warehouse

import (
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse/engine"
)

// tableColumns reads a table's columns from the warehouse, types in the contract's words.
func tableColumns(t *testing.T, w *Warehouse, table string) []engine.Column {
	t.Helper()
	words := map[string]string{"TIMESTAMP": "DATETIME", "TIMESTAMP_NTZ": "DATETIME", "TEXT": "VARCHAR", "DECIMAL(38,0)": "BIGINT"}
	var out []engine.Column
	for _, line := range ask(t, w, `SELECT LOWER(column_name), UPPER(data_type), is_nullable, numeric_precision, numeric_scale
  FROM information_schema.columns
WHERE LOWER(table_name) = '`+table+`' ORDER BY ordinal_position`) {
		f := strings.Split(line, "|")
		if f[1] == "NUMBER" { // Snowflake's one name for them
			f[1] = "DECIMAL(" + f[3] + "," + f[4] + ")"
		}
		if word, ok := words[f[1]]; ok {
			f[1] = word
		}
		out = append(out, engine.Column{Name: f[0], Type: f[1], Required: f[2] == "NO"})
	}
	return out
}

func contractColumns(table string) []engine.Column {
	var out []engine.Column
	for _, c := range contract.Get().Table(table).Columns {
		out = append(out, engine.Column{Name: c.Name, Type: c.Type, Required: c.Required})
	}
	return out
}

// TestColumns: the tables, the row types and the data contract declare the same columns, in whatever order, but for the number of
// a key, which is the warehouse's own: a file's columns land by name, and a column that a later schema file adds comes last. The
// current tables have the observations' columns in the same order, which lets the load copy rows without naming them.
func TestColumns(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		w := openNew(t, e)
		for _, x := range []struct {
			observations, current string
			row                   any
		}{
			{"reservation_observations", "reservations", reservation.Reservation{}},
			{"customer_observations", "customers", reservation.Customer{}},
			{"absences", "absences", reservation.Absence{}}, // has no current table
			{"merges", "merges", reservation.Merge{}},
		} {
			all := tableColumns(t, w, x.observations)
			table := slices.DeleteFunc(slices.Clone(all), func(c engine.Column) bool { return c.Name == keyHash })
			if own := len(all) - len(table); (own == 1) != (x.observations != x.current) {
				t.Errorf("%s has %d columns %s", x.observations, own, keyHash)
			}
			byName := cmpopts.SortSlices(func(a, b engine.Column) bool { return a.Name < b.Name })
			if diff := gocmp.Diff(engine.ColumnsOf(parquet.SchemaOf(x.row)), table, byName); diff != "" {
				t.Errorf("%s (- row type, + table):\n%s", x.observations, diff)
			}
			if diff := gocmp.Diff(contractColumns(x.observations), table, byName); diff != "" {
				t.Errorf("%s (- contract, + table):\n%s", x.observations, diff)
			}
			if diff := gocmp.Diff(all, tableColumns(t, w, x.current)); diff != "" {
				t.Errorf("- %s, + %s:\n%s", x.observations, x.current, diff)
			}
		}
		var names []string
		for _, c := range tableColumns(t, w, "loads") {
			names = append(names, c.Name)
		}
		slices.Sort(names)
		if diff := gocmp.Diff(names, columnNames[ledgerRow]()); diff != "" {
			t.Errorf("- loads, + what the load fills in:\n%s", diff)
		}
	})
}

// TestColumnsAreDocumented: the page names the columns of the tables that hold records, and of a booking's versions.
func TestColumnsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	onEngines(t, func(t *testing.T, e underTest) {
		w := openNew(t, e)
		for _, table := range []string{
			"reservation_observations", "customer_observations", "merges", "reservation_versions", "superseding", "merge_links",
			"standing_merges", "survivors",
		} {
			row := regexp.MustCompile("(?m)^\\| `" + table + "`.*\\| (.*) \\|$").FindSubmatch(page)
			if row == nil {
				t.Fatalf("docs/operations.md has no row of %s", table)
			}
			var have []string
			for _, c := range tableColumns(t, w, table) {
				have = append(have, c.Name)
			}
			documented := strings.Split(string(row[1]), ", ")
			slices.Sort(have)
			slices.Sort(documented)
			if diff := gocmp.Diff(have, documented); diff != "" {
				t.Errorf("%s (- table, + docs/operations.md):\n%s", table, diff)
			}
		}
	})
}

// TestAddedColumn: a later schema file adds a column to both tables of a warehouse that holds rows; objects of today still
// land, and the views still answer.
func TestAddedColumn(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		w := openAt(t, url, nil)
		publishDays(t, zone)
		mustLoad(t, w, options(zone, days[0]))
		asOwner(t, url, "ALTER TABLE reservation_observations ADD COLUMN visit_tags BIGINT",
			"ALTER TABLE reservations ADD COLUMN visit_tags BIGINT")
		mustLoad(t, w, options(zone))
		got := ask(t, w, "SELECT COUNT(*), COUNT(visit_tags) FROM reservations")
		got = append(got, ask(t, w, "SELECT COUNT(*) FROM reservation_versions WHERE is_current")...)
		if diff := gocmp.Diff([]string{"14|0", "14"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAbsencesAreAdded: a warehouse with rows, of a program that did not know of absences and merges yet, has a ledger that says
// 0 of them, and takes what comes.
func TestAbsencesAreAdded(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		zone, url := newZone(t), e.fresh(t, true)
		w := openAt(t, url, nil)
		publishDays(t, zone)
		mustLoad(t, w, options(zone, days[0]))
		before := tables(t, w)
		sqls := []string{"DELETE FROM schema_versions WHERE version > 2"}
		for _, view := range []string{"survivors", "standing_merges", "merge_links", "superseding", "ledger"} {
			sqls = append(sqls, "DROP VIEW "+view)
		}
		for _, column := range []string{"absent", "customer_merged", "noted", "unread", "withheld"} {
			sqls = append(sqls, "ALTER TABLE loads DROP COLUMN "+column)
		}
		sqls = append(sqls, martsOf2()...)
		asOwner(t, url, append(sqls, "DROP TABLE absences", "DROP TABLE merges")...)
		if _, err := Open(t.Context(), machine.This(), url, ReadOnly); fault.KindOf(err) != fault.Usage {
			t.Errorf("read before it is brought up to date: %v", err)
		}
		again := openAt(t, url, nil)
		if diff := gocmp.Diff(before, tables(t, again)); diff != "" {
			t.Error(diff)
		}
		mustLoad(t, again, options(zone))
		if diff := gocmp.Diff(undisturbed(t, e, zone), tables(t, again)); diff != "" {
			t.Error(diff)
		}
	})
}

// martsOf2 are the views as 0002 made them: of them one reads absences by now.
func martsOf2() []string {
	var out []string
	for _, s := range schema[2].statements {
		out = append(out, s.SQL)
	}
	return out
}

// TestMartTypes: whatever an engine makes of a sum, a view's column is one of the six types.
func TestMartTypes(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		w := openNew(t, e)
		for _, view := range []string{"payments", "reservation_versions", "daily_service", "status_funnel", "channel_mix",
			"lead_time", "guest_return", "superseding", "merge_links", "standing_merges", "survivors"} {
			columns := tableColumns(t, w, view)
			if len(columns) == 0 {
				t.Errorf("%s is not there", view)
			}
			for _, c := range columns {
				if !slices.Contains([]string{"BIGINT", "DATETIME", "DECIMAL(18,4)", "VARCHAR", "BOOLEAN", "DATE"}, c.Type) &&
					(view != "daily_service" || c.Type != "DECIMAL(38,4)") { // a sum of amounts
					t.Errorf("%s.%s is %s", view, c.Name, c.Type)
				}
			}
		}
	})
}

// TestText reads the SQL files: statements are cut where they end, types are the six, and nothing is one engine's own.
func TestText(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)\b(MERGE INTO|read_parquet|BY NAME|TIMESTAMP|TIMESTAMPTZ|DOUBLE|FLOAT|HUGEINT|INTEGER|` +
		`INT|STRING|TEXT|NUMBER|COPY|VARIANT|IFF|STRUCT|LIST|ILIKE|DATE_DIFF|DATEDIFF|GROUP BY ALL|` +
		`ORDER BY ALL|RETURNING|ON CONFLICT|PRIMARY KEY)\b|::`)
	comment := regexp.MustCompile(`--.*`)
	for _, folder := range []string{".", "schema", "tables", "load", "query"} {
		entries, err := files.ReadDir(path.Join("sql", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			name := path.Join(folder, e.Name())
			for _, s := range statements(name) {
				code := comment.ReplaceAllString(s.SQL, "")
				if strings.Contains(code, ";") {
					t.Errorf("%s: a semicolon inside of a statement", s.Name)
				}
				if m := foreign.FindString(code); m != "" {
					t.Errorf("%s: %q is not common to the engines", s.Name, m)
				}
				ddl := strings.HasPrefix(s.SQL, "CREATE") || strings.HasPrefix(s.SQL, "ALTER TABLE")
				filled := folder == "schema" &&
					(strings.HasPrefix(s.SQL, "INSERT INTO load_gate") || strings.HasPrefix(s.SQL, "UPDATE loads") ||
						strings.HasPrefix(s.SQL, "UPDATE") && strings.HasSuffix(s.SQL, "WHERE key_hash IS NULL"))
				if ddl != (folder == "schema" || folder == "tables") && !filled {
					t.Errorf("%s: DDL belongs before the transaction, and nothing else does", s.Name)
				}
			}
			if folder == "query" && len(statements(name)) != 1 {
				t.Errorf("%s: a query is one statement", name)
			}
		}
	}
}

// TestOrderOfPhases: forgetting on demand, and a load that erases nobody, take single statements of the load's phases.
func TestOrderOfPhases(t *testing.T) {
	for _, c := range []struct {
		st     Statement
		begins string
	}{
		{take, "UPDATE load_gate"}, {forget[0], "INSERT INTO erasures"}, {unwanted[4], "DELETE FROM landing_erasures"},
		{eraseThere[0], "UPDATE customer_observations"}, {eraseThere[1], "UPDATE reservation_observations"},
		{eraseLanded[0], "UPDATE landing_customers"}, {eraseLanded[1], "UPDATE landing_reservations"},
	} {
		if !strings.HasPrefix(c.st.SQL, c.begins) {
			t.Errorf("%s does not begin with %s", c.st.Name, c.begins)
		}
	}
}

func TestSplit(t *testing.T) {
	got := split("x.sql", "-- a comment; with a semicolon\nSELECT 1;\n\n  -- another\nSELECT\n  2  -- why\n;\n")
	want := []Statement{{Name: "x.sql:1", SQL: "SELECT 1"}, {Name: "x.sql:2", SQL: "SELECT\n  2  -- why\n"}}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSchemaVersions: a schema that is newer than the program, or whose file was changed after it was applied, is refused.
func TestSchemaVersions(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		for _, c := range []struct {
			kind         fault.Kind
			name, change string
			says         string
		}{
			{fault.Usage, "newer",
				"INSERT INTO schema_versions SELECT 9999, '9999_future.sql', 'x', CAST('2026-01-01' AS DATETIME)",
				"9999_future.sql"},
			{fault.Data, "changed", "UPDATE schema_versions SET digest = 'x' WHERE version = 1", "0001_tables.sql was changed"},
		} {
			url := e.fresh(t, true)
			openAt(t, url, nil)
			asOwner(t, url, c.change)
			_, err := Open(t.Context(), machine.This(), url, ReadWrite)
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

// TestMigratedApart: a warehouse that is not the program's own is opened for no work, and left as it is, until it was
// migrated, and again when a newer program brings another file.
func TestMigratedApart(t *testing.T) {
	for _, e := range enginesUnderTest {
		if e.name != "duckdb" {
			continue
		}
		own := openers["duckdb"]
		own.Embedded = false
		openers["apart"] = own
		defer delete(openers, "apart")
		url := "apart" + strings.TrimPrefix(e.fresh(t, true), "duckdb")
		refused := func(says string) {
			t.Helper()
			for _, mode := range []engine.Mode{ReadWrite, ReadOnly} {
				_, err := Open(t.Context(), machine.This(), url, mode)
				if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), says) ||
					mode == ReadWrite && !strings.Contains(err.Error(), "run load migrate") {
					t.Errorf("opened for %d: %v", mode, err)
				}
			}
		}
		migrated := func(dryRun bool) (states []string) {
			t.Helper()
			files, err := Migrate(t.Context(), machine.This(), url, dryRun)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range files {
				if f.Name != schema[i].name || f.Digest != schema[i].digest {
					t.Errorf("file %d is %+v", i, f)
				}
				states = append(states, f.State)
			}
			return states
		}
		all := func(state string) (out []string) { return slices.Repeat([]string{state}, len(schema)) }
		refused("no warehouse yet")
		if diff := gocmp.Diff(all(Pending), migrated(true)); diff != "" {
			t.Error(diff)
		}
		refused("no warehouse yet")
		if diff := gocmp.Diff(all(Applied), migrated(false)); diff != "" {
			t.Error(diff)
		}
		if diff := gocmp.Diff(all(Before), migrated(true)); diff != "" {
			t.Error(diff)
		}
		w, err := Open(t.Context(), machine.This(), url, ReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		ask(t, w, "DELETE FROM schema_versions WHERE version > 1")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		refused("schema is at 1")
		if got := migrated(true); got[0] != Before || got[1] != Before || got[2] != Pending {
			t.Errorf("a dry run says %q", got)
		}
		if got := migrated(false); got[1] != Before || got[2] != Applied {
			t.Errorf("the migration did %q", got)
		}
	}
}

// TestContractType: the types as Snowflake's INFORMATION_SCHEMA and DuckDB's name them.
func TestContractType(t *testing.T) {
	for _, c := range []struct{ engine, precision, scale, want string }{
		{"NUMBER", "38", "0", "BIGINT"}, {"NUMBER", "18", "4", "DECIMAL(18,4)"}, {"TEXT", "", "", "VARCHAR"},
		{"TIMESTAMP_NTZ", "", "", "DATETIME"},
		{"BOOLEAN", "", "", "BOOLEAN"}, {"DATE", "", "", "DATE"}, {"TIMESTAMP_TZ", "", "", "TIMESTAMP_TZ"},
		{"FLOAT", "53", "", "FLOAT"},
		{"BIGINT", "64", "0", "BIGINT"}, {"DECIMAL(18,4)", "18", "4", "DECIMAL(18,4)"}, {"TIMESTAMP", "", "", "DATETIME"},
	} {
		if got := contractType(c.engine, c.precision, c.scale); got != c.want {
			t.Errorf("%s(%s,%s) is %s, want %s", c.engine, c.precision, c.scale, got, c.want)
		}
	}
}

// TestSchemaAppliedInTheMiddle: a program died between two files, or two statements; the next one goes on.
func TestSchemaAppliedInTheMiddle(t *testing.T) {
	onEngines(t, func(t *testing.T, e underTest) {
		url := e.fresh(t, true)
		w := openAt(t, url, nil)
		want := tables(t, w)
		asOwner(t, url, "DELETE FROM schema_versions WHERE version > 0", "DROP VIEW guest_return", "DROP VIEW lead_time",
			"DROP TABLE platforms")
		again := openAt(t, url, nil)
		if diff := gocmp.Diff(want, tables(t, again)); diff != "" {
			t.Error(diff)
		}
		if got := ask(t, again, "SELECT COUNT(*) FROM load_gate"); !slices.Equal(got, []string{"1"}) {
			t.Errorf("the gate has %q rows", got)
		}
	})
}

// columnNames returns the columns of a row type, sorted.
func columnNames[T any]() (names []string) {
	for _, c := range cellsOf(reflect.TypeFor[T]()) {
		names = append(names, c.name)
	}
	slices.Sort(names)
	return names
}

// TestTheRuleOfWhatIsCurrentStandsOnce: both statements of the load and what verifies it have one text, for bookings and for
// guests, and a booking's history is told in its order.
func TestTheRuleOfWhatIsCurrentStandsOnce(t *testing.T) {
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	_, order, _ := strings.Cut(squeeze(winningText), "ORDER BY ")
	order, _, _ = strings.Cut(order, " )")
	if !strings.Contains(squeeze(historyQuery.SQL), order) {
		t.Errorf("a booking's history is not in the order %s", order)
	}
	for _, kind := range []string{"reservation", "customer"} {
		rule, stale, loads := squeeze(winningText), staleQuery, 0
		if kind == "customer" {
			rule, stale = squeeze(guests.Replace(winningText)), ofCustomers(staleQuery)
			if !strings.HasSuffix(rule, ") = 1 AND COALESCE(o.hidden, FALSE) = FALSE") {
				t.Errorf("a hidden guest is shown: %s", rule)
			}
		}
		for _, st := range slices.Concat(next, again) {
			if strings.Contains(squeeze(st.SQL), rule) {
				loads++
			}
		}
		if loads != 2 || !strings.Contains(squeeze(stale.SQL), rule) {
			t.Errorf("%s: the rule is in %d statements of a load; in what verifies: %v", kind, loads,
				strings.Contains(squeeze(stale.SQL), rule))
		}
	}
}

// TestOnSnowflakeTheSchemaIsTransientAndSecure: every table but those that nothing could make again, and every view.
func TestOnSnowflakeTheSchemaIsTransientAndSecure(t *testing.T) {
	w := &Warehouse{ddl: openers["snowflake"].DDL}
	var permanent []string
	tables, views := 0, 0
	for _, f := range schema {
		for _, st := range w.translated(f.statements) {
			head, _, _ := strings.Cut(st.SQL, "(")
			switch words := strings.Fields(head); {
			case words[0] != "CREATE":
			case strings.Contains(head, "TRANSIENT TABLE"):
				tables++
			case strings.Contains(head, "SECURE VIEW"):
				views++
			default:
				permanent = append(permanent, words[len(words)-1])
			}
		}
	}
	if !slices.Equal(permanent, []string{"schema_versions", "erasures", "erasure_decisions"}) || tables < 10 || views < 13 {
		t.Errorf("%d transient tables, %d secure views, and otherwise %v", tables, views, permanent)
	}
}

// TestViewsShowNoDigest: an analyst could test a guess at a guest's id with it.
func TestViewsShowNoDigest(t *testing.T) {
	w := openNew(t, enginesUnderTest[0])
	shown := ask(t, w, "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t "+
		"ON t.table_name = c.table_name WHERE t.table_type = 'VIEW' AND c.column_name LIKE '%digest%'")
	if len(shown) > 0 {
		t.Errorf("these show a digest: %v", shown)
	}
}
