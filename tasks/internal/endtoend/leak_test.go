package endtoend

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
)

// personal are the fields of the platforms' records whose values must stay in raw.
var personal = []string{
	"first_name", "last_name", "email", "phone", "notes", "notes_food_and_drink", "notes_special_relationship", "guest_request",
	"venue_notes", "firstName", "lastName", "secondaryPhone", "address", "customerNote", "restaurantNote", "favFood", "birthDate",
	"referrer",
}

// saysWord reports whether a text holds another that is not a part of a longer word.
func saysWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
		at += len(word)
	}
}

// Every name, address, number and note that the simulated platforms hold is looked for in all that the steps said and left
// behind raw. Secrets are looked for as well.
func TestPersonalDataAndSecretsStayWhereTheyBelong(t *testing.T) {
	p := newPlatforms(t)
	w := p.world(t)
	w.env = []string{"COVERS_LOG_LEVEL=trace"}
	for _, day := range days {
		w.day(day)
	}
	w.inOrder()
	w.step("", "validate", "quarantine", "--day", days[0]).succeeded(t)
	w.step("", "load", "status").succeeded(t)

	values := personalValues(t, p)
	if len(values) < 500 {
		t.Fatalf("only %d values to look for", len(values))
	}
	for _, s := range append(append([]string{}, secrets...), w.env...) {
		if _, v, _ := strings.Cut(s, "="); len(v) > 5 {
			values = append(values, v)
		}
	}
	for _, said := range w.said {
		for _, v := range values {
			if strings.Contains(said.stdout, v) || strings.Contains(said.stderr, v) {
				t.Errorf("%s says %q", said.name, v)
			}
		}
	}

	for _, found := range behindRaw(t, w, values) {
		t.Error(found)
	}
}

// behindRaw looks for values in all that there is behind raw: in each column of each table and Parquet object, and in the text
// of all else that the zones hold. It says where one is.
func behindRaw(t *testing.T, w *world, values []string) (found []string) {
	t.Helper()
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	db, err := sql.Open("duckdb", filepath.Join(w.root, "covers.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	db.SetMaxOpenConns(1) // the temporary table belongs to the connection
	exec("CREATE TEMP TABLE needles (v VARCHAR)")
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	exec("INSERT INTO needles SELECT unnest(from_json(?, '[\"VARCHAR\"]'))", string(text))

	var places []string
	for _, zone := range []string{"staging", "processed"} {
		err := filepath.WalkDir(filepath.Join(w.root, zone), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
			case strings.HasSuffix(path, ".parquet"):
				places = append(places, fmt.Sprintf("read_parquet('%s')", path))
			default:
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				holds := strings.Contains
				if strings.HasSuffix(path, ".html") {
					holds = saysWord // a page is prose: Michel is not in the channel Michelin
				}
				for _, v := range values {
					if holds(string(text), v) {
						say("%s holds %q", path, v)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	tables, err := db.Query("SELECT table_name FROM information_schema.tables " +
		"WHERE table_schema = 'main' AND table_type = 'BASE TABLE'")
	if err != nil {
		t.Fatal(err)
	}
	defer tables.Close()
	for tables.Next() {
		var name string
		if err := tables.Scan(&name); err != nil {
			t.Fatal(err)
		}
		places = append(places, name)
	}
	if err := tables.Err(); err != nil {
		t.Fatal(err)
	}
	for _, place := range places {
		for _, column := range texts(t, db, place) {
			// Distinct first: most columns have few values, and each is searched for every needle.
			query := fmt.Sprintf("SELECT count(*) FROM (SELECT DISTINCT %s AS c FROM %s WHERE %s IS NOT NULL) "+
				"JOIN needles ON contains(c, v)", column, place, column)
			var n int
			if err := db.QueryRow(query).Scan(&n); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			if n > 0 {
				say("%s.%s holds %d personal values or secrets", place, column, n)
			}
		}
	}
	return found
}

// texts returns the text columns of a table or file.
func texts(t *testing.T, db *sql.DB, place string) (columns []string) {
	rows, err := db.Query("SELECT column_name FROM (DESCRIBE SELECT * FROM " + place + ") WHERE column_type = 'VARCHAR'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// personalValues returns the simulator's personal values, of at least six bytes, so that none is found by chance.
func personalValues(t *testing.T, p *platforms) []string {
	zone, err := lake.Open(ctx, machine.This(), "file://"+p.dir+"/simulator")
	if err != nil {
		t.Fatal(err)
	}
	defer zone.Close()
	found := map[string]bool{}
	for _, platform := range []string{reservation.OpenTable, reservation.TheFork} {
		for _, day := range days {
			d, err := simulator.ReadDay(ctx, zone, simulator.ID{Platform: platform, Restaurant: 101, Day: day})
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range simulator.Kinds {
				for line, err := range simulator.Records(ctx, zone, d, kind) {
					if err != nil {
						t.Fatal(err)
					}
					var record map[string]any
					if json.Unmarshal(line.Record, &record) != nil {
						continue // a defect
					}
					for _, field := range personal {
						values, nested := record[field].(map[string]any)
						if !nested {
							values = map[string]any{field: record[field]}
						}
						for name, value := range values { // the city of a guest's address is the restaurant's
							if v, ok := value.(string); ok && len(v) >= 6 && name != "city" {
								found[v] = true
							}
						}
					}
				}
			}
		}
	}
	values := make([]string, 0, len(found))
	for v := range found {
		values = append(values, v)
	}
	slices.Sort(values)
	return values
}
