package endtoend

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// groupSources are the sources of a group with three restaurants, on both platforms.
var groupSources = []string{
	"opentable/101", "opentable/102", "opentable/103", "thefork/101", "thefork/102", "thefork/103", "thefork/group-main",
}

// newGroup serves a group of three restaurants, as restaurants.yaml has it, over three days.
func newGroup(t *testing.T) *world {
	t.Helper()
	restaurants, err := filepath.Abs("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := servePlatforms(t, restaurants, append(slices.Clone(days), "2026-03-30"), "60")
	w := p.world(t)
	w.env = []string{"COVERS_REQUESTS_PER_SECOND=100000", "COVERS_OPERATOR=office"}
	return w
}

// derive validates a day of the group, and gathers and loads it.
func (w *world) derive(day string) {
	w.t.Helper()
	for _, src := range groupSources {
		w.step("", "validate", "--source", src, "--day", day, "--max-refused", "0.5").succeeded(w.t)
	}
	w.step("", "transform", "--day", day).succeeded(w.t)
	w.step("", "load", "--day", day).succeeded(w.t)
}

func (w *world) extractAll(day string) {
	w.t.Helper()
	for _, src := range groupSources {
		w.step("", "extract", "--source", src, "--day", day, "--by", "updated").succeeded(w.t)
	}
}

// aPerson is somebody whom both platforms know.
type aPerson struct {
	stdin    string          // two addresses and a telephone number
	ids      map[string]bool // of all platforms
	values   []string        // that the records in raw have of the person, and of nobody else
	tokens   []string        // and digests, of rows of the person and of nobody else's
	bookings []string
}

// somebody looks for a person in raw: under one address at both platforms, and under another in another restaurant. The values
// are raw's own.
func somebody(t *testing.T, w *world) (p aPerson) {
	t.Helper()
	type guest struct {
		platform, id, email, phone string
		values                     []string
	}
	var guests []guest
	eachRawRecord(t, w, func(key string, record map[string]any) {
		if !strings.Contains(key, "/customer-") {
			return
		}
		text := func(name string) string { s, _ := record[name].(string); return s }
		platform, _, _ := strings.Cut(key, "/")
		g := guest{platform: platform, id: text("id") + text("customerUuid"), email: text("email"), phone: text("phone")}
		for _, name := range personal {
			if v := text(name); len(v) >= 6 {
				g.values = append(g.values, v)
			}
		}
		if g.id != "" && g.email != "" {
			guests = append(guests, g)
		}
	})
	places := map[string]map[string]bool{} // where an address is known: thefork, or a restaurant's number at OpenTable
	place := func(g guest) string {
		rid, _, _ := strings.Cut(g.id, "-")
		return map[bool]string{true: rid, false: g.platform}[g.platform == "opentable"]
	}
	for _, g := range guests {
		if places[g.email] == nil {
			places[g.email] = map[string]bool{}
		}
		places[g.email][place(g)] = true
	}
	var email, other string
	for _, g := range guests { // of both platforms
		if g.platform == "thefork" && email == "" && g.phone != "" && len(places[g.email]) > 1 {
			email, p.stdin = g.email, g.phone+"\n"
		}
	}
	for _, g := range guests { // of another restaurant
		if g.platform == "opentable" && other == "" && !places[email][place(g)] {
			other = g.email
		}
	}
	if email == "" || other == "" {
		t.Fatal("nobody is a guest of both platforms and of another restaurant")
	}
	p.stdin += strings.ToUpper(email) + "\n" + other + "\n"
	p.ids = map[string]bool{}
	theirs, others := map[string]bool{}, map[string]bool{}
	for _, g := range guests {
		of := others
		if g.email == email || g.email == other {
			p.ids[g.id], of = true, theirs
		}
		for _, v := range g.values {
			of[v] = true
		}
	}
	for v := range theirs {
		if !others[v] {
			p.values = append(p.values, v)
		}
	}
	if len(p.ids) < 3 || len(p.values) < 4 {
		t.Fatalf("ids %d, values %q", len(p.ids), p.values)
	}
	return p
}

// eachRawRecord hands over the records of raw that are JSON objects.
func eachRawRecord(t *testing.T, w *world, use func(key string, record map[string]any)) {
	t.Helper()
	root := filepath.Join(w.root, "raw")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".zst") {
			return err
		}
		body, err := os.Open(path)
		if err != nil {
			return err
		}
		defer body.Close()
		plain, err := zstd.NewReader(body)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if _, err := text.ReadFrom(plain); err != nil {
			return err
		}
		key, err := filepath.Rel(root, path)
		for line := range strings.Lines(text.String()) {
			var l struct{ Record map[string]any }
			if json.Unmarshal([]byte(line), &l) == nil && l.Record != nil {
				use(filepath.ToSlash(key), l.Record)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// query returns the first column of a query's rows in the world's warehouse.
func (w *world) query(query string) (all []string) {
	w.t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(w.root, "covers.duckdb")+"?access_mode=read_only")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v sql.NullString
		if err := rows.Scan(&v); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, v.String)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// traces fills in the person's tokens and digests, and which bookings are theirs, as the warehouse has them before.
func (p *aPerson) traces(w *world) {
	w.t.Helper()
	ids := quoted(p.ids)
	p.tokens = w.query(`WITH t AS (
  SELECT customer_id IN (` + ids + `) AS theirs, UNNEST([person_token, email_token, phone_token, name_token, digest]) AS v
  FROM customer_observations
  UNION ALL SELECT COALESCE(customer_id IN (` + ids + `), FALSE), digest FROM reservation_observations
) SELECT v FROM t WHERE v <> '' GROUP BY v HAVING bool_and(theirs)`)
	p.bookings = w.query("SELECT DISTINCT reservation_id FROM reservation_observations WHERE customer_id IN (" + ids + ")")
	if len(p.tokens) < 8 || len(p.bookings) == 0 {
		w.t.Fatalf("%d tokens, %d bookings", len(p.tokens), len(p.bookings))
	}
}

func quoted(ids map[string]bool) string {
	var all []string
	for id := range ids {
		all = append(all, "'"+id+"'")
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// others is a hash of all rows that are not the person's.
func (w *world) others(p aPerson) string {
	w.t.Helper()
	bookings := map[string]bool{}
	for _, b := range p.bookings {
		bookings[b] = true
	}
	ids := quoted(p.ids)
	return strings.Join(w.query(`
SELECT 'guests ' || COUNT(*) || ' ' || bit_xor(hash(t)) FROM customer_observations t WHERE customer_id NOT IN (`+ids+`)
UNION ALL SELECT 'now ' || COUNT(*) || ' ' || bit_xor(hash(t)) FROM customers t WHERE customer_id NOT IN (`+ids+`)
UNION ALL SELECT 'bookings ' || COUNT(*) || ' ' || bit_xor(hash(t)) FROM reservation_observations t
  WHERE reservation_id NOT IN (`+quoted(bookings)+`)
UNION ALL SELECT 'evenings ' || COUNT(*) || ' ' || bit_xor(hash(t)) FROM daily_service t ORDER BY 1`), "\n")
}

// left says where anything of the person is behind raw: a token, a digest or a value in a column, in the bytes of any file, in
// what the steps said. The ids stay, in rows that say nothing else (docs/operations.md).
func (w *world) left(p aPerson, saidFrom int) (found []string) {
	w.t.Helper()
	needles := slices.Concat(p.tokens, p.values)
	found = behindRaw(w.t, w, needles)
	err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, filepath.Join(w.root, "raw")) {
			return err
		}
		text, err := os.ReadFile(path)
		for _, v := range needles {
			if bytes.Contains(text, []byte(v)) {
				found = append(found, path+" has the bytes of "+v)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ids := quoted(p.ids)
	found = append(found, w.query(`
SELECT 'booking ' || reading || ' ' || line FROM reservation_observations WHERE customer_id IN (`+ids+`)
UNION ALL SELECT 'row of a guest ' || reading || ' ' || line FROM customer_observations WHERE customer_id IN (`+ids+`) AND (
  digest <> '' OR COALESCE(person_token, email_token, phone_token, name_token, country) IS NOT NULL OR
  COALESCE(vip, email_opt_in) IS NOT NULL)`)...)
	for _, said := range w.said[saidFrom:] {
		for id := range p.ids {
			needles = append(needles, id)
		}
		for _, v := range needles {
			if strings.Contains(said.stdout, v) || strings.Contains(said.stderr, v) {
				found = append(found, said.name+" says "+v)
			}
		}
	}
	return found
}

// A person is forgotten: found by two addresses and a number on both platforms and in three restaurants, erased by one command,
// and then in no byte behind raw. Nobody else's row is another. A day derived again, a late load and what the platforms go on
// listing bring nothing back. --erase-raw ends raw, too. Killed between any two operations and run again, it is the same.
func TestAPersonIsForgotten(t *testing.T) {
	w := newGroup(t)
	for _, day := range days {
		w.extractAll(day)
	}
	w.derive(days[0])
	p := somebody(t, w)
	for _, src := range groupSources { // of the second day the load is late
		w.step("", "validate", "--source", src, "--day", days[1], "--max-refused", "0.5").succeeded(t)
	}
	w.step("", "transform", "--day", days[1]).succeeded(t)
	loaded := w.clone(t)
	loaded.step("", "load", "--day", days[1]).succeeded(t)
	w.step("", "report", "--day", days[0]).succeeded(t)
	p.traces(loaded) // what the second day brings, too
	p.tokens = slices.DeleteFunc(p.tokens, func(v string) bool { return len(v) < 16 })
	before := w.others(p)
	whole := loaded.others(p)
	if found := w.left(p, len(w.said)); len(found) < 10 {
		t.Fatalf("hardly anything to erase: the test tests nothing: %q", found)
	}

	start := w.clone(t)
	saidFrom := len(w.said)
	found := w.given(p.stdin, "", "care", "find").succeeded(t)
	dry := w.given(p.stdin, "", "care", "forget", "--dry-run").succeeded(t)
	done := w.given(p.stdin, "", "care", "forget", "--reference", "R-1").succeeded(t)
	if n := found.result.Counts["find"]["guests"]; n != int64(len(p.ids)) || done.result.Counts["forget"]["remembered"] < n {
		t.Errorf("%d ids, found %v, erased %v", len(p.ids), found.result.Counts, done.result.Counts)
	}
	for zone, want := range dry.result.Counts {
		if got := done.result.Counts[zone]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: said %v, did %v", zone, want, got)
		}
	}
	if found := w.left(p, saidFrom); len(found) > 0 {
		t.Errorf("after the erasure: %q", found)
	}
	if after := w.others(p); after != before {
		t.Errorf("others' rows are others:\n%s\nwere\n%s", after, before)
	}
	undisturbed := w.hash()

	t.Run("killed", func(t *testing.T) {
		at := places["care forget"]
		if os.Getenv("FULL") == "" { // the ones on both sides of what cannot be asked for again
			at = []string{"forget/erased", "forget/manifest-stored", "compact/after-swap"}
		}
		for _, place := range at {
			k := start.clone(t)
			if o := k.given(p.stdin, place, "care", "forget", "--reference", "R-1"); !o.killed {
				t.Fatalf("not killed at %s: exit code %d\n%s", place, o.code, o.stderr)
			}
			k.given(p.stdin, "", "care", "forget", "--reference", "R-1").succeeded(t)
			if found := k.left(p, 0); len(found) > 0 {
				t.Errorf("killed at %s and run again: %q", place, found)
			}
			if got := k.hash(); got != undisturbed {
				t.Errorf("killed at %s and run again: another content", place)
			}
			if beside, err := filepath.Glob(k.root + "/covers.duckdb*"); err != nil || len(beside) != 1 {
				t.Errorf("killed at %s and run again: there are %v", place, beside)
			}
		}
	})

	w.step("", "load", "--day", days[1]).succeeded(t)
	if after := w.others(p); after != whole {
		t.Errorf("the late load: others' rows are others:\n%s\nwere\n%s", after, whole)
	}
	w.extractAll("2026-03-30") // the platforms know nothing of the erasure
	w.derive("2026-03-30")
	raised := *w.platforms
	raised.restaurants = raisedRegistry(t, w)
	again := &world{platforms: &raised, t: t, root: w.root, env: w.env}
	for _, day := range days {
		again.derive(day)
	}
	if found := w.left(p, saidFrom); len(found) > 0 {
		t.Errorf("after a late load, another day and days derived again: %q", found)
	}
	for _, day := range days {
		again.step("", "report", "--check", "--day", day).succeeded(t)
	}
	again.step("", "care", "verify", "--days", days[0]+".."+days[1]).succeeded(t)

	raw := 0
	eachRawRecord(t, w, func(_ string, record map[string]any) {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.values {
			if bytes.Contains(text, []byte(v)) {
				raw++
			}
		}
	})
	if raw == 0 {
		t.Fatal("raw holds nothing of the person: the test tests nothing")
	}
	again.given(p.stdin, "", "care", "forget", "--reference", "R-1", "--erase-raw").succeeded(t)
	eachRawRecord(t, w, func(key string, record map[string]any) {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.values {
			if bytes.Contains(text, []byte(v)) {
				t.Errorf("%s still has %q", key, v)
			}
		}
	})
	again.step("", "care", "verify", "--days", days[0]+".."+days[1]).succeeded(t)
	again.nothingLeftOver()
}

// raisedRegistry is restaurants.yaml with each revision raised.
func raisedRegistry(t *testing.T, w *world) string {
	t.Helper()
	text, err := os.ReadFile(w.restaurants)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.root, "raised.yaml")
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("revision: 1"), []byte("revision: 2")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
