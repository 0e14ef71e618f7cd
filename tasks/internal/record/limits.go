package record

import (
	"bytes"
	"encoding/json"
)

// MaxBytes is the longest line accepted, in bytes. A full OpenTable reservation has about 1.3 KB.
const MaxBytes = 1 << 20

// maxValues is the most values of a line. The parser needs 80 bytes for each, so that a megabyte of small ones would cost a
// hundred; a full record has about 80.
const maxValues = 50_000

// TooManyValues reports whether a line has more values than are accepted. Short lines cannot.
func TooManyValues(line []byte) bool {
	if len(line) < maxValues {
		return false
	}
	n := 0
	for _, c := range line {
		if c == ',' || c == '[' || c == '{' {
			n++
		}
	}
	return n > maxValues
}

// hasNaN reports whether a record has the word NaN in the place of a value, as some serializers write it. JSON has no such number
// (RFC 8259, section 6), and the parser takes it for one.
func hasNaN(text []byte) bool {
	for at := 0; ; at++ { // bytes.Contains takes three times as long to find none
		n := bytes.IndexByte(text[at:], 'N')
		if n < 0 {
			return false
		}
		if at += n; bytes.HasPrefix(text[at:], notANumber) {
			return !json.Valid(text)
		}
	}
}

var notANumber = []byte("NaN")
