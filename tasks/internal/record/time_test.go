package record

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What parseTime accepts, time.Parse reads as the same instant; what it refuses is not a documented form.
func TestParseTimeAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(-62_135_596_800_000_000, 253_402_300_799_999_999).Draw(t, "micros"))
		offset := rapid.IntRange(-14*60, 14*60).Draw(t, "minutes east")
		layout := rapid.SampledFrom([]string{
			"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05.000000Z07:00",
			"2006-01-02T15:04:05.000000000Z07:00", "2006-01-02T15:04:05-0700",
		}).Draw(t, "layout")
		text := at.In(time.FixedZone("", offset*60)).Format(layout)
		want, err := time.Parse(layout, text)
		if err != nil {
			return // a year beyond four digits
		}
		got, ok := parseTime([]byte(text))
		if !ok || !got.zoned || got.utc() != want.UnixMicro() {
			t.Fatalf("%s: got %d, %v, want %d", text, got.utc(), ok, want.UnixMicro())
		}
		local, ok := parseTime([]byte(text[:19]))
		if !ok || local.zoned || local.local != mustLocal(t, text[:19]) {
			t.Fatalf("%s: got %+v, %v", text[:19], local, ok)
		}
	})
}

func mustLocal(t *rapid.T, text string) int64 {
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{
		"2026-03-29T01:30:00", "2026-03-29T01:30:00Z", "2026-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2026-03-29T01:30:00.Z",
		"2026-03-29T01:30:00+25:00", "2026-03-29 01:30:00", "0000-00-00T00:00:00Z", "2026-03-29T01:30:60Z", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := parseTime([]byte(s))
		if !ok || !m.zoned {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, s)
		for _, layout := range []string{"2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999-07"} {
			if err != nil {
				want, err = time.Parse(layout, s)
			}
		}
		if err != nil {
			t.Fatalf("%q: accepted, but %v", s, err)
		}
		if m.utc() != want.UnixMicro() {
			t.Fatalf("%q: got %d, want %d", s, m.utc(), want.UnixMicro())
		}
	})
}

// The cached wall clock is the library's, around every change of the clocks and anywhere else.
func TestZoneAgreesWithTheStandardLibrary(t *testing.T) {
	for _, name := range []string{"Europe/London", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z := newZone(loc)
		rapid.Check(t, func(t *rapid.T) {
			around := rapid.SampledFrom([]int64{1774746000, 1792890000, 1772953200, 1793512800, 0}).Draw(t, "around")
			utc := (around + rapid.Int64Range(0, 7*86400).Draw(t, "seconds")) * 1e6
			at := time.UnixMicro(utc).In(loc)
			want := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC).UnixMicro()
			if got := z.local(utc); got != want {
				t.Fatalf("%s at %d: got %d, want %d", name, utc, got, want)
			}
		})
	}
}
