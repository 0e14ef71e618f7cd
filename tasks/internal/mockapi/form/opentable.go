package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"covers/tasks/internal/opentable"
)

// OpenTable says which form OpenTable's records have. The zero value of each is the first word that mockapi.Choices names: then
// records are served as generate writes them, with all that Platinum has.
type OpenTable struct {
	Tier, GuestIDs, PrimaryGuest, Birthdays, Address, GPID, Referrer, States, GoldPOSData, CopperCreatedUTC string
}

// notIn are the fields that a tier does not have, of reservations and of guests.
var notIn = map[string][2][]string{
	"copper": {opentable.NotCopper, opentable.GuestNotCopper}, "gold": {opentable.NotGold, opentable.GuestNotGold},
}

func without([]byte) ([]byte, bool) { return nil, false }

// Bookings returns what is done to each reservation; nil for nothing.
func (s OpenTable) Bookings() func(record []byte) []byte {
	edits := map[string]Edit{}
	if s.GuestIDs == "hex" || s.GuestIDs == "mixed" {
		edits["guest_id"], edits["guest"] = s.guestID, s.guestID
	}
	if s.States == "spaced" {
		edits["state"] = spaced
	}
	if s.Referrer == "list" {
		edits["referrer"] = listed
	}
	if s.Tier == "gold" && s.GoldPOSData == "absent" {
		edits["pos_data"] = without
	}
	if s.Tier == "copper" && s.CopperCreatedUTC == "absent" {
		edits["created_date_utc"] = without
	}
	for _, field := range notIn[s.Tier][0] {
		edits[field] = without
	}
	return shaper(edits)
}

// Guests returns what is done to each guest of a restaurant; nil for nothing.
func (s OpenTable) Guests(rid int64) func(record []byte) []byte {
	edits := map[string]Edit{}
	if s.GuestIDs == "hex" || s.GuestIDs == "mixed" {
		edits["id"], edits["href"], edits["primary_guest"] = s.guestID, s.guestID, s.guestID
	}
	if s.PrimaryGuest == "url" {
		edits["primary_guest"] = func(value []byte) ([]byte, bool) {
			value, _ = s.guestID(value)
			id, err := strconv.Unquote(string(value))
			if err != nil {
				return value, true
			}
			return fmt.Appendf(nil, `"https://platform.opentable.com%s/%d-%s"`, opentable.GuestsPath, rid, id), true
		}
	}
	if s.Birthdays == "text" {
		edits["birth_date"], edits["anniversary_date"] = dateAsText, dateAsText
	}
	if s.Address == "text" {
		edits["address"] = addressAsText
	}
	if s.GPID == "number" {
		edits["gpid"] = unquoted
	}
	for _, field := range notIn[s.Tier][1] {
		edits[field] = without
	}
	return shaper(edits)
}

// Hex reports whether a guest's id, a UUID as generate writes it, is served as 24 hexadecimal digits: its first ones.
func (s OpenTable) Hex(id uuid.UUID) bool {
	return s.GuestIDs == "hex" || s.GuestIDs == "mixed" && id[0]&1 == 1
}

// guestID writes the UUID at the end of a text in the form that guests' ids have.
func (s OpenTable) guestID(value []byte) ([]byte, bool) {
	const length = len("00000000-0000-0000-0000-000000000000")
	at := len(value) - 1 - length
	if at < 1 || value[0] != '"' {
		return value, true
	}
	id, err := uuid.ParseBytes(value[at : at+length])
	if err != nil || !s.Hex(id) {
		return value, true
	}
	return fmt.Appendf(nil, `%s%x"`, value[:at], id[:12]), true
}

// spaced writes the states that two pages of the documentation write in two words.
func spaced(value []byte) ([]byte, bool) {
	if rest, ok := bytes.CutPrefix(value, []byte(`"Partially`)); ok {
		return append([]byte(`"Partially `), rest...), true
	}
	return value, true
}

func listed(value []byte) ([]byte, bool) {
	if len(value) == 0 || value[0] != '{' {
		return value, true
	}
	return append(append([]byte{'['}, value...), ']'), true
}

func unquoted(value []byte) ([]byte, bool) {
	if n, err := strconv.ParseInt(strings.Trim(string(value), `"`), 10, 64); err == nil {
		return strconv.AppendInt(nil, n, 10), true
	}
	return value, true
}

// dateAsText writes a birthday as a text, as an older table of guests has it.
func dateAsText(value []byte) ([]byte, bool) {
	var d opentable.SpecialDate
	if string(value) == "null" || json.Unmarshal(value, &d) != nil {
		return value, true
	}
	return fmt.Appendf(nil, `"%04d-%02d-%02d"`, d.Year, d.Month, d.Day), true
}

// addressAsText writes an address as a text, as an older table of guests has it.
func addressAsText(value []byte) ([]byte, bool) {
	var a opentable.Address
	if string(value) == "null" || json.Unmarshal(value, &a) != nil {
		return value, true
	}
	text, err := json.Marshal(strings.Join([]string{a.Line1, a.Line2, a.City, a.State, a.Zip, a.Country}, ", "))
	if err != nil {
		return value, true
	}
	return text, true
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
	if begins(record, `"archived":`, "true") || begins(record, `"rid":`, "null") {
		return Archived
	}
	for _, says := range []string{OptedIn, OptedOut} {
		if begins(record, `"email_optin":`, says) {
			return says
		}
	}
	return ""
}

// begins reports whether the value behind a name begins with a text. A name that is there is found long before the record's end.
func begins(record []byte, name, value string) bool {
	_, rest, _ := bytes.Cut(record, []byte(name))
	return bytes.HasPrefix(rest, []byte(value))
}
