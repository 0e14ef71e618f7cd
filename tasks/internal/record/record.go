// Package record reads one platform record field by field and keeps every problem it meets, so that a refusal names all
// that is wrong and not the first thing. What the fields mean is the platform packages' business; this package knows JSON
// types, times, numbers and money, and the words for what is wrong with them.
//
// Start with Reader.Parse and Object. A Reader serves one goroutine; what it hands out lives until its Arena.Reset.
package record

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"covers/tasks/internal/reservation"
)

// MaxText is the longest identifier or word accepted, in bytes. The platforms' own are below 100.
const MaxText = 255

// Problem is one reason to refuse a record or to leave a field of it out. It never holds a value.
type Problem struct {
	Reason string // one of reservation.Reason…
	Field  string // path in the platform's record; empty for the whole record
	Rule   string // what the field should have been
}

// Reader parses records and collects their problems.
type Reader struct {
	Problems []Problem // of the record parsed last: each refuses it
	Notes    []Problem // of the record parsed last: fields left out or rounded, without which it is accepted
	Asked    string    // the id that the record was asked for by; empty where it came in a list. Parse leaves it
	Arena    Arena
	fields   fields    // of the record parsed last
	record   Value     // it
	large    bool      // it is
	marked   bool      // its texts may be no valid UTF-8
	objects  []*Object // reused, by their layout
	zones    map[*time.Location]*zone
	near     *zone // the one asked for last
	scratch  []byte
}

// Parse reads a platform's record and returns nil where it is not a JSON object. It begins a new record: Problems and Notes are
// empty afterwards, unless it returns nil. Text that is no text, as half of a character, is for who reads its field: RFC 8259
// (section 8.2) lets it be, and no row needs most texts. The fields are found in one pass over the text, in which what Parse
// returns points: it lives until the text changes, or until the next Parse.
func (r *Reader) Parse(text []byte) *Value {
	r.Problems, r.Notes = r.Problems[:0], r.Notes[:0]
	if r.large { // an unusually large record's fields took memory
		r.fields.list = nil
	}
	r.large = len(text) > MaxBytes/8
	r.fields.escaped = bytes.IndexByte(text, '\\') >= 0
	if r.marked = !utf8.Valid(text) || r.fields.escaped && BrokenEscape(text); r.marked {
		text = marked(text)
	}
	from := skipSpace(text, 0)
	end := r.fields.read(text, from)
	if end < 0 || skipSpace(text, end) < len(text) || hasNaN(text) {
		r.Refuse(reservation.ReasonNotJSON, "", "a JSON object")
		return nil
	}
	r.record = Value{
		raw: text[from:end], typ: TypeObject, escaped: r.fields.escaped, fields: &r.fields, last: len(r.fields.list),
	}
	return &r.record
}

// RefuseWhole refuses a record as a whole for one reason, whatever was found in it.
func (r *Reader) RefuseWhole(reason, rule string) {
	r.Problems, r.Notes = append(r.Problems[:0], Problem{Reason: reason, Rule: rule}), r.Notes[:0]
}

// Refuse adds a problem. One field is refused for one reason once.
func (r *Reader) Refuse(reason, field, rule string) {
	for _, p := range r.Problems {
		if p.Reason == reason && p.Field == field {
			return
		}
	}
	r.Problems = append(r.Problems, Problem{reason, field, rule})
}

// Note adds a note. One field is noted for one reason once.
func (r *Reader) Note(reason, field, rule string) {
	for _, p := range r.Notes {
		if p.Reason == reason && p.Field == field {
			return
		}
	}
	r.Notes = append(r.Notes, Problem{reason, field, rule})
}

// need says what becomes of a record where a field cannot be read, or is missing.
type need int

const (
	optional need = iota // the field is noted; it may be missing
	expected             // the field is noted, also where it is missing
	required             // the record is refused
)

// Refuse adds a problem of one of the object's fields.
func (o *Object) Refuse(reason, field, rule string) {
	o.r.Refuse(reason, o.layout.prefix+field, rule)
}

// Note notes one of the object's fields, whose value is left out.
func (o *Object) Note(reason, field, rule string) {
	o.r.Note(reason, o.layout.prefix+field, rule)
}

func (o *Object) fail(n need, reason, field, rule string) {
	if n == required {
		o.Refuse(reason, field, rule)
		return
	}
	o.Note(reason, field, rule)
}

// absent says of a field that it is missing, where that matters.
func (o *Object) absent(n need, field string) {
	if n != optional {
		o.fail(n, reservation.ReasonMissing, field, "required")
	}
}

// wrong is what is wrong with a field that is neither refused nor noted yet; nil where nothing is.
type wrong struct{ reason, rule string }

var (
	givenTwice = &wrong{reservation.ReasonDuplicate, "given once"}
	noString   = &wrong{reservation.ReasonType, "a string"}
	brokenText = &wrong{reservation.ReasonEncoding, "valid UTF-8 and whole escapes"}
)

func (w *wrong) fail(o *Object, field string, n need) {
	if w != nil {
		o.fail(n, w.reason, field, w.rule)
	}
}

