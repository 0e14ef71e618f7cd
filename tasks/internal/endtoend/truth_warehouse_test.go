package endtoend

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/tidwall/gjson"
)

// database opens the world's warehouse beside the programs.
func (w *world) database() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(w.root, "covers.duckdb")+"?access_mode=read_only")
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// query returns the rows of a query, all columns as text, null as "".
func query(t *testing.T, db *sql.DB, text string) (out [][]string) {
	t.Helper()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(names))
		for i, v := range values {
			texts[i] = v.String
		}
		out = append(out, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// has returns the warehouse's current rows, and whom it has erased.
func (w *world) has() (rows map[key]row, erased map[key]bool) {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	rows, erased = map[key]row{}, map[key]bool{}
	take := func(kind, table, id string, columns []string) {
		selected := make([]string, len(columns))
		for i, c := range columns {
			selected[i] = fmt.Sprintf("CAST(%s AS VARCHAR)", c)
			if c == "updated_at" || strings.HasPrefix(c, "scheduled_") || strings.HasSuffix(c, "_at") {
				selected[i] = fmt.Sprintf("strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%f')", c)
			}
		}
		sql := fmt.Sprintf("SELECT platform, %s, %s FROM %s", id, strings.Join(selected, ", "), table)
		for _, found := range query(w.t, db, sql) {
			r := row{}
			for i, c := range columns {
				r[c] = found[2+i]
			}
			k := key{found[0], kind, found[1]}
			if rows[k] != nil {
				w.t.Fatalf("%v has two current rows", k)
			}
			rows[k] = r
		}
	}
	take("reservation", "reservations", "reservation_id", bookingColumns)
	take("customer", "customers", "customer_id", guestColumns)
	for _, e := range query(w.t, db, "SELECT platform, customer_id FROM erasures") {
		erased[key{e[0], "customer", e[1]}] = true
	}
	return rows, erased
}

// quarantined returns the reasons for which records were refused, by platform, kind and the record itself, as the quarantines of
// all readings have it: a place and a reason.
func (w *world) quarantined() map[key]string {
	w.t.Helper()
	out := map[key]string{}
	db := w.database()
	defer db.Close()
	for _, path := range w.manifests("staging") {
		var m struct {
			Reading string
			Objects []struct{ Kind, Key string }
		}
		w.decode(path, &m)
		places := map[string]string{}
		for _, o := range m.Objects {
			if o.Kind != "quarantine" {
				continue
			}
			file := filepath.Join(w.root, "staging", o.Key)
			sql := fmt.Sprintf("SELECT kind, line, reason, field FROM read_parquet('%s')", file)
			for _, q := range query(w.t, db, sql) {
				places[q[0]+" "+q[1]] = q[2] + " " + q[3]
			}
		}
		if len(places) == 0 {
			continue
		}
		var raw struct {
			Objects []struct{ Kind, Key string }
		}
		w.decode(filepath.Join(w.root, "raw", m.Reading, "manifest.json"), &raw)
		number := map[string]int{}
		for _, o := range raw.Objects {
			for _, line := range w.lines(filepath.Join(w.root, "raw", o.Key)) {
				number[o.Kind]++
				place := fmt.Sprintf("%s %d", o.Kind, number[o.Kind])
				if _, record, ok := bytes.Cut(line, []byte(`,"record":`)); ok && places[place] != "" {
					platform, _, _ := strings.Cut(m.Reading, "/")
					out[key{platform, o.Kind, string(record[:len(record)-1])}] = places[place]
					delete(places, place)
				}
			}
		}
		if len(places) > 0 {
			w.t.Errorf("%s: quarantined where there is no record: %v", m.Reading, places)
		}
	}
	return out
}

// manifests returns the paths of a zone's JSON files that are no settings or receipts.
func (w *world) manifests(zone string) (paths []string) {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.root, zone, "*", "*", "*", "*", "*", "*.json"))
	if err != nil || len(paths) == 0 {
		w.t.Fatalf("%s: %v, %v", zone, paths, err)
	}
	return paths
}

func (w *world) decode(path string, into any) {
	w.t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
}

func decodeLine(t *testing.T, line []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(line, into); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

// lines returns the lines of a compressed file.
func (w *world) lines(path string) [][]byte {
	w.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		w.t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		w.t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}

// findings returns what a day's report finds wrong, by source; its exit code must fit.
func (w *world) findings(day string) map[string][]string {
	w.t.Helper()
	o := w.step("", "report", "--check", "--day", day)
	out := map[string][]string{}
	for _, f := range gjson.Get(o.stdout, "details.findings").Array() {
		src := f.Get("source").Str
		out[src] = append(out[src], f.Get("finding").Str)
	}
	if want := map[bool]int{true: 65}[len(out) > 0]; o.code != want {
		w.t.Fatalf("report of %s: exit code %d with findings %v\n%s", day, o.code, out, o.stderr)
	}
	return maps.Clone(out)
}
