package form

import "bytes"

// personal are the fields of a guest that only the higher tiers of OpenTable's clients get.
var personal = map[string]bool{
	"first_name": true, "last_name": true, "email": true, "email_optin": true, "phone": true, "phone_type": true,
	"phone_numbers": true,
	"primary_guest": true, "address": true, "mail_opted_in": true, "marketing_opted_out": true,
	"date_first_visit": true, "date_first_visit_utc": true, "date_last_visit": true, "date_last_visit_utc": true,
}

// WithoutPerson returns a guest without the personal fields, byte for byte otherwise. It copes with records that are not quite
// JSON, as spoilt ones may be: it stops where it cannot follow.
func WithoutPerson(record []byte) []byte {
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

// What GuestState says of a guest.
const (
	Archived = "archived"
	OptedIn  = "true"
	OptedOut = "false"
)

// GuestState returns what lists of guests are filtered by: that the record is archived, or what the guest says to e-mails; ""
// where it says nothing. An archived record has no rid.
func GuestState(record []byte) string {
	switch {
	case bytes.Contains(record, []byte(`"archived":true`)), bytes.Contains(record, []byte(`"rid":null`)):
		return Archived
	case bytes.Contains(record, []byte(`"email_optin":true`)):
		return OptedIn
	case bytes.Contains(record, []byte(`"email_optin":false`)):
		return OptedOut
	}
	return ""
}