// Null reports whether a field is absent or null.
func (o *Object) Null(field string) bool {
	x, twice := o.at(o.place(field))
	return x == nil && !twice
}

// get returns a field, nil where it is absent, null or given twice, which is refused or noted.
func (o *Object) get(field string, n need) *field {
	x, twice := o.at(o.place(field))
	switch {
	case twice:
		givenTwice.fail(o, field, n)
	case x == nil:
		o.absent(n, field)
	}
	return x
}

// Sub reads a field that is an object; nil where it is absent, null or noted.
func (o *Object) Sub(field string, l *Layout) *Object {
	x := o.get(field, optional)
	switch {
	case x == nil:
		return nil
	case x.typ != TypeObject:
		o.Note(reservation.ReasonType, field, "an object")
		return nil
	}
	first := int(o.slots[o.place(field)])
	return o.r.object(first, first+int(x.within), l)
}

// look returns a string, nil where it is absent or null, and says what is wrong with it.
func (o *Object) look(place int) ([]byte, *wrong) {
	x, twice := o.at(place)
	switch {
	case twice:
		return nil, givenTwice
	case x == nil:
		return nil, nil
	case x.typ != TypeString:
		return nil, noString
	}
	b := o.r.fields.string(x)
	if !o.r.Whole(b) {
		return nil, brokenText
	}
	return b, nil
}

func (o *Object) text(field string, n need) (text []byte, ok bool) {
	b, w := o.look(o.place(field))
	switch {
	case w != nil:
		w.fail(o, field, n)
	case b == nil:
		o.absent(n, field)
	}
	return b, b != nil
}

// Whole reports whether a text of the record parsed last is one: of what Parse returns, others are not to be used.
func (r *Reader) Whole(b []byte) bool { return !r.marked || utf8.Valid(b) }

// Text reads a string; ok is false where it is absent, null or noted. The bytes live until the next Parse.
func (o *Object) Text(field string) (text []byte, ok bool) { return o.text(field, optional) }

// String reads a string as Text does; it is empty where Text gives none. It too lives until the next Parse.
func (o *Object) String(field string) string {
	b, _ := o.Text(field)
	return view(b)
}

// ExpectedText reads a string, and notes it where it is missing.
func (o *Object) ExpectedText(field string) (text []byte, ok bool) { return o.text(field, expected) }

// RequiredText reads a string that must be there.
func (o *Object) RequiredText(field string) (text []byte, ok bool) { return o.text(field, required) }

func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return true
		}
	}
	return false
}

// Refused reports whether a field of the object has a problem.
func (o *Object) Refused(field string) bool {
	for _, p := range o.r.Problems {
		if p.Field == o.layout.prefix+field {
			return true
		}
	}
	return false
}

// Scalar reads a string or a number as text, for identifiers whose JSON type is not documented; nil where it is absent, null
// or noted.
func (o *Object) Scalar(field string) []byte {
	if x, _ := o.at(o.place(field)); x != nil && x.typ == TypeNumber {
		if n, whole, fits := parseInt(o.r.fields.raw(x)); whole && fits {
			o.r.scratch = strconv.AppendInt(o.r.scratch[:0], n, 10)
			return o.r.scratch
		}
		return o.r.fields.raw(x)
	}
	b, _ := o.Text(field)
	return b
}

// ID reads an identifier, 1 to MaxText bytes, as Canonical writes it; nil where it is absent, null or noted.
func (o *Object) ID(field string) *string { return o.id(field, optional) }

// RequiredID reads an identifier that must be there.
func (o *Object) RequiredID(field string) string {
	if p := o.id(field, required); p != nil {
		return *p
	}
	return ""
}

func (o *Object) id(field string, n need) *string {
	b, ok := o.text(field, n)
	if !ok {
		return nil
	}
	if !isID(b) {
		o.fail(n, reservation.ReasonRange, field, fmt.Sprintf("1 to %d bytes without control characters", MaxText))
		return nil
	}
	return o.r.Arena.Text(canonical(b))
}

func isID(b []byte) bool { return len(b) > 0 && len(b) <= MaxText && !hasControl(b) }

// IsID reports whether a text that is no field of a record can be an identifier that ID accepts from one.
func IsID(s string) bool { return utf8.ValidString(s) && isID([]byte(s)) }

// Bool reads true or false; nil where it is absent, null or noted.
func (o *Object) Bool(field string) *bool { return o.flag(field, optional) }

// ExpectedBool reads true or false, and notes it where it is missing.
func (o *Object) ExpectedBool(field string) *bool { return o.flag(field, expected) }

func (o *Object) flag(field string, n need) *bool {
	x := o.get(field, n)
	switch {
	case x == nil:
		return nil
	case x.typ == TypeTrue:
		return &yes
	case x.typ == TypeFalse:
		return &no
	}
	o.fail(n, reservation.ReasonType, field, "true or false")
	return nil
}

// Shared by all rows; nobody writes through a row's pointers.
var yes, no = true, false
