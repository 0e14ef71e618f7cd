package platforms_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/contract"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/platforms"
	"covers/tasks/internal/record"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/timezone"
	"covers/tasks/internal/token"
)

const secret = "a key for tests, of enough bytes."

// documented are the restaurants of the samples, as their READMEs have them.
var documented = map[string]source.Source{
	reservation.OpenTable: {
		ID: "opentable/7", Platform: reservation.OpenTable, RestaurantID: 7, RID: 2200417, Location: zone("America/New_York"),
		Currency: "USD", Revision: 1,
	},
	reservation.TheFork: {
		ID: "thefork/7", Platform: reservation.TheFork, RestaurantID: 7, Location: zone("Europe/Paris"), Currency: "EUR",
		RestaurantUUID: "9a4f1c7e-2b60-4d83-95ae-07c8d1f3b264", GroupUUID: "1e6b0d94-73fa-4c25-8b17-d9a5f2c0e638",
		MoneyUnit: "major", Revision: 1,
	},
}

func zone(name string) *time.Location {
	loc, err := timezone.Load(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// document is what a sample's file in rows/ says: the row that it is to become, every column but those of its origin, written by
// hand from the platform's documentation. Times and amounts are text; a token is named, as email(avery@guest.example).
type document struct {
	Kind  string         `json:"kind"`
	Asked string         `json:"asked"` // the id that the record was asked for by
	Row   map[string]any `json:"row"`
	Merge map[string]any `json:"merge"`
	Notes []string       `json:"notes"` // reason and field
}

// Every record of the platforms' documentation becomes the row that the documentation means. A record without a file beside it
// fails the test, and so does a refused one: no sample of the documents is.
func TestEveryDocumentedRecordBecomesItsRow(t *testing.T) {
	records := map[string]string{
		reservation.OpenTable: `^(reservation|guest|webhook-v3)-[a-z-]+\.json$`,
		reservation.TheFork:   `^(reservation|customer)(-nulls|-promotion|-sparse|-without-uuid)?\.json$`,
	}
	for platform, src := range documented {
		folder := filepath.Join("..", platform, "testdata", "documents")
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for _, f := range files {
			if !regexp.MustCompile(records[platform]).MatchString(f.Name()) {
				continue
			}
			tried++
			t.Run(platform+"/"+f.Name(), func(t *testing.T) {
				var want document
				decode(t, filepath.Join(folder, "rows", f.Name()), &want)
				compare(t, src, want, read(t, filepath.Join(folder, f.Name())))
			})
		}
		if rows, err := os.ReadDir(filepath.Join(folder, "rows")); err != nil || len(rows) != tried {
			t.Errorf("%s: %d records, %d rows, %v", platform, tried, len(rows), err)
		}
	}
}

// The items of the documents' pages are the single records.
func TestDocumentedPagesHoldTheRecords(t *testing.T) {
	folder := filepath.Join("..", reservation.OpenTable, "testdata", "documents")
	singles := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(folder, "*-*.json"))
	for _, f := range files {
		singles[compact(t, read(t, f))] = true
	}
	items := 0
	for _, name := range []string{"reservations-page", "guests-page"} {
		for _, tier := range []string{"copper", "gold", "platinum"} {
			var page struct{ Items []json.RawMessage }
			decode(t, filepath.Join(folder, name+"-"+tier+".json"), &page)
			for _, item := range page.Items {
				items++
				if !singles[compact(t, item)] {
					t.Errorf("%s of %s: an item is no single record", name, tier)
				}
			}
		}
	}
	if items != 13 {
		t.Errorf("%d items", items)
	}
}

// compare reads a record as validation does, from its line in raw, and compares the row.
func compare(t *testing.T, src source.Source, want document, body []byte) {
	t.Helper()
	key, err := token.New(secret, 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	line := bytes.TrimSuffix(lake.AppendAsked(nil, want.Kind, "r", time.Unix(0, 0), want.Asked, body), []byte("\n"))
	raw, err := lake.ParseLine(line)
	if err != nil {
		t.Fatal(err)
	}
	in := &record.Reader{Asked: raw.Asked}
	mapper, err := platforms.NewMapper(src, key, in)
	if err != nil {
		t.Fatal(err)
	}
	rec := in.Parse(raw.Record)
	if rec == nil {
		t.Fatal("not a JSON object")
	}
	row, got := mapped(mapper, want.Kind, rec)
	if len(in.Problems) > 0 {
		t.Errorf("refused: %v", in.Problems)
	}
	notes := []string{}
	for _, n := range in.Notes {
		notes = append(notes, strings.TrimSpace(n.Reason+" "+n.Field))
	}
	slices.Sort(notes)
	if d := cmp.Diff(want.Notes, notes); d != "" {
		t.Errorf("notes, -want +got:\n%s", d)
	}
	wanted := want.Row
	if want.Merge != nil {
		wanted = want.Merge
	}
	resolve(t, wanted)
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("%T, -want +got:\n%s", row, d)
	}
}

// mapped returns what a record becomes: a booking, a guest or a merge, and its columns.
func mapped(m platforms.Mapper, kind string, rec *record.Value) (row any, columns map[string]any) {
	var booking reservation.Reservation
	var guest reservation.Customer
	var merge reservation.Merge
	switch {
	case kind == reservation.KindReservation:
		m.Reservation(rec, &booking)
		return booking, columnsOf(booking, "reservation_observations")
	case m.Merge(rec, &merge):
		columns = columnsOf(merge, "merges")
		delete(columns, "source") // is of the reading
		return merge, columns
	}
	m.Customer(rec, &guest)
	return guest, columnsOf(guest, "customer_observations")
}

// columnsOf returns a row's columns, but those of its origin, in the words of the files in rows/.
func columnsOf(row any, table string) map[string]any {
	types := map[string]string{}
	for _, c := range contract.Get().Table(table).Columns {
		types[c.Name] = c.Type
	}
	out := map[string]any{}
	v := reflect.ValueOf(row)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		if name == "" || slices.Contains([]string{"reading", "line", "read_at", "digest"}, name) {
			continue
		}
		out[name] = written(name, types[name], v.Field(i))
	}
	return out
}

