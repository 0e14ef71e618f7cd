package record

import (
	"bytes"
	"iter"
	"strconv"
	"unicode/utf8"
)

// Type is what JSON knows of a value.
type Type uint8

// The types; 0 is that of a value that is not there.
const (
	TypeNull Type = iota + 1
	TypeFalse
	TypeTrue
	TypeNumber
	TypeString
	TypeArray
	TypeObject
)

// Value is a value of a record: its part of the record's text, of which it is a view. The value of a field that is not there is
// empty, and has no type.
type Value struct {
	raw     []byte // of a string without its quotes
	typ     Type
	escaped bool    // the record has escapes somewhere
	fields  *fields // of an object that is read already: its own are those from first on, before last
	first   int
	last    int
}

// Type returns what the value is; 0 where it is not there.
func (v Value) Type() Type { return v.typ }

// Text returns the text of a string; nil of anything else.
func (v Value) Text() []byte {
	if v.typ != TypeString {
		return nil
	}
	if v.escaped {
		return unescaped(v.raw)
	}
	return v.raw
}

// Fields returns the fields of an object in their order, also those given twice; none of anything else.
func (v Value) Fields() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		switch {
		case v.typ != TypeObject:
		case v.fields != nil:
			for i := v.first; i < v.last; i += 1 + int(v.fields.list[i].within) {
				if !yield(v.fields.name(i), v.fields.value(i)) {
					return
				}
			}
		default:
			v.eachField(yield)
		}
	}
}

// eachField reads an object in an array of the record, which is in order, field by field.
func (v Value) eachField(yield func([]byte, Value) bool) {
	for at := skipSpace(v.raw, 1); v.raw[at] == '"'; {
		keyEnd := skipString(v.raw, at)
		key := valueAt(v.raw, at, keyEnd, TypeString, v.escaped).Text()
		from := skipSpace(v.raw, skipSpace(v.raw, keyEnd)+1)
		end, typ := skipValue(v.raw, from, 0)
		if !yield(key, valueAt(v.raw, from, end, typ, v.escaped)) {
			return
		}
		if at = skipSpace(v.raw, end); v.raw[at] == ',' {
			at = skipSpace(v.raw, at+1)
		}
	}
}

// All returns the fields of an object that have the name; it is mostly given once.
func (v Value) All(name string) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.fields == nil {
			for key, field := range v.Fields() {
				if string(key) == name && !yield(field) {
					return
				}
			}
			return
		}
		f := v.fields
		for i := v.first; i < v.last; i += 1 + int(f.list[i].within) {
			id := f.list[i].id
			if (id >= 0 && f.names[id].bare() == name || id < 0 && string(f.name(i)) == name) && !yield(f.value(i)) {
				return
			}
		}
	}
}

// Field returns the first field of an object that has the name.
func (v Value) Field(name string) Value {
	for field := range v.All(name) {
		return field
	}
	return Value{}
}

// Items returns the values of an array; none of anything else.
func (v Value) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.typ != TypeArray {
			return
		}
		for at := skipSpace(v.raw, 1); v.raw[at] != ']'; {
			end, typ := skipValue(v.raw, at, 0)
			if !yield(valueAt(v.raw, at, end, typ, v.escaped)) {
				return
			}
			if at = skipSpace(v.raw, end); v.raw[at] == ',' {
				at = skipSpace(v.raw, at+1)
			}
		}
	}
}

// Empty reports whether an array or an object has nothing in it.
func (v Value) Empty() bool {
	at := skipSpace(v.raw, min(1, len(v.raw)))
	return at < len(v.raw) && (v.typ == TypeArray && v.raw[at] == ']' || v.typ == TypeObject && v.raw[at] == '}')
}

// valueAt returns the value that stands at text[from:to].
func valueAt(text []byte, from, to int, typ Type, escaped bool) Value {
	if typ == TypeString {
		from, to = from+1, to-1
	}
	return Value{raw: text[from:to:to], typ: typ, escaped: escaped}
}

// unescaped returns the text that a string's escapes stand for. Parse has marked those that stand for nothing: none is left.
func unescaped(raw []byte) []byte {
	at := bytes.IndexByte(raw, '\\')
	if at < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for at >= 0 {
		out = append(out, raw[:at]...)
		n := escape(raw[at+1:])
		out = appendEscaped(out, raw[at+1:at+1+n])
		raw = raw[at+1+n:]
		at = bytes.IndexByte(raw, '\\')
	}
	return append(out, raw...)
}

// appendEscaped appends what an escape stands for; text is what follows its backslash, and stands for something.
func appendEscaped(out, text []byte) []byte {
	if len(text) == 0 {
		return append(out, '\\')
	}
	switch text[0] {
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		unit, _ := codeUnit(text)
		r := rune(unit)
		if len(text) > 5 {
			low, _ := codeUnit(text[6:])
			r = 0x10000 + (r-0xD800)<<10 + rune(low) - 0xDC00
		}
		return utf8.AppendRune(out, r)
	}
	return append(out, text[0])
}

// String returns the value's text as it stands in the record, for messages of tests.
func (v Value) String() string {
	if v.typ == TypeString {
		return strconv.Quote(string(v.Text()))
	}
	return string(v.raw)
}
