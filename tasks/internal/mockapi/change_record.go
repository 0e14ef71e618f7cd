package mockapi

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
)

// utcMillis is the form in which TheFork writes times, as its documentation and generate have it.
const utcMillis = "2006-01-02T15:04:05.000Z"

// clockKeys are the fields of which the first that is not null is a record's clock.
var clockKeys = map[[2]string][]string{
	{reservation.OpenTable, reservation.KindReservation}: {"updated_at_utc"},
	{reservation.OpenTable, reservation.KindCustomer}:    {"updated_at_utc"},
	{reservation.TheFork, reservation.KindReservation}:   {"updatedAt", "createdAt"},
	{reservation.TheFork, reservation.KindCustomer}:      {"lastUpdateDate"},
}

// tellingKeys are fields that every record has and that the pipeline looks at: the parties' size, or a mark on a guest.
var tellingKeys = map[[2]string]string{
	{reservation.OpenTable, reservation.KindReservation}: "party_size",
	{reservation.OpenTable, reservation.KindCustomer}:    "archived",
	{reservation.TheFork, reservation.KindReservation}:   "partySize",
	{reservation.TheFork, reservation.KindCustomer}:      "isVip",
}

// extraField is a field that the documentation does not have.
const extraField = "loyalty"

func (c *changing) what() [2]string { return [2]string{c.shelf.platform, c.shelf.kind} }

// changeable reports whether a record is one that can be changed without mending it: it is JSON without a field twice, says of
// its version what the server knows, and its telling field is of the usual type.
func (c *changing) changeable(record []byte, e entry) bool {
	if !gjson.ValidBytes(record) || !utf8.Valid(record) || record[0] != '{' {
		return false
	}
	names, twice := map[string]bool{}, false
	gjson.ParseBytes(record).ForEach(func(name, _ gjson.Result) bool {
		twice = twice || names[name.Str]
		names[name.Str] = true
		return true
	})
	var clock gjson.Result
	for _, key := range clockKeys[c.what()] {
		if clock = gjson.GetBytes(record, key); clock.Type == gjson.String {
			break
		}
	}
	if twice || !sameClock(clock.Str, e.updated) {
		return false
	}
	if c.zone != nil && gjson.GetBytes(record, "sequence_id").Raw != strconv.FormatInt(e.sequence, 10) {
		return false
	}
	switch _, was := c.telling(record); {
	case bytes.Equal(was, []byte("true")), bytes.Equal(was, []byte("false")):
		return true
	default:
		n, err := strconv.ParseInt(string(was), 10, 16)
		return err == nil && n > 0
	}
}

// sameClock reports whether a text is a moment, or its date alone.
func sameClock(text string, ms int64) bool {
	if len(text) == len(time.DateOnly) {
		return text == time.UnixMilli(ms).UTC().Format(time.DateOnly)
	}
	at, err := time.Parse(time.RFC3339, text)
	return err == nil && at.UnixMilli() == ms
}

// telling returns the telling field and its value.
func (c *changing) telling(record []byte) (name string, value []byte) {
	name = tellingKeys[c.what()]
	return name, []byte(gjson.GetBytes(record, name).Raw)
}

// other returns another value of the same type.
func other(value []byte) []byte {
	switch string(value) {
	case "true":
		return []byte("false")
	case "false":
		return []byte("true")
	}
	n, _ := strconv.ParseInt(string(value), 10, 64) // changeable looked at it
	if n == 1 {
		return []byte("2")
	}
	return strconv.AppendInt(nil, n-1, 10)
}

// retyped returns the same value in another type.
func retyped(form scenario.Form, value []byte) []byte {
	if form == scenario.Object {
		return append(append([]byte(`{"value":`), value...), '}')
	}
	return strconv.AppendQuote(nil, string(value))
}

// field is a field and its JSON.
type field struct{ name, json string }

func set(record []byte, fields ...field) (_ []byte, err error) {
	for _, f := range fields {
		if record, err = sjson.SetRawBytes(record, f.name, []byte(f.json)); err != nil {
			return nil, err
		}
	}
	return record, nil
}

// clocked writes a version's clock into a record, in all the fields that the platform has for it.
func (c *changing) clocked(record []byte, e entry) ([]byte, error) {
	at := time.UnixMilli(e.updated).UTC()
	if c.zone == nil {
		key, layout := clockKeys[c.what()][0], utcMillis
		if len(gjson.GetBytes(record, key).Str) == len(time.DateOnly) {
			layout = time.DateOnly
		}
		return set(record, field{key, strconv.Quote(at.Format(layout))})
	}
	return set(record, field{"sequence_id", strconv.FormatInt(e.sequence, 10)},
		field{"updated_at", strconv.Quote(at.In(c.zone).Format(opentable.LocalTime))},
		field{"updated_at_utc", strconv.Quote(at.Format(opentable.UTCTime))})
}

// renamed returns a record with another id in all the fields that the platform has for it.
func (c *changing) renamed(record []byte, old, id string, confirmation int64) ([]byte, error) {
	quoted := strconv.Quote(id)
	switch c.what() {
	case [2]string{reservation.TheFork, reservation.KindReservation}:
		return set(record, field{"reservationUuid", quoted})
	case [2]string{reservation.TheFork, reservation.KindCustomer}:
		if gjson.GetBytes(record, "customerUuid").Type != gjson.String {
			return record, nil // it does not say its id
		}
		return set(record, field{"customerUuid", quoted})
	}
	href := bytes.Replace([]byte(gjson.GetBytes(record, "href").Raw), []byte(old), []byte(id), 1)
	fields := []field{{"id", quoted}, {"href", string(href)}}
	if confirmation > 0 {
		fields = append(fields, field{"confirmation_id", strconv.FormatInt(confirmation, 10)})
	}
	return set(record, fields...)
}
