package form

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// The forms of TheFork's records that a setting changes. generate writes instants with a Z, null for a list without members,
// and the currency's unit.

// TheFork says which. The zero value of each is the first word that mockapi.Choices names.
type TheFork struct {
	CustomerDates, Lists, CustomerUUID, MoneyUnit, BookingTimes, OriginName string
}

// instant is how generate writes a time.
const instant = "2006-01-02T15:04:05.000Z"

// Customers returns what is done to each customer; nil for nothing.
func (s TheFork) Customers() func(record []byte) []byte {
	edits := map[string]Edit{}
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
		for _, key := range []string{"allergiesAndIntolerances", "dietaryRestrictions", "spendingBehaviour",
			"customerRelationship", "riskLevel", "otherTags", "customFields"} {
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
		return Reshape(record, edits)
	}
}

// Bookings returns what is done to each reservation of a restaurant in a zone; nil for nothing.
func (s TheFork) Bookings(zone *time.Location) func(record []byte) []byte {
	edits := map[string]Edit{}
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

func shaper(edits map[string]Edit) func(record []byte) []byte {
	if len(edits) == 0 {
		return nil
	}
	return func(record []byte) []byte { return Reshape(record, edits) }
}

func cloned(edits map[string]Edit) map[string]Edit {
	out := make(map[string]Edit, len(edits)+1)
	for k, e := range edits {
		out[k] = e
	}
	return out
}

// instantOf reads an instant as generate writes it.
func instantOf(value []byte) (time.Time, bool) {
	t, err := time.Parse(`"`+instant+`"`, string(value))
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
func inHundredths(key string) Edit {
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

// CreatedAt returns when a customer was made, as generate writes it, in seconds since 1970; 0 where it cannot be read.
func CreatedAt(record []byte) uint32 {
	i := bytes.Index(record, createdKey)
	if i < 0 {
		return 0
	}
	value := record[i+len(createdKey):]
	if t, ok := instantOf(value[:min(len(value), len(instant)+2)]); ok && t.Unix() > 0 {
		return uint32(t.Unix())
	}
	return 0
}
