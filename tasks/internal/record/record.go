// Package record reads one platform record field by field and keeps every problem it meets, so that a refusal names all
// that is wrong and not the first thing. What the fields mean is the platform packages' business; this package knows JSON
// types, times, numbers and money, and the words for what is wrong with them.
//
// Start with Reader.Parse and Object. A Reader serves one goroutine; what it hands out lives until its Arena.Reset.
package record

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"

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
	parser   fastjson.Parser
	large    bool      // the record parsed last is
	marked   bool      // its texts may be no valid UTF-8
	objects  []*Object // reused, by nesting
	used     int
	zones    map[*time.Location]*zone
	scratch  []byte
}

// Parse reads a platform's record and returns nil where it is not a JSON object. It begins a new record: Problems and Notes are
// empty afterwards, unless it returns nil. Text that is no text, as half of a character, is for who reads its field: RFC 8259
// (section 8.2) lets it be, and no row needs most texts. What Parse returns lives until the next one.
func (r *Reader) Parse(text []byte) *fastjson.Value {
	r.Problems, r.Notes = r.Problems[:0], r.Notes[:0]
	r.used = 0
	if r.large { // the parser keeps the memory that an unusually large record took
		r.parser = fastjson.Parser{}
	}
	r.large = len(text) > MaxBytes/8
	if r.marked = !wholeText(text); r.marked {
		text = marked(text)
	}
	v, err := r.parser.ParseBytes(text)
	if err != nil || v.Type() != fastjson.TypeObject || hasNaN(text) {
		r.Refuse(reservation.ReasonNotJSON, "", "a JSON object")
		return nil
	}
	return v
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

// Layout is a list of the field names that an object is asked for.
type Layout struct {
	prefix string
	names  []string
	index  map[string]int
}

// NewLayout makes a layout. prefix is the path of the object in the record, "" or such as "pos_data".
func NewLayout(prefix string, names ...string) *Layout {
	if prefix != "" {
		prefix += "."
	}
	l := &Layout{prefix: prefix, index: map[string]int{}}
	for _, n := range names {
		l.index[n] = len(l.names)
		l.names = append(l.names, n)
	}
	if len(l.index) != len(names) || len(names) > 64 {
		panic("record: a layout names a field twice, or more than 64")
	}
	return l
}

// Object is a JSON object read through a layout.
type Object struct {
	r      *Reader
	layout *Layout
	slots  []*fastjson.Value
	twice  uint64 // the fields that are given more than once, by their place in the layout
}

// Object reads v, which must be a JSON object, through a layout. Fields outside the layout are passed over: platforms add
// some at any time. A field of the layout given twice is as good as none, because readers disagree on which one counts.
func (r *Reader) Object(v *fastjson.Value, l *Layout) *Object {
	if r.used == len(r.objects) {
		r.objects = append(r.objects, &Object{r: r})
	}
	o := r.objects[r.used]
	r.used++
	o.layout, o.twice = l, 0
	if cap(o.slots) < len(l.names) {
		o.slots = make([]*fastjson.Value, len(l.names))
	}
	o.slots = o.slots[:len(l.names)]
	clear(o.slots)
	v.GetObject().Visit(func(key []byte, v *fastjson.Value) {
		i, ok := l.index[string(key)]
		if !ok {
			return
		}
		if o.slots[i] != nil {
			o.twice |= 1 << i
		}
		o.slots[i] = v
	})
	return o
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

// value returns a field, nil where it is absent, null or given twice.
func (o *Object) value(field string) (v *fastjson.Value, twice bool) {
	i, ok := o.layout.index[field]
	if !ok {
		panic("record: no field " + field + " in the layout")
	}
	if o.twice>>i&1 == 1 {
		return nil, true
	}
	v = o.slots[i]
	if v == nil || v.Type() == fastjson.TypeNull {
		return nil, false
	}
	return v, false
}

// Null reports whether a field is absent or null.
func (o *Object) Null(field string) bool {
	v, twice := o.value(field)
	return v == nil && !twice
}

// get returns a field, nil where it is absent, null or given twice, which is refused or noted.
func (o *Object) get(field string, n need) *fastjson.Value {
	v, twice := o.value(field)
	switch {
	case twice:
		givenTwice.fail(o, field, n)
	case v == nil:
		o.absent(n, field)
	}
	return v
}

// Sub reads a field that is an object; nil where it is absent, null or noted.
func (o *Object) Sub(field string, l *Layout) *Object {
	v := o.get(field, optional)
	if v == nil {
		return nil
	}
	if v.Type() != fastjson.TypeObject {
		o.Note(reservation.ReasonType, field, "an object")
		return nil
	}
	return o.r.Object(v, l)
}

// look returns a string, nil where it is absent or null, and says what is wrong with it.
func (o *Object) look(field string) ([]byte, *wrong) {
	v, twice := o.value(field)
	switch {
	case twice:
		return nil, givenTwice
	case v == nil:
		return nil, nil
	case v.Type() != fastjson.TypeString:
		return nil, noString
	}
	b := v.GetStringBytes()
	if !o.r.Whole(b) {
		return nil, brokenText
	}
	return b, nil
}

func (o *Object) text(field string, n need) (text []byte, ok bool) {
	b, w := o.look(field)
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
	if v, _ := o.value(field); v != nil && v.Type() == fastjson.TypeNumber {
		if n, whole, fits := parseInt(o.r.number(v)); whole && fits {
			o.r.scratch = strconv.AppendInt(o.r.scratch[:0], n, 10)
		}
		return o.r.scratch
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
	v := o.get(field, n)
	if v == nil {
		return nil
	}
	switch v.Type() {
	case fastjson.TypeTrue:
		return &yes
	case fastjson.TypeFalse:
		return &no
	}
	o.fail(n, reservation.ReasonType, field, "true or false")
	return nil
}

// Shared by all rows; nobody writes through a row's pointers.
var yes, no = true, false
