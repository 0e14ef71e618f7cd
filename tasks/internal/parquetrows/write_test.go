package parquetrows

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
)

// draw returns rows whose columns each have a character of their own: constant, null, few values, many, counted up, extremes.
func draw[T any](seed uint64, n int) []T {
	rows := make([]T, n)
	r := rand.New(rand.NewPCG(seed, 1))
	characters := make([]int, 100)
	for i := range characters {
		characters[i] = r.IntN(9)
	}
	for i := range rows {
		column := 0
		drawFields(reflect.ValueOf(&rows[i]).Elem(), r, i, characters, &column)
	}
	return rows
}

func drawFields(v reflect.Value, r *rand.Rand, row int, characters []int, column *int) {
	for f := range v.NumField() {
		field := v.Field(f)
		if field.Kind() == reflect.Struct {
			drawFields(field, r, row, characters, column)
			continue
		}
		character := characters[*column]
		*column++
		if field.Kind() == reflect.Pointer {
			if character == 1 || character != 0 && r.IntN(4) == 0 {
				continue // null: always, or now and then
			}
			field.Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		drawValue(field, r, row, character)
	}
}

func drawValue(v reflect.Value, r *rand.Rand, row, character int) {
	number := [...]int64{7, -1, int64(r.IntN(5)), r.Int64(), int64(row) + 4_000_000_000,
		1_770_000_000_000_000 + r.Int64N(1e9)*1_000_000, int64(r.IntN(3000)) * 100,
		[]int64{math.MinInt64, math.MaxInt64, 0}[r.IntN(3)], int64(row / 1000)}[character]
	switch v.Kind() {
	case reflect.String:
		v.SetString(drawText(r, row, character))
	case reflect.Int64:
		v.SetInt(number)
	case reflect.Int32:
		v.SetInt(int64(int32(number)))
	case reflect.Bool:
		v.SetBool(character > 1 && r.IntN(character) == 0)
	default:
		panic(v.Kind())
	}
}

func drawText(r *rand.Rand, row, character int) string {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	switch character {
	case 0, 1:
		return "always this"
	case 2:
		return []string{"booked", "seated", "", "no_show", strings.Repeat("long", 200)}[r.IntN(5)]
	case 3:
		return digits(32)
	case 4:
		if r.IntN(500) == 0 || row == 0 {
			return "nobody"
		}
		return "1001-" + digits(8) + "-" + digits(4) + "-4" + digits(3)
	case 5:
		return digits(r.IntN(20))
	case 6:
		return digits(3)
	case 7:
		return strings.Repeat("é\x00", r.IntN(40))
	default:
		return digits(1) + strings.Repeat("x", row/1000%400)
	}
}

var zones atomic.Int64 // opened so far

// wrote writes rows in batches of so many and returns the objects, with where they are.
func wrote[T any](t testing.TB, rows []T, batch int) (*lake.Zone, []lake.Object) {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://parquetrows-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zone.Close() })
	w := NewWriter[T](zone.Begin(time.Now), "kind", "")
	defer w.Abort()
	for part := range slices.Chunk(rows, batch) {
		if err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if w.Rows() != int64(len(rows)) {
		t.Errorf("%d rows written, it says %d", len(rows), w.Rows())
	}
	objects, err := w.Close(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return zone, objects
}

// comeBack writes rows and holds what parquet-go reads against them.
func comeBack[T any](t testing.TB, rows []T, batch int) {
	t.Helper()
	zone, objects := wrote(t, rows, batch)
	at := 0
	for _, o := range objects {
		err := Read(t.Context(), zone, o, func(got []T) error {
			want := rows[at : at+len(got)]
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("from row %d on: %s", at, cmp.Diff(want, got))
			}
			at += len(got)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		local, err := zone.Fetch(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer local.Close()
		if _, err := OpenVersion1(o, local); err != nil {
			t.Error(err)
		}
	}
	if at != len(rows) {
		t.Errorf("%d rows of %d came back", at, len(rows))
	}
}

func TestEveryKindComesBack(t *testing.T) {
	t.Run("reservation", kindComesBack[reservation.Reservation])
	t.Run("customer", kindComesBack[reservation.Customer])
	t.Run("erasure", kindComesBack[reservation.Erasure])
	t.Run("absence", kindComesBack[reservation.Absence])
	t.Run("merge", kindComesBack[reservation.Merge])
	t.Run("refusal", kindComesBack[reservation.Refusal])
}

func kindComesBack[T any](t *testing.T) {
	for seed := range uint64(8) { // each column is of several characters
		comeBack(t, draw[T](seed, firstLook+500), 1000)
	}
}

func TestRowsAtTheEdgesOfGroups(t *testing.T) {
	rows := draw[reservation.Merge](3, groupRows+1)
	for _, n := range []int{0, 1, 7, 8, 9, 255, 256, 257, firstLook, groupRows - 1, groupRows, groupRows + 1} {
		comeBack(t, rows[:n], 777)
	}
}

// An object ends after so many rows, and the next begins.
func TestLongStreamsAreCut(t *testing.T) {
	rows := make([]reservation.Erasure, objectRows+5)
	for i := range rows {
		rows[i] = reservation.Erasure{Reading: "a", Line: int64(i + 1), Platform: "opentable", CustomerID: "c"}
	}
	for n, want := range map[int][]int64{objectRows: {objectRows}, objectRows + 5: {objectRows, 5}} {
		zone, objects := wrote(t, rows[:n], 100_000)
		var got, ends []int64
		for _, o := range objects {
			got = append(got, o.Records)
			var last int64
			err := Read(t.Context(), zone, o, func(b []reservation.Erasure) error {
				last = b[len(b)-1].Line
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ends = append(ends, last)
		}
		if !slices.Equal(got, want) || ends[0] != objectRows || ends[len(ends)-1] != int64(n) {
			t.Errorf("%d rows became objects of %v, which end with %v", n, got, ends)
		}
	}
}

// A row group of long texts ends early: memory does not follow how long they are.
func TestLongTextsEndAGroup(t *testing.T) {
	rows := make([]reservation.Erasure, 800)
	for i := range rows {
		rows[i].CustomerID = strings.Repeat(string(rune('a'+i%26)), 100_000+i)
	}
	zone, objects := wrote(t, rows, 100)
	local, err := zone.Fetch(t.Context(), objects[0])
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	file, err := open(local)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range file.RowGroups() {
		if g.NumRows() > 768 {
			t.Errorf("group %d has %d rows of 100 kB", i, g.NumRows())
		}
	}
	if len(file.RowGroups()) < 2 {
		t.Error("80 MB are one row group")
	}
}

// content returns the bytes of all objects.
func content(t testing.TB, zone *lake.Zone, objects []lake.Object) (all []byte) {
	t.Helper()
	for _, o := range objects {
		r, err := zone.OpenObject(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// The same rows are the same bytes, however they are handed over and on however many cores.
func TestBytesFollowFromRows(t *testing.T) {
	rows := draw[reservation.Reservation](11, groupRows+5000)
	zone, objects := wrote(t, rows, BatchRows)
	want := content(t, zone, objects)
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, cores := range []int{1, 4} {
		runtime.GOMAXPROCS(cores)
		for _, batch := range []int{13, 1000, len(rows)} {
			zone, objects := wrote(t, rows, batch)
			if !bytes.Equal(content(t, zone, objects), want) {
				t.Errorf("batches of %d on %d cores give other bytes", batch, cores)
			}
		}
	}
}

// A file says of its columns what parquet-go would say of the same rows: types, bounds and nulls.
func TestFooterSaysWhatTheLibraryWould(t *testing.T) {
	for seed := range uint64(8) {
		rows := draw[reservation.Customer](seed, 3000)
		zone, objects := wrote(t, rows, 3000)
		local, err := zone.Fetch(t.Context(), objects[0])
		if err != nil {
			t.Fatal(err)
		}
		defer local.Close()
		got, err := open(local)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := parquet.NewGenericWriter[reservation.Customer](&b)
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		want, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.Metadata().Schema, got.Metadata().Schema); d != "" {
			t.Errorf("schema: -want +got:\n%s", d)
		}
		for i, c := range want.Metadata().RowGroups[0].Columns {
			g := got.Metadata().RowGroups[0].Columns[i].MetaData
			if len(c.MetaData.Statistics.MaxValue) > maxBound {
				c.MetaData.Statistics.MinValue, c.MetaData.Statistics.MaxValue = nil, nil
			}
			if d := cmp.Diff(c.MetaData.Statistics, g.Statistics); d != "" {
				t.Errorf("seed %d, %v: -want +got:\n%s", seed, g.PathInSchema, d)
			}
		}
	}
}

func TestOtherTypesAreNoRows(t *testing.T) {
	type row struct {
		Share float64 `parquet:"share"`
	}
	if _, err := layoutOf[row](); err == nil || !strings.Contains(err.Error(), "column share") {
		t.Errorf("got %v", err)
	}
}

// Whatever the rows, they come back.
func FuzzWrite(f *testing.F) {
	f.Add(uint64(1), uint16(300), uint16(7), "text", int64(-1))
	f.Add(uint64(2), uint16(2900), uint16(1000), strings.Repeat("\xff\x00", 300), int64(1)<<40)
	f.Fuzz(func(t *testing.T, seed uint64, n, batch uint16, text string, number int64) {
		rows := draw[reservation.Customer](seed, int(n%3_000)) // more than after how many a dictionary is given up
		for i := range rows {
			if i%int(batch%100+1) == 0 {
				rows[i].CustomerID, rows[i].EmailToken, rows[i].Clock, rows[i].CreatedAt = text, &text, number*int64(i), &number
			}
		}
		comeBack(t, rows, int(batch)+1)
	})
}
