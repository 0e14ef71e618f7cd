package record

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"covers/tasks/internal/timezone"
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
		"2026-11-01t10:00:00z", "2016-12-31T23:59:60Z", "2026-03-29T01:30:00+25:00", "2026-03-29 01:30:00",
		"0000-00-00T00:00:00Z", "2026-03-29T01:30:60Z", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := parseTime([]byte(s))
		if !ok || !m.zoned {
			return
		}
		late := int64(0)
		if s[17:19] == "60" { // which time.Parse does not read
			s, late = s[:17]+"59"+strings.TrimLeft(s[19:], ".0123456789"), 1e6
		}
		s = strings.ToUpper(s)
		want, err := time.Parse(time.RFC3339Nano, s)
		for _, layout := range []string{"2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999-07"} {
			if err != nil {
				want, err = time.Parse(layout, s)
			}
		}
		if err != nil {
			t.Fatalf("%q: accepted, but %v", s, err)
		}
		if m.utc() != want.UnixMicro()+late {
			t.Fatalf("%q: got %d, want %d", s, m.utc(), want.UnixMicro()+late)
		}
	})
}

// What RFC 3339 (section 5.6) allows is a time, whatever its spelling; what it does not allow is none.
func TestSpellingsOfRFC3339(t *testing.T) {
	const tenOClock = "2026-11-01T10:00:00Z"
	for text, same := range map[string]string{
		"2026-11-01t10:00:00z": tenOClock, "2026-11-01T10:00:00.0000000Z": tenOClock, "2026-11-01T10:00:00.000000000Z": tenOClock,
		"2026-11-01T10:00:00.000000000000000000000000Z": tenOClock, "2026-11-01T10:00:00+00:00": tenOClock,
		"2026-11-01T10:00:00-00:00": tenOClock, "2026-11-01T15:30:00+0530": tenOClock, "2026-11-01T09:00:00-01": tenOClock,
		"2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z", "2016-12-31T23:59:60.75Z": "2017-01-01T00:00:00Z",
		"2017-01-01T05:29:60+05:30": "2017-01-01T00:00:00Z", "2015-06-30T16:59:60-07:00": "2015-07-01T00:00:00Z",
		"2026-11-01 10:00:00Z": "", "2026-11-01T24:00:00Z": "", "2026-11-01T10:00:00,5Z": "", "2026-11-01T10:00:00.Z": "",
		"2026-11-01T10:00:60Z": "", "2026-11-02T23:59:60Z": "", "2026-11-01T23:59:61Z": "", "2026-11-01T10:00Z": "",
		"2026-11-01T10:00:00ZZ": "", "2026-11-01T10:00:00 Z": "", "20261101T100000Z": "", "2026-11-01": "",
	} {
		m, ok := parseTime([]byte(text))
		if same == "" {
			if ok {
				t.Errorf("%s: is a time", text)
			}
			continue
		}
		want, err := time.Parse(time.RFC3339, same)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || !m.zoned || m.utc() != want.UnixMicro() {
			t.Errorf("%s: %+v, %v, want %s", text, m, ok, same)
		}
	}
}