func written(name, typ string, v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch {
	case typ == "DATETIME" && strings.HasSuffix(name, "_local"):
		return time.UnixMicro(v.Int()).UTC().Format("2006-01-02T15:04:05.999999")
	case typ == "DATETIME":
		return time.UnixMicro(v.Int()).UTC().Format("2006-01-02T15:04:05.999999Z")
	case typ == "DATE":
		return time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly)
	case typ == "DECIMAL(18,4)":
		return fmt.Sprintf("%d.%04d", v.Int()/10_000, v.Int()%10_000)
	case typ == "BIGINT":
		return float64(v.Int())
	}
	return v.Interface()
}

var named = regexp.MustCompile(`^(email|phone|name|person)\((.*)\)$`)

// resolve puts the tokens in the place of their names, and numbers in the place of TheFork's clocks. A token is made here with
// nothing of package token: HMAC-SHA-256 of the kind, a zero byte and the value, cut to 128 bits.
func resolve(t *testing.T, row map[string]any) {
	t.Helper()
	for _, column := range slices.Sorted(maps.Keys(row)) {
		text, ok := row[column].(string)
		if !ok {
			continue
		}
		if m := named.FindStringSubmatch(text); m != nil {
			value := m[2]
			if m[1] == "person" {
				value = strings.Replace(value, " ", "\x00", 1)
			}
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(m[1] + "\x00" + value))
			row[column] = "k1:" + hex.EncodeToString(mac.Sum(nil)[:16])
		}
		if column == "clock" {
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				t.Fatal(err)
			}
			row[column] = float64(at.UnixMicro())
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(read(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What an erasure on demand leaves of a documented record becomes, with its guest erased, the row that the whole record
// becomes, and holds none of the values that say whose it is.
func TestAReducedRecordBecomesTheErasedRow(t *testing.T) {
	personal := []string{"email", "phone", "secondaryPhone", "first_name", "last_name", "firstName", "lastName", "notes", "guest",
		"guest_id", "guest_request", "venue_notes", "address", "customerNote", "restaurantNote", "birthDate", "phone_numbers"}
	tried := 0
	for platform, src := range documented {
		of, err := platforms.Of(platform)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join("..", platform, "testdata", "documents")
		files, err := filepath.Glob(filepath.Join(folder, "rows", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			var want document
			decode(t, f, &want)
			body := []byte(compact(t, read(t, filepath.Join(folder, filepath.Base(f)))))
			reduced := of.Reductions[want.Kind].Reduce(body)
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(reduced, &fields); err != nil {
				t.Fatal(err)
			}
			for _, name := range personal {
				if _, there := fields[name]; there {
					t.Errorf("%s: %s is left", f, name)
				}
			}
			whole, left := erased(t, src, want, body), erased(t, src, want, reduced)
			if d := cmp.Diff(whole, left); d != "" {
				t.Errorf("%s: -whole +reduced:\n%s", f, d)
			}
			tried++
		}
	}
	if tried < 10 {
		t.Errorf("tried %d records", tried)
	}
}

// erased returns the columns of a record's row after an erasure.
func erased(t *testing.T, src source.Source, of document, body []byte) map[string]any {
	t.Helper()
	key, err := token.New(secret, 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	in := &record.Reader{Asked: of.Asked}
	mapper, err := platforms.NewMapper(src, key, in)
	if err != nil {
		t.Fatal(err)
	}
	rec := in.Parse(body)
	if rec == nil {
		t.Fatal("not a JSON object")
	}
	var booking reservation.Reservation
	var guest reservation.Customer
	var merge reservation.Merge
	var columns map[string]any
	switch {
	case of.Kind == reservation.KindReservation:
		mapper.Reservation(rec, &booking)
		booking.Erase()
		columns = columnsOf(booking, "reservation_observations")
	case mapper.Merge(rec, &merge):
		columns = columnsOf(merge, "merges")
	default:
		mapper.Customer(rec, &guest)
		guest.Erase()
		columns = columnsOf(guest, "customer_observations")
	}
	if len(in.Problems) > 0 {
		t.Errorf("refused: %v", in.Problems)
	}
	return columns
}
