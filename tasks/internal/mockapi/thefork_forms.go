package mockapi

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// edit changes one member of a record. keep is false for one that is left out. It leaves alone what is of no form that it knows:
// records may be spoilt.
type memberEdit func(value []byte) (changed []byte, keep bool)

// reshape returns a record with some members changed, byte for byte otherwise. It copes with records that are not quite JSON: it
// stops where it cannot follow.
func reshape(record []byte, edits map[string]memberEdit) []byte {
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

// The forms of TheFork's records that a setting changes. generate writes instants with a Z, null for a list without members,
// and the currency's unit.

// customers returns what is done to each customer; nil for nothing.
func (s *TheForkSettings) customers() func(record []byte) []byte {
	edits := map[string]memberEdit{}
	if s.CustomerDates != "instant" {
		edits["creationDate"], edits["lastUpdateDate"] = dateAlone, dateAlone
	}
	switch s.CustomerUUID {
	case "absent":
		edits["customerUuid"] = func([]byte) ([]byte, bool) { return nil, false }
	case "null":
		edits["customerUuid"] = func([]byte) ([]byte, bool) { return []byte("null"), true }
	}
	if s.Lists == "empty" {
		for _, key := range []string{"allergiesAndIntolerances", "dietaryRestrictions", "spendingBehaviour", "customerRelationship",
			"riskLevel", "otherTags", "customFields"} {
			edits[key] = emptyForNull
		}
	}
	if s.OriginName != "uuid" {
		return shaper(edits)
	}
	return func(record []byte) []byte {
		origin := gjson.GetBytes(record, "originRestaurantUuid").Raw
		edits := cloned(edits)
		edits["originRestaurantName"] = func(value []byte) ([]byte, bool) {
			if origin == "" {
				return value, true
			}
			return []byte(origin), true
		}
		return reshape(record, edits)
	}
}

// bookings returns what is done to each reservation of a restaurant in a zone; nil for nothing.
func (s *TheForkSettings) bookings(zone *time.Location) func(record []byte) []byte {
	edits := map[string]memberEdit{}
	if s.Lists == "empty" {
		edits["customFields"], edits["utmTrackingInformation"] = emptyForNull, emptyForNull
	}
	if s.MoneyUnit == "minor" {
		edits["billAmount"], edits["offerDetails"] = inHundredths("totalPrice"), inHundredths("price")
	}
	if s.BookingTimes == "offset" {
		for _, key := range []string{"createdAt", "updatedAt"} {
			edits[key] = func(value []byte) ([]byte, bool) {
				if t, ok := instantOf(value); ok {
					return strconv.AppendQuote(nil, t.In(zone).Format("2006-01-02T15:04:05.000-07:00")), true
				}
				return value, true
			}
		}
	}
	return shaper(edits)
}

func shaper(edits map[string]memberEdit) func(record []byte) []byte {
	if len(edits) == 0 {
		return nil
	}
	return func(record []byte) []byte { return reshape(record, edits) }
}

func cloned(edits map[string]memberEdit) map[string]memberEdit {
	out := make(map[string]memberEdit, len(edits)+1)
	for k, e := range edits {
		out[k] = e
	}
	return out
}

// instantOf reads an instant as generate writes it.
func instantOf(value []byte) (time.Time, bool) {
	t, err := time.Parse(`"`+utcMillis+`"`, string(value))
	return t, err == nil
}

// dateAlone leaves the date of an instant, in UTC: which zone it is of is not documented.
func dateAlone(value []byte) ([]byte, bool) {
	if _, ok := instantOf(value); !ok {
		return value, true
	}
	return append(append(make([]byte, 0, 12), value[:len(`"2006-01-02`)]...), '"'), true
}

func emptyForNull(value []byte) ([]byte, bool) {
	if string(value) == "null" {
		return []byte("[]"), true
	}
	return value, true
}

// inHundredths multiplies a plain decimal number in an object by 100.
func inHundredths(key string) memberEdit {
	return func(value []byte) ([]byte, bool) {
		amount := gjson.GetBytes(value, key)
		if !gjson.ValidBytes(value) || amount.Type != gjson.Number || strings.ContainsAny(amount.Raw, "eE") {
			return value, true
		}
		whole, fraction, _ := strings.Cut(amount.Raw, ".")
		for len(fraction) < 2 {
			fraction += "0"
		}
		text := whole + fraction[:2]
		sign, digits := "", text
		if strings.HasPrefix(text, "-") {
			sign, digits = "-", text[1:]
		}
		if digits = strings.TrimLeft(digits, "0"); digits == "" {
			digits = "0"
		}
		if text = sign + digits; len(fraction) > 2 {
			text += "." + fraction[2:]
		}
		if changed, err := sjson.SetRawBytes(value, key, []byte(text)); err == nil {
			return changed, true
		}
		return value, true
	}
}

// createdKey begins the member of a customer that says when it was made.
var createdKey = []byte(`"creationDate":`)

// createdAt returns when a customer was made, as generate writes it, in seconds since 1970; 0 where it cannot be read.
func createdAt(record []byte) uint32 {
	i := bytes.Index(record, createdKey)
	if i < 0 {
		return 0
	}
	value := record[i+len(createdKey):]
	if t, ok := instantOf(value[:min(len(value), len(utcMillis)+2)]); ok && t.Unix() > 0 {
		return uint32(t.Unix())
	}
	return 0
}
