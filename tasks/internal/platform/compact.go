package platform

import "bytes"

// Compact removes in place the white space between the tokens of src and returns what is left. Every token stays byte for byte
// what it was: escapes, invalid UTF-8, repeated names and long numbers included. In what is no JSON, tokens without punctuation
// between them keep a space, so that it does not become JSON.
func Compact(src []byte) []byte {
	first := indexSpace(src, 0)
	if first < 0 {
		return src
	}
	out := src[:first]
	for i := first; i < len(src); {
		switch c := src[i]; c {
		case ' ', '\t', '\n', '\r':
			for i < len(src) && isSpace(src[i]) {
				i++
			}
			if len(out) > 0 && i < len(src) && !isPunctuation(out[len(out)-1]) && !isPunctuation(src[i]) {
				out = append(out, ' ')
			}
		case '"':
			end := stringEnd(src, i)
			out = append(out, src[i:end]...)
			i = end
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isPunctuation(c byte) bool {
	switch c {
	case '{', '}', '[', ']', ',', ':':
		return true
	}
	return false
}

// indexSpace returns the place of the first white space outside a string, from i on, or -1.
func indexSpace(src []byte, i int) int {
	for i < len(src) {
		switch src[i] {
		case ' ', '\t', '\n', '\r':
			return i
		case '"':
			i = stringEnd(src, i)
		default:
			i++
		}
	}
	return -1
}

// stringEnd returns the place behind the string that begins at i.
func stringEnd(src []byte, i int) int {
	for i++; i < len(src); i++ {
		next := bytes.IndexByte(src[i:], '"')
		if next < 0 {
			return len(src)
		}
		i += next
		escapes := 0
		for src[i-1-escapes] == '\\' { // the opening quote ends the run
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
	return len(src)
}
