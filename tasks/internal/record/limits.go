package record

import (
	"bytes"
	"encoding/json"
)

// MaxBytes is the longest line accepted, in bytes. A full OpenTable reservation has about 1.8 KB.
const MaxBytes = 1 << 20

// maxValues is the most values of a line. A field takes 24 bytes beside its text, so that a megabyte of small ones would cost
// several; a full record has about 80.
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
// (RFC 8259, section 6), and skipNumber takes it for one.
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
