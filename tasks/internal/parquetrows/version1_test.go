package parquetrows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
)

// filled returns rows in which no two lines are equal, and every second optional value is missing.
func filled[T any](n int) []T {
	rows := make([]T, n)
	for i := range rows {
		fill(reflect.ValueOf(&rows[i]).Elem(), i)
	}
	return rows
}

func fill(v reflect.Value, i int) {
	switch v.Kind() {
	case reflect.Struct:
		for f := range v.NumField() {
			fill(v.Field(f), i)
		}
	case reflect.Pointer:
		if i%2 == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), i)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("value-%d", i))
	case reflect.Int64, reflect.Int32:
		v.SetInt(int64(i))
	case reflect.Float64:
		v.SetFloat(float64(i))
	case reflect.Bool:
		v.SetBool(i%3 == 0)
	default:
		panic(v.Kind())
	}
}

// opened asks OpenVersion1 of a file.
func opened(t *testing.T, path string) error {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenVersion1(lake.Object{Key: "the/object"}, &lake.Local{File: f, Path: path, Size: info.Size()})
	return err
}

// ours writes rows as every step does, in several row groups, and returns the file.
func ours[T any](t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	zone, err := lake.Open(context.Background(), machine.This(), "file://"+folder)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter[T](zone.Begin(time.Now), "kind", "")
	defer w.Abort()
	for batch := range slices.Chunk(filled[T](groupRows+3), BatchRows) {
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := w.Close(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, objects[0].Key)
}

// foreign writes rows with other settings.
func foreign[T any](t *testing.T, options ...parquet.WriterOption) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "foreign.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[T](f, options...)
	if _, err := w.Write(filled[T](BatchRows)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryKindIsVersion1(t *testing.T) {
	for name, path := range map[string]string{
		"reservation": ours[reservation.Reservation](t), "customer": ours[reservation.Customer](t),
		"erasure": ours[reservation.Erasure](t), "absence": ours[reservation.Absence](t),
		"merge": ours[reservation.Merge](t), "refusal": ours[reservation.Refusal](t),
	} {
		if err := opened(t, path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	type packed struct {
		Name  string `parquet:"name,dict"`
		Clock int64  `parquet:"clock,delta"`
	}
	type plain struct {
		Name  string  `parquet:"name,optional,dict"`
		Clock float64 `parquet:"clock"`
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("PAR1 is how it begins"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		says string // nothing: it is not refused
	}{
		"another's file of version 1": {foreign[plain](t, parquet.DataPageVersion(1)), ""},
		"version 1, compressed":       {foreign[plain](t, parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy)), ""},
		"pages of version 2":          {foreign[plain](t, parquet.DataPageVersion(2)), "page of type DATA_PAGE_V2"},
		"the library's own settings":  {foreign[plain](t), "page of type DATA_PAGE_V2"},
		"packed numbers in pages of version 1": {foreign[packed](t, parquet.DataPageVersion(1)),
			"column clock: its values are encoded as DELTA_BINARY_PACKED"},
		"split floats": {foreign[plain](t, parquet.DataPageVersion(1),
			parquet.DefaultEncodingFor(parquet.Double, &parquet.ByteStreamSplit)), "encoded as BYTE_STREAM_SPLIT"},
		"text": {text, "it is not Parquet"},
	} {
		err := opened(t, c.path)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.says == "":
		case err == nil || fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), c.says) ||
			!strings.Contains(err.Error(), "the/object"):
			t.Errorf("%s: got %v, want a data fault that says %q", name, err, c.says)
		}
	}
}
