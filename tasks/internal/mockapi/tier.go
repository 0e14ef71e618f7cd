package mockapi

import "bytes"

// personal are the fields of a guest that only the higher tiers of OpenTable's clients get.
var personal = map[string]bool{
	"first_name": true, "last_name": true, "email": true, "email_optin": true, "phone": true, "phone_type": true,
	"phone_numbers": true,
	"primary_guest": true, "address": true, "mail_opted_in": true, "marketing_opted_out": true,
	"date_first_visit": true, "date_first_visit_utc": true, "date_last_visit": true, "date_last_visit_utc": true,
}

// withoutPerson returns a guest without the personal fields, byte for byte otherwise. It copes with records that are not quite
// JSON, as spoilt ones may be: it stops where it cannot follow.
func withoutPerson(record []byte) []byte {
	if len(record) < 2 || record[0] != '{' {
		return record
	}
	out := append(make([]byte, 0, len(record)), '{')
	rest := record[1:]
	for len(rest) > 0 && rest[0] != '}' {
		end := memberEnd(rest)
		if end == 0 {
			break
		}
		if m := rest[:end]; !personal[memberKey(m)] {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, m...)
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
