package text

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible returns a text for people, or lines of JSON, in which nothing steers a terminal or hides: control characters (C0 but
// for line feed and tab, DEL, C1), characters of format (the bidirectional ones of "Trojan Source", CVE-2021-42574, joiners,
// tags) and the separators of lines and paragraphs stand as \u and four hexadecimal digits, in UTF-16 as JSON has it, so that
// JSON still means the same; what is no UTF-8 stands as U+FFFD. A text without any is returned as it is.
func Visible(p []byte) []byte {
	at := bytes.IndexFunc(p, hidden)
	if at < 0 {
		return p
	}
	out := append(make([]byte, 0, len(p)+64), p[:at]...)
	for at < len(p) {
		r, size := utf8.DecodeRune(p[at:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = utf8.AppendRune(out, utf8.RuneError)
		case !hidden(r):
			out = append(out, p[at:at+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		at += size
	}
	return out
}

// hidden reports whether a character is shown as its number. RuneError is also what stands for a byte that is no UTF-8.
func hidden(r rune) bool {
	if ' ' <= r && r < 0x7f || r == '\n' || r == '\t' {
		return false
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
