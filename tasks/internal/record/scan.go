package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep values may be nested.
const maxDepth = 300

// What follows reads JSON as RFC 8259 has it, and passes over what no row needs: what a number looks like, and characters in a
// string that should be escaped, are for who reads the field. A function that returns the place behind something returns -1 where
// that is not there.

func skipSpace(text []byte, at int) int {
	for at < len(text) && text[at] <= ' ' && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r') {
		at++
	}
	return at
}

// skipValue returns the place behind the value that begins at a place, and what it is. depth is how many values it is in.
func skipValue(text []byte, at, depth int) (end int, typ Type) {
	if at >= len(text) || depth >= maxDepth {
		return -1, 0
	}
	switch text[at] {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-':
		return skipNumber(text, at), TypeNumber
	case '"':
		return skipString(text, at), TypeString
	case '{':
		return skipObject(text, at, depth+1), TypeObject
	case '[':
		return skipArray(text, at, depth+1), TypeArray
	case 't':
		return skipWord(text, at, "true"), TypeTrue
	case 'f':
		return skipWord(text, at, "false"), TypeFalse
	case 'n':
		if end := skipWord(text, at, "null"); end >= 0 {
			return end, TypeNull
		}
	}
	return skipNumber(text, at), TypeNumber
}

func skipWord(text []byte, at int, word string) int {
	if end := at + len(word); end <= len(text) && string(text[at:end]) == word {
		return end
	}
	return -1
}

// skipString returns the place behind the string whose opening quote is at a place. Its first part is looked at in words of eight
// bytes: most texts are short, and a call to look for the quote costs more than they do.
func skipString(text []byte, at int) int {
	i := at + 1
	for ; i+8 <= len(text) && i < at+64; i += 8 {
		if q := quoteIn(binary.LittleEndian.Uint64(text[i:])); q < 8 {
			i += q
			if text[i-1] != '\\' {
				return i + 1
			}
			break
		}
	}
	for {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		// The quote counts unless an odd number of backslashes is before it.
		slashes := 0
		for k := i - 2; k > at && text[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

// quoteIn returns which byte of a word, from the lowest, is the first quote; 8 where none is. A byte that is zero once the quotes
// are taken off it is found by what a subtraction borrows (H. Warren, Hacker's Delight, section 6-1): the first of them is exact.
func quoteIn(word uint64) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	word ^= '"' * ones
	return bits.TrailingZeros64((word-ones)&^word&highs) >> 3
}

// inNumber tells the characters that a number may be made of.
var inNumber = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'.': true, '-': true, '+': true, 'e': true, 'E': true,
}

// skipNumber returns the place behind a number, whose form is not looked at. The words inf and nan, in whatever case and with a
// sign, are taken for numbers, as some serializers write them; Parse refuses NaN.
func skipNumber(text []byte, at int) int {
	end := at
	for _, c := range text[at:] {
		if !inNumber[c] {
			break
		}
		end++
	}
	if signed := end == at+1 && (text[at] == '-' || text[at] == '+'); (end == at || signed) && end < len(text) {
		if word := text[end:min(end+3, len(text))]; bytes.EqualFold(word, infinite) || bytes.EqualFold(word, notANumberFolded) {
			return end + 3
		}
		return -1
	}
	if end == at {
		return -1
	}
	return end
}

var infinite, notANumberFolded = []byte("inf"), []byte("nan")

func skipArray(text []byte, at, depth int) int {
	if at = skipSpace(text, at+1); at < len(text) && text[at] == ']' {
		return at + 1
	}
	for {
		end, _ := skipValue(text, skipSpace(text, at), depth)
		if end < 0 {
			return -1
		}
		at = skipSpace(text, end)
		if at >= len(text) || text[at] != ',' && text[at] != ']' {
			return -1
		}
		if at++; text[at-1] == ']' {
			return at
		}
	}
}

func skipObject(text []byte, at, depth int) int {
	if at = skipSpace(text, at+1); at < len(text) && text[at] == '}' {
		return at + 1
	}
	for {
		if at = skipKey(text, skipSpace(text, at)); at < 0 {
			return -1
		}
		end, _ := skipValue(text, skipSpace(text, at), depth)
		if end < 0 {
			return -1
		}
		at = skipSpace(text, end)
		if at >= len(text) || text[at] != ',' && text[at] != '}' {
			return -1
		}
		if at++; text[at-1] == '}' {
			return at
		}
	}
}

// skipKey returns the place behind the colon of the key that begins at a place.
func skipKey(text []byte, at int) int {
	if at >= len(text) || text[at] != '"' {
		return -1
	}
	if at = skipString(text, at); at < 0 {
		return -1
	}
	if at = skipSpace(text, at); at >= len(text) || text[at] != ':' {
		return -1
	}
	return at + 1
}
