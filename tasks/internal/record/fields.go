package record

import "bytes"

// fields are those of one object of a record, in their order. It is used again for record after record, whose fields mostly come
// in the same order: so it knows which name came after which, and looks there first.
type fields struct {
	text    []byte // that the object is in
	list    []field
	escaped bool // the text has escapes somewhere

	names []name
	known map[string]int32 // places in names
}

// field is a field of an object: where its name (without quotes) and its value are in the text.
type field struct {
	id             int32 // of its name, in names; -1 where that is not kept
	keyFrom, keyTo int32
	from, to       int32
	typ            Type
}

// name is a name that was met.
type name struct {
	token string // with its quotes and the colon, as it stands in a text without white space
	next  int32  // the name that came after it the last time
}

// Names beyond these are read as they come: an object may have any number of them.
const (
	maxNames   = 256
	maxNameLen = 64
)

// first is the name before the first one.
const first = 0

// read reads the object that begins at a place, and returns the place behind it; -1 where there is none. depth is how many values
// the object is in.
func (f *fields) read(text []byte, at, depth int) (end int) {
	f.text, f.list = text, f.list[:0]
	if at >= len(text) || text[at] != '{' {
		return -1
	}
	if at = skipSpace(text, at+1); at < len(text) && text[at] == '}' {
		return at + 1
	}
	before := int32(first)
	for {
		x := field{}
		if at = f.key(skipSpace(text, at), before, &x); at < 0 {
			return -1
		}
		before = max(x.id, first)
		from := skipSpace(text, at)
		end, typ := skipValue(text, from, depth+1)
		if end < 0 {
			return -1
		}
		x.from, x.to, x.typ = int32(from), int32(end), typ
		f.list = append(f.list, x)
		at = skipSpace(text, end)
		if at >= len(text) || text[at] != ',' && text[at] != '}' {
			return -1
		}
		if at++; text[at-1] == '}' {
			return at
		}
	}
}

// key reads a name at a place, behind another one, and returns the place behind its colon; -1 where there is none.
func (f *fields) key(at int, before int32, x *field) int {
	if f.names == nil {
		f.names, f.known = append(f.names, name{}), map[string]int32{}
	}
	next := f.names[before].next
	if token := f.names[next].token; token != "" && len(f.text)-at >= len(token) && string(f.text[at:at+len(token)]) == token {
		x.id, x.keyFrom, x.keyTo = next, int32(at+1), int32(at+len(token)-2)
		return at + len(token)
	}
	end := skipKey(f.text, at)
	if end < 0 {
		return -1
	}
	to := at + bytes.LastIndexByte(f.text[at:end], '"')
	x.keyFrom, x.keyTo = int32(at+1), int32(to)
	x.id = f.id(f.text[at+1 : to])
	if x.id >= 0 {
		f.names[before].next = x.id
	}
	return end
}

// id returns the number of a name as it is written; -1 where it is not kept.
func (f *fields) id(written []byte) int32 {
	if id, ok := f.known[string(written)]; ok {
		return id
	}
	if len(f.names) > maxNames || len(written) > maxNameLen || bytes.IndexByte(written, '\\') >= 0 {
		return -1
	}
	id := int32(len(f.names))
	f.names = append(f.names, name{token: `"` + string(written) + `":`})
	f.known[string(written)] = id
	return id
}

// name returns the name of the i-th field.
func (f *fields) name(i int) []byte {
	x := &f.list[i]
	key := f.text[x.keyFrom:x.keyTo:x.keyTo]
	if f.escaped {
		return unescaped(key)
	}
	return key
}

// value returns the value of the i-th field.
func (f *fields) value(i int) Value {
	x := &f.list[i]
	return valueAt(f.text, int(x.from), int(x.to), x.typ, f.escaped)
}