// The first of two instants that a wall clock shows, and none that it never shows (RFC 5545, section 3.3.5).
func TestInstantOfAWallClock(t *testing.T) {
	for _, c := range [][3]string{
		{"Europe/London", "2026-07-01T12:00:00", "2026-07-01T11:00:00Z"},
		{"Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"},
		{"Europe/London", "2026-10-25T02:00:00", "2026-10-25T02:00:00Z"},
		{"Europe/London", "2026-03-29T01:30:00", ""},
		{"Europe/London", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z"},
		{"America/New_York", "2026-11-01T01:59:59", "2026-11-01T05:59:59Z"},
		{"America/New_York", "2026-03-08T02:15:00", ""},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00", ""},
		{"Asia/Kathmandu", "2026-10-04T02:15:00", "2026-10-03T20:30:00Z"},
	} {
		loc, err := timezone.Load(c[0])
		if err != nil {
			t.Fatal(err)
		}
		wall, _ := parseTime([]byte(c[1]))
		got, ok := newZone(loc).instant(wall.local)
		if out := time.UnixMicro(got).UTC().Format(time.RFC3339); ok != (c[2] != "") || ok && out != c[2] {
			t.Errorf("%s in %s: %s, %v, want %s", c[1], c[0], out, ok, c[2])
		}
	}
}

// The cached wall clock is the library's, around every change of the clocks and anywhere else.
func TestZoneAgreesWithTheStandardLibrary(t *testing.T) {
	for _, name := range []string{
		"Europe/London", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns",
		"America/Goose_Bay", "Africa/Monrovia", "Africa/Casablanca", "Pacific/Apia", "UTC",
	} {
		loc, err := timezone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		z := newZone(loc)
		rapid.Check(t, func(t *rapid.T) {
			around := rapid.SampledFrom([]int64{1774746000, 1792890000, 1772953200, 1793512800, 0, 1268535600, 1104451200,
				63593070,
				1325203200, 4102444800}).
				Draw(t, "around")
			utc := (around + rapid.Int64Range(-7*86400, 7*86400).Draw(t, "seconds")) * 1e6
			at := time.UnixMicro(utc).In(loc)
			want := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC).UnixMicro()
			if got := z.local(utc); got != want {
				t.Fatalf("%s at %d: got %d, want %d", name, utc, got, want)
			}
		})
	}
}

// Clocks that change at a minute past midnight, by minutes and seconds, or at 24:00: whichever instant is asked for first, each
// has the wall clock that the zone's law gives it.
func TestClocksChangeAtAnyMinute(t *testing.T) {
	for _, c := range []struct {
		zone string
		at   map[string]string // local time by instant
	}{
		{"America/St_Johns", map[string]string{ // on at 00:01 (03:31 UTC)
			"2010-03-14T03:30:30": "2010-03-14T00:00:30", "2010-03-14T03:31:30": "2010-03-14T01:01:30"}},
		{"America/Goose_Bay", map[string]string{ // back at 00:01 (03:01 UTC), 30 seconds before and after
			"2010-11-07T03:00:30": "2010-11-07T00:00:30", "2010-11-07T03:01:30": "2010-11-06T23:01:30"}},
		{"Africa/Monrovia", map[string]string{ // on by 44 minutes 30 seconds at 00:00 (00:44:30 UTC)
			"1972-01-07T00:44:29": "1972-01-06T23:59:59", "1972-01-07T00:44:30": "1972-01-07T00:44:30"}},
		{"Asia/Amman", map[string]string{ // on at 24:00 (22:00 UTC)
			"2014-03-27T21:59:59": "2014-03-27T23:59:59", "2014-03-27T22:00:00": "2014-03-28T01:00:00"}},
		{"Pacific/Apia", map[string]string{ // a day left out
			"2011-12-30T09:59:59": "2011-12-29T23:59:59", "2011-12-30T10:00:00": "2011-12-31T00:00:00"}},
	} {
		loc, err := timezone.Load(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		instants := slices.Sorted(maps.Keys(c.at))
		for _, order := range [][]string{instants, {instants[1], instants[0]}} {
			z := newZone(loc)
			for _, utc := range order {
				at, err1 := time.Parse("2006-01-02T15:04:05", utc)
				want, err2 := time.Parse("2006-01-02T15:04:05", c.at[utc])
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				if got := z.local(at.UnixMicro()); got != want.UnixMicro() {
					t.Errorf("%s at %s, asked in the order %v: %s, want %s", c.zone, utc, order, time.UnixMicro(got).UTC(), want)
				}
			}
		}
	}
}

func BenchmarkLocal(b *testing.B) {
	loc, err := timezone.Load("America/New_York")
	if err != nil {
		b.Fatal(err)
	}
	z, utc := newZone(loc), int64(1774746000e6)
	for b.Loop() {
		z.local(utc)
		utc += 7 * 3600e6
		if utc > 1774746000e6+60*86400e6 {
			utc = 1774746000e6
		}
	}
}
