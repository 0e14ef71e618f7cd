package record

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBrokenEscape(t *testing.T) {
	for text, want := range map[string]bool{
		`"plain"`: false, `"\u00e9"`: false, `"\ud83d\ude00"`: false, `"\\ud800"`: false, `"\"\\\/\b\f\n\r\t"`: false,
		`"\ud800"`: true, `"\ude00"`: true, `"\ud800\u0041"`: true, `"\ud800x"`: true, `"\ud800\\ude00"`: true, `"\x"`: true,
		`"\u12"`:               true,
		`"\ud800\ud800\ude00"`: true, `"\`: true,
	} {
		if got := BrokenEscape([]byte(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// A text without broken escapes reads the same with the standard library, which puts U+FFFD in the place of what is broken.
func TestBrokenEscapeAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{
			`a`, `\\`, `\"`, `\u00e9`, `\ud83d`, `\ude00`, `\uD83D`, `\uDE00`, `ud800`, `\n`,
		})).Draw(t, "parts")
		text := `"` + strings.Join(parts, "") + `"`
		var s string
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if got, want := BrokenEscape([]byte(text)), strings.ContainsRune(s, '\uFFFD'); got != want {
			t.Fatalf("%s: got %v, want %v", text, got, want)
		}
	})
}
