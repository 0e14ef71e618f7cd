package record

import (
	"bytes"
	"encoding/binary"
)

// Canonical returns an identifier as rows have it: a UUID is in small letters, without what may be written around it, since UUIDs
// are read without regard to case (RFC 9562, section 4) and are the same as a URN (section 4) or between braces (as .NET and
// Windows write them). A number and a hyphen may be before it, as in OpenTable's ids, and 24 hexadecimal digits are read as a
// UUID is. Whatever else an identifier is stays as it is.
func Canonical(id string) string { return string(canonical([]byte(id))) }

const (
	uuidLen = 36
	hexLen  = 24
)

func canonical(b []byte) []byte {
	if isSmall(b) {
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

// isSmall reports whether an identifier has no capital letter, and nothing written around it: such a one is canonical. It may
// say no of one that is. A capital of ASCII has the sixth bit and not the fifth, and eight bytes are looked at at once: nearly
// every id of nearly every record is small.
func isSmall(b []byte) bool {
	if len(b) == 0 || b[0] == '{' || b[0] == 'u' {
		return len(b) == 0
	}
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if x&^(x<<1)&0x4040404040404040 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c&0x60 == 0x40 {
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
