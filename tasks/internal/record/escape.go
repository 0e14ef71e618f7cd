package record

import (
	"bytes"
	"unicode/utf8"
)

// noText is a byte that UTF-8 does not have.
const noText = 0xFF

// BrokenEscape reports whether JSON text holds an escape that stands for nothing: half of a surrogate pair, or one that JSON does
// not have. Parsers disagree on such text, and two different values can become one.
func BrokenEscape(text []byte) bool { return brokenEscape(text) >= 0 }

// brokenEscape returns the place of the backslash of the first escape that stands for nothing, or -1.
func brokenEscape(text []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\\')
		if i < 0 {
			return -1
		}
		at += i
		n := escape(text[at+1:])
		if n == 0 {
			return at
		}
		at += 1 + n
	}
}

// escape returns the length of what follows a backslash and belongs to it; 0 where the two stand for nothing.
func escape(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	switch text[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
	default:
		return 0
	}
	unit, ok := codeUnit(text)
	switch {
	case !ok, unit >= 0xDC00 && unit <= 0xDFFF:
		return 0
	case unit >= 0xD800 && unit <= 0xDBFF:
		if len(text) < 6 || text[5] != '\\' {
			return 0
		}
		if low, ok := codeUnit(text[6:]); !ok || low < 0xDC00 || low > 0xDFFF {
			return 0
		}
		return 11
	}
	return 5
}

// wholeText reports whether a record is valid UTF-8, without an escape that stands for nothing.
func wholeText(text []byte) bool {
	return utf8.Valid(text) && !BrokenEscape(text)
}

// marked returns a record whose escapes that stand for nothing are no valid UTF-8, so that what is wrong with a text can still be
// seen once it is read.
func marked(text []byte) []byte {
	text = bytes.Clone(text)
	for rest := text; ; {
		at := brokenEscape(rest)
		if at < 0 {
			return text
		}
		rest[at] = noText
		rest = rest[at+1:]
	}
}

// codeUnit reads u and four hexadecimal digits.
func codeUnit(text []byte) (unit int, ok bool) {
	if len(text) < 5 || text[0] != 'u' {
		return 0, false
	}
	for _, c := range text[1:5] {
		unit <<= 4
		switch {
		case c >= '0' && c <= '9':
			unit |= int(c - '0')
		case c >= 'a' && c <= 'f':
			unit |= int(c-'a') + 10
		case c >= 'A' && c <= 'F':
			unit |= int(c-'A') + 10
		default:
			return 0, false
		}
	}
	return unit, true
}
