package record

import "bytes"

// BrokenEscape reports whether JSON text holds an escape that stands for nothing: half of a surrogate pair, or one that JSON does
// not have. Parsers disagree on such text, two different values can become one, and nothing can be said of the record.
func BrokenEscape(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		text = text[i+1:]
		if len(text) == 0 {
			return true
		}
		switch text[0] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			text = text[1:]
			continue
		case 'u':
		default:
			return true
		}
		unit, ok := codeUnit(text)
		if !ok {
			return true
		}
		text = text[5:]
		switch {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return true
		case unit >= 0xD800 && unit <= 0xDBFF:
			if len(text) == 0 || text[0] != '\\' {
				return true
			}
			low, ok := codeUnit(text[1:])
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			text = text[6:]
		}
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
