package page

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 5, 59, 0, time.FixedZone("x", 3600))
	for want, got := range map[string]string{
		"1,234,567": Count(1234567), "0": Count(0), "-1,000": Count(-1000),
		"12.5%": Percent(1, 8), "100.0%": Percent(3, 3), "–": Percent(0, 0),
		"GBP 1,234.50": Money("GBP", 1234_5000), "JPY 1,235": Money("JPY", 1234_6000), "KWD 0.125": Money("KWD", 1250),
		"EUR -5.01": Money("EUR", -5_0100),
		"XYZW 1.00": Money("XYZW", 1_0000), "1,235": Whole(1234_6000),
		"Saturday 28 March 2026": Day("2026-03-28"), "28 Mar": ShortDay("2026-03-28"), "no day": Day("no day"),
		"29 Mar 2026 00:05": Instant(at), "512 B": Bytes(512), "1.5 KiB": Bytes(1536), "3.0 GiB": Bytes(3 << 30),
		"0.4 s": Span(400 * time.Millisecond), "42 s": Span(42 * time.Second), "3 min 5 s": Span(185 * time.Second),
		"2 h 10 min": Span(130 * time.Minute),
		"abc":        Shorten("abc", 3), "ab…": Shorten("abcd", 3), "é…": Shorten("éèà", 2),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if Instant(time.Time{}) != Unknown {
		t.Error("a time that is not known")
	}
}
