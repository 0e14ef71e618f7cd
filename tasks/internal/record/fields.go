package record

import "bytes"

// fields are those of a record in their order, those of an object in it right behind its own field. It is used again for record
// after record, whose fields mostly come in the same order: so it knows which name came after which, and looks there first.
type fields struct {
	text    []byte
	list    []field
	escaped bool // the text has escapes somewhere

	names []name // by their numbers; the first is that of the record, which has none
	known map[path]int32
}

// field is a field of an object: where its name and its value are in the text.
type field struct {
	id       int32 // the number of its name; -1 where that is not kept
	key      int32 // the opening quote of its name
	from, to int32
	within   int32 // how many fields follow that are in its value
	typ      Type
}

// path is a name in an object.
type path struct {
	within int32 // the number of the object's own name
	name   string
}

// name is a name that was met.
type name struct {
	token  string // with its quotes and the colon, as it stands in a text without white space
	next   int32  // the name that came after it in its object the last time
	within int32  // the name that came first in its value the last time
}

// Names beyond these are read as they come: a record may have any number of them.
const (
	maxNames   = 512
	maxNameLen = 64
)

// read reads the record that begins at a place, and returns the place behind it; -1 where there is none.
func (f *fields) read(text []byte, at int) (end int) {
	if f.names == nil {
		f.names, f.known = append(f.names, name{}), map[path]int32{}
	}
	f.text, f.list = text, f.list[:0]
	if at >= len(text) || text[at] != '{' {
		return -1
	}
	return f.object(at, 0, 0)
}

// object reads the object that begins at a place, as the value of a name, and returns the place behind it; -1 where it is none.
// depth is how many values it is in.
func (f *fields) object(at, depth int, of int32) int {
	text := f.text
	if at = skipSpace(text, at+1); at < len(text) && text[at] == '}' {
		return at + 1
	}
	deep := depth+1 >= maxDepth
	before := int32(-1)
	for {
		key := skipSpace(text, at)
		id, colon := f.key(key, of, before)
		if colon < 0 {
			return -1
		}
		if id >= 0 {
			before = id
		}
		from := skipSpace(text, colon)
		var end int
		switch n := len(f.list); {
		case from < len(text) && text[from] == '"' && !deep:
			end = skipString(text, from)
			f.list = append(f.list, field{id, int32(key), int32(from), int32(end), 0, TypeString})
		case from < len(text) && text[from] == '{' && !deep:
			f.list = append(f.list, field{id, int32(key), int32(from), 0, 0, TypeObject})
			end = f.object(from, depth+1, id)
			f.list[n].to, f.list[n].within = int32(end), int32(len(f.list)-n-1)
		default:
			var typ Type
			end, typ = skipValue(text, from, depth+1)
			f.list = append(f.list, field{id, int32(key), int32(from), int32(end), 0, typ})
		}
		if end < 0 {
			return -1
		}
		if at = skipSpace(text, end); at >= len(text) || text[at] != ',' && text[at] != '}' {
			return -1
		}
		if at++; text[at-1] == '}' {
			return at
		}
	}
}

// key reads a name at a place, in the value of a name and behind another one (-1: it is the first). It returns the name's number
// and the place behind its colon; -1 where there is none.
func (f *fields) key(at int, of, before int32) (id int32, end int) {
	guess := int32(0)
	switch {
	case of < 0:
	case before < 0:
		guess = f.names[of].within
	default:
		guess = f.names[before].next
	}
	if token := f.names[guess].token; guess > 0 && len(f.text)-at >= len(token) && string(f.text[at:at+len(token)]) == token {
		return guess, at + len(token)
	}
	if end = skipKey(f.text, at); end < 0 || of < 0 {
		return -1, end
	}
	if id = f.id(of, f.written(at)); id < 0 {
		return -1, end
	}
	if before < 0 {
		f.names[of].within = id
	} else {
		f.names[before].next = id
	}
	return id, end
}

// written returns the name whose opening quote is at a place, as it is written.
func (f *fields) written(at int) []byte {
	return f.text[at+1 : skipString(f.text, at)-1]
}

// id returns the number of a name as it is written, in the value of another; -1 where it is not kept.
func (f *fields) id(of int32, written []byte) int32 {
	if id, ok := f.known[path{of, string(written)}]; ok {
		return id
	}
	if len(f.names) >= maxNames || len(written) > maxNameLen || bytes.IndexByte(written, '\\') >= 0 {
		return -1
	}
	id := int32(len(f.names))
	f.names = append(f.names, name{token: `"` + string(written) + `":`})
	f.known[path{of, string(written)}] = id
	return id
}

// name returns the name of the i-th field.
func (f *fields) name(i int) []byte {
	x := &f.list[i]
	if x.id >= 0 { // it has no escapes
		from := int(x.key) + 1
		return f.text[from : from+len(f.names[x.id].bare())]
	}
	key := f.written(int(x.key))
	if f.escaped {
		return unescaped(key)
	}
	return key
}

// bare returns a name without its quotes.
func (n *name) bare() string { return n.token[1 : len(n.token)-2] }

// value returns the value of the i-th field.
func (f *fields) value(i int) Value {
	x := &f.list[i]
	v := Value{raw: f.raw(x), typ: x.typ, escaped: f.escaped}
	if x.typ == TypeObject {
		v.fields, v.first, v.last = f, i+1, i+1+int(x.within)
	}
	return v
}

// raw returns the i-th field's value as it stands in the text; of a string what is between the quotes.
func (f *fields) raw(x *field) []byte {
	if x.typ == TypeString {
		return f.text[x.from+1 : x.to-1 : x.to-1]
	}
	return f.text[x.from:x.to:x.to]
}

// string returns the text of a field that is a string.
func (f *fields) string(x *field) []byte {
	if f.escaped {
		return unescaped(f.raw(x))
	}
	return f.raw(x)
}
