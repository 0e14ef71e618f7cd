package parquetrows

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
)

// store puts bytes into a zone, as the object of so many rows.
func store(t testing.TB, content []byte, rows int) (*lake.Zone, lake.Object) {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://parquetrows-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zone.Close() })
	w, err := zone.Begin(time.Now).NewObject("kind", "", "parquet")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	o, err := w.Commit(t.Context(), int64(rows), 0)
	if err != nil {
		t.Fatal(err)
	}
	return zone, o
}

// formerly is what the program wrote before it had a column writer of its own.
func formerly[T any](t testing.TB, rows []T, more ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, append([]parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.MaxRowsPerRowGroup(groupRows),
		parquet.DataPageVersion(1), parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain)}, more...)...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opens[T any](t testing.TB, zone *lake.Zone, o lake.Object) *Stored[T] {
	t.Helper()
	s, err := Open[T](t.Context(), zone, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// copied is an object made of others.
func copied[T any](t testing.TB, from ...*Stored[T]) (*lake.Zone, []lake.Object) {
	t.Helper()
	zone, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://parquetrows-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { zone.Close() })
	w := NewWriter[T](zone.Begin(time.Now), "kind", "")
	defer w.Abort()
	for _, s := range from {
		if err := w.Copy(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := w.Close(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return zone, objects
}

func rowsOfObjects[T any](t testing.TB, zone *lake.Zone, objects []lake.Object) (rows []T) {
	t.Helper()
	for _, o := range objects {
		if err := Read(t.Context(), zone, o, func(b []T) error { rows = append(rows, b...); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// columnBytes are the bytes of each column of a row group.
func columnBytes(t testing.TB, file io.ReaderAt, g *format.RowGroup) (columns []string) {
	t.Helper()
	for i := range g.Columns {
		m := &g.Columns[i].MetaData
		b := make([]byte, m.TotalCompressedSize)
		if _, err := file.ReadAt(b, begins(m)); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, string(b))
	}
	return columns
}

// Large row groups are copied byte for byte, whoever wrote them; the rows of small ones are gathered behind.
func TestCopy(t *testing.T) {
	large, small := draw[reservation.Merge](1, groupRows+copiedRows), draw[reservation.Merge](2, groupRows+copiedRows-1)
	zone, objects := wrote(t, large, 1000)
	first := opens[reservation.Merge](t, zone, objects[0])
	oldZone, old := store(t, formerly(t, small), len(small))
	second := opens[reservation.Merge](t, oldZone, old)
	if !slices.Equal(first.whole, []bool{true, true}) || !slices.Equal(second.whole, []bool{true, false}) {
		t.Fatalf("to be copied as they are: %v, %v", first.whole, second.whole)
	}
	to, made := copied(t, first, second, first)
	want := slices.Concat(large, small[:groupRows], large, small[groupRows:])
	if got := rowsOfObjects[reservation.Merge](t, to, made); !reflect.DeepEqual(got, want) {
		t.Errorf("%d rows, of them other ones", len(got))
	}
	if len(made) != 1 || made[0].Records != int64(len(want)) {
		t.Fatalf("made %+v", made)
	}
	s := opens[reservation.Merge](t, to, made[0])
	if _, err := OpenVersion1(made[0], s.local); err != nil {
		t.Error(err)
	}
	groups := s.file.Metadata().RowGroups
	for i, from := range []struct {
		s *Stored[reservation.Merge]
		g int
	}{{first, 0}, {first, 1}, {second, 0}, {first, 0}, {first, 1}} {
		g := &from.s.file.Metadata().RowGroups[from.g]
		if !slices.Equal(columnBytes(t, s.local, &groups[i]), columnBytes(t, from.s.local, g)) {
			t.Errorf("row group %d is not what it was", i)
		}
		for k := range g.Columns {
			if d := cmp.Diff(g.Columns[k].MetaData.Statistics, groups[i].Columns[k].MetaData.Statistics); d != "" {
				t.Errorf("row group %d, column %d: -want +got:\n%s", i, k, d)
			}
		}
	}
	if len(groups) != 6 || groups[5].NumRows != copiedRows-1 || groups[5].Ordinal != 5 {
		t.Errorf("%d row groups, the last %+v", len(groups), groups[len(groups)-1])
	}
}

// What is copied is cut into objects as well.
func TestCopiesAreCut(t *testing.T) {
	rows := make([]reservation.Erasure, groupRows)
	for i := range rows {
		rows[i] = reservation.Erasure{Reading: "a", Line: int64(i + 1)}
	}
	zone, objects := wrote(t, rows, 10_000)
	few, fewObjects := wrote(t, rows[:7], 7)
	from := slices.Repeat([]*Stored[reservation.Erasure]{opens[reservation.Erasure](t, zone, objects[0])}, objectRows/groupRows)
	_, made := copied(t, append(from, opens[reservation.Erasure](t, few, fewObjects[0]))...)
	if len(made) != 2 || made[0].Records != objectRows || made[1].Records != 7 {
		t.Errorf("made %+v", made)
	}
}

// Row groups of another form are written anew: other pages, other columns.
func TestCopyOfOtherForms(t *testing.T) {
	rows := draw[reservation.Erasure](5, copiedRows)
	type shorter struct {
		Reading string `parquet:"reading,dict"`
		Line    int64  `parquet:"line"`
	}
	short := make([]shorter, len(rows))
	shorn := make([]reservation.Erasure, len(rows))
	for i, r := range rows {
		short[i] = shorter{r.Reading, r.Line}
		shorn[i] = reservation.Erasure{Reading: r.Reading, Line: r.Line}
	}
	for name, c := range map[string]struct {
		content []byte
		want    []reservation.Erasure
	}{
		"pages of version 2":      {formerly(t, rows, parquet.DataPageVersion(2)), rows},
		"without all the columns": {formerly(t, short), shorn},
	} {
		zone, o := store(t, c.content, len(rows))
		s := opens[reservation.Erasure](t, zone, o)
		if s.whole[0] {
			t.Errorf("%s: taken as it is", name)
		}
		to, made := copied(t, s)
		if got := rowsOfObjects[reservation.Erasure](t, to, made); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: other rows", name)
		}
		again := opens[reservation.Erasure](t, to, made[0])
		if !again.whole[0] {
			t.Errorf("%s: it became none of our form", name)
		}
	}
}

func TestCheckFindsWhoseRowsTheyAre(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{1, 5000, copiedRows, groupRows + 7, 2 * groupRows} {
		for name, at := range map[string]int{"none": -1, "the first": 0, "the last": n - 1} {
			rows := make([]reservation.Absence, n)
			for i := range rows {
				rows[i] = reservation.Absence{Reading: "opentable/101", Line: int64(i)}
			}
			if at >= 0 {
				rows[at].Reading = "another"
			}
			ours, objects := wrote(t, rows, 10_000)
			theirs, old := store(t, formerly(t, rows), n)
			for whose, s := range map[string]*Stored[reservation.Absence]{
				"ours":   opens[reservation.Absence](t, ours, objects[0]),
				"theirs": opens[reservation.Absence](t, theirs, old),
			} {
				other, all, err := s.Check(ctx, "reading", "opentable/101")
				if err != nil || all != (at < 0) || (other == "another") != (at >= 0) {
					t.Errorf("%s, %d rows, another is %s: %q, %v, %v", whose, n, name, other, all, err)
				}
			}
		}
	}
}

// An object can have the SHA-256 of its manifest and be wrong all the same: whoever wrote it wrote something else.
func TestCheckRefusesWhatCannotBeRead(t *testing.T) {
	rows := draw[reservation.Erasure](7, copiedRows)
	rows = slices.Concat(rows, rows[:100])
	zone, objects := wrote(t, rows, 1000)
	good := content(t, zone, objects)
	small, smallObjects := wrote(t, rows[:3000], 1000)
	goodSmall := content(t, small, smallObjects)
	spoiled := func(b []byte, at int, with byte) []byte { b = bytes.Clone(b); b[at] ^= with; return b }
	for name, c := range map[string]struct {
		content []byte
		rows    int
	}{
		"a page's header":                       {spoiled(good, 6, 0xff), len(rows)},
		"the content of a page, in a small one": {spoiled(goodSmall, len(goodSmall)/3, 0xff), 3000},
		"fewer rows":                            {good, len(rows) + 1},
		"more rows":                             {good, len(rows) - 1},
		"no Parquet":                            {[]byte("PAR1 is how it begins"), 1},
		"cut off":                               {good[:len(good)-1], len(rows)},
	} {
		zone, o := store(t, c.content, c.rows)
		s, err := Open[reservation.Erasure](t.Context(), zone, o)
		if err == nil {
			_, _, err = s.Check(t.Context(), "reading", rows[0].Reading)
			_ = s.Close()
		}
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), o.Key) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Of a spoiled first column, which is the readings', either Check says so, or the rows are copied as they were.
func TestNoSpoiledColumnPasses(t *testing.T) {
	rows := make([]reservation.Erasure, copiedRows)
	for i := range rows {
		rows[i] = reservation.Erasure{Reading: "opentable/101", Line: int64(i)}
	}
	zone, objects := wrote(t, rows, 1000)
	good := content(t, zone, objects)
	first := &opens[reservation.Erasure](t, zone, objects[0]).file.Metadata().RowGroups[0].Columns[0].MetaData
	for at := begins(first); at < begins(first)+first.TotalCompressedSize; at++ {
		for _, with := range []byte{0x01, 0x10, 0x80} {
			spoiled := bytes.Clone(good)
			spoiled[at] ^= with
			zone, o := store(t, spoiled, len(rows))
			s := opens[reservation.Erasure](t, zone, o)
			if _, all, err := s.Check(t.Context(), "reading", "opentable/101"); err != nil || !all {
				continue
			}
			to, made := copied(t, s)
			if !reflect.DeepEqual(rowsOfObjects[reservation.Erasure](t, to, made), rows) {
				t.Errorf("byte %d, %#x: other rows are copied", at, with)
			}
		}
	}
}
