package record

import "bytes"

// Canonical returns an identifier as rows have it: a UUID is in small letters, without what may be written around it, since UUIDs
// are read without regard to case (RFC 9562, section 4) and are the same as a URN (section 4) or between braces (as .NET and
// Windows write them). A number and a hyphen may be before it, as in OpenTable's ids, and 24 hexadecimal digits are read as a UUID
// is. Whatever else an identifier is stays as it is.
func Canonical(id string) string { return string(canonical([]byte(id))) }

const (
	uuidLen = 36
	hexLen  = 24
)

func canonical(b []byte) []byte {
	if isPlain(b) {
		return b
	}
	id, rid := b, 0
	for rid < len(id) && id[rid] >= '0' && id[rid] <= '9' {
		rid++
	}
	if rid > 0 && rid < len(id) && id[rid] == '-' && isHex(id[rid+1:]) {
		return bytes.ToLower(id)
	}
	if len(id) == len("urn:uuid:")+uuidLen && bytes.EqualFold(id[:len("urn:uuid:")], []byte("urn:uuid:")) {
		id = id[len("urn:uuid:"):]
	} else if len(id) == uuidLen+2 && id[0] == '{' && id[len(id)-1] == '}' {
		id = id[1 : len(id)-1]
	}
	if !isHex(id) {
		return b
	}
	return bytes.ToLower(id)
}

// isPlain reports whether an identifier has nothing but digits, hyphens and small letters up to f: such a one is canonical.
func isPlain(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != '-' {
			return false
		}
	}
	return true
}

// isHex reports whether b has the form of a UUID or of 24 hexadecimal digits, in whatever case.
func isHex(b []byte) bool {
	if len(b) != uuidLen && len(b) != hexLen {
		return false
	}
	for i, c := range b {
		hyphen := len(b) == uuidLen && (i == 8 || i == 13 || i == 18 || i == 23)
		if hyphen != (c == '-') {
			return false
		}
		if lower := c | 0x20; !hyphen && (c < '0' || c > '9') && (lower < 'a' || lower > 'f') {
			return false
		}
	}
	return true
}
