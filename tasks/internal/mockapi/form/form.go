// Package form is the forms in which the simulated platforms write a record where their documents say two things or none.
// generate writes one form of each; what a setting changes is changed here, member by member, before a record is served.
//
// The package refuses to know the server, and copes with records that are not quite JSON, as spoilt ones may be. Start with
// OpenTable and TheFork.
package form

import "bytes"

// Edit changes one member of a record. keep is false for one that is left out. It leaves alone what is of no form that it knows:
// records may be spoilt.
type Edit func(value []byte) (changed []byte, keep bool)

// Reshape returns a record with some members changed, byte for byte otherwise. It copes with records that are not quite JSON: it
// stops where it cannot follow.
func Reshape(record []byte, edits map[string]Edit) []byte {
	if len(record) < 2 || record[0] != '{' {
		return record
	}
	out := append(make([]byte, 0, len(record)+64), '{')
	rest := record[1:]
	for len(rest) > 0 && rest[0] != '}' {
		end := memberEnd(rest)
		if end == 0 {
			break
		}
		member, keep := rest[:end], true
		key := memberKey(member)
		if change := edits[key]; change != nil {
			if at := len(key) + len(`"":`); at < len(member) && member[at-1] == ':' {
				var value []byte
				if value, keep = change(member[at:]); keep {
					member = append(append(make([]byte, 0, at+len(value)), member[:at]...), value...)
				}
			}
		}
		if keep {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, member...)
		}
		rest = bytes.TrimPrefix(rest[end:], []byte(","))
	}
	return append(out, '}')
}

// memberKey returns the key of `"key":value`.
func memberKey(m []byte) string {
	m = bytes.TrimPrefix(bytes.TrimLeft(m, " \t\r\n"), []byte(`"`))
	return string(m[:max(bytes.IndexByte(m, '"'), 0)])
}

// memberEnd returns the place of the comma or brace that ends the first member.
func memberEnd(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
		case (c == '}' || c == ']' || c == ',') && depth == 0:
			return i
		case c == '}', c == ']':
			depth--
		}
	}
	return len(text)
}
