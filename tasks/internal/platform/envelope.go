package platform

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Envelope is a list's answer, taken apart but not copied.
type Envelope struct {
	Items  [][]byte            // the list's elements as they were sent, in the body's memory
	Fields map[string][]byte   // the wanted fields that are there, as they were sent
	seen   map[string]struct{} // names met so far
}

// Decode takes apart a body that is one JSON object with the array list in it, and returns the wanted fields, whatever their
// order. It fails with a Broken error, and so before anything is handed on, where the body is not one JSON value to its end,
// the list is missing, or a field that matters is there twice: a page without its list is not an empty page. What is
// inside an item is not looked at beyond its syntax. e is used again for the next page.
func (e *Envelope) Decode(body []byte, list string, wanted ...string) error {
	e.Items = e.Items[:0]
	e.Fields, e.seen = map[string][]byte{}, map[string]struct{}{}
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() != '{' {
		return Broken("the answer is not a JSON object")
	}
	err := members(d, func(raw []byte) error {
		name := string(raw)
		if name != list && !slices.Contains(wanted, name) {
			return d.SkipValue()
		}
		if _, again := e.seen[name]; again {
			return Broken("the answer has the field " + name + " twice")
		}
		e.seen[name] = struct{}{}
		if name == list {
			return e.items(d, body, list)
		}
		value, err := d.ReadValue()
		e.Fields[name] = value
		return err
	})
	if err == nil {
		err = atEnd(d)
	}
	if err != nil {
		return asBroken(err)
	}
	if _, ok := e.seen[list]; !ok {
		return Broken("the answer has no field " + list)
	}
	return nil
}

func (e *Envelope) items(d *jsontext.Decoder, body []byte, list string) error {
	if d.PeekKind() != '[' {
		return Broken("the answer's field " + list + " is not an array")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		end := int(d.InputOffset())
		e.Items = append(e.Items, body[end-len(value):end:end])
	}
	_, err := d.ReadToken()
	return err
}

// Object checks that a body is one JSON object to its end and hands on its members as they come, in the body's memory. It fails
// with a Broken error.
func Object(body []byte, each func(name, value []byte)) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() != '{' {
		return Broken("the answer is not a JSON object")
	}
	err := members(d, func(name []byte) error {
		value, err := d.ReadValue()
		if err == nil {
			end := int(d.InputOffset())
			each(name, body[end-len(value):end:end])
		}
		return err
	})
	if err == nil {
		err = atEnd(d)
	}
	return asBroken(err)
}

// members walks an object; each reads or skips the value of the member called name.
func members(d *jsontext.Decoder, each func(name []byte) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		quoted, err := d.ReadValue()
		if err != nil {
			return err
		}
		name := quoted[1 : len(quoted)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			// Its syntax was looked at; invalid UTF-8 only makes it a name nobody wants.
			name, _ = jsontext.AppendUnquote(nil, quoted)
		}
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// atEnd fails when something follows the value.
func atEnd(d *jsontext.Decoder) error {
	if len(bytes.TrimLeft(d.UnreadBuffer(), " \t\r\n")) > 0 {
		return Broken("the answer goes on behind its JSON")
	}
	return nil
}

// asBroken hides the decoder's text, which can quote the body.
func asBroken(err error) error {
	if err == nil {
		return nil
	}
	if broken := (*brokenError)(nil); errors.As(err, &broken) {
		return broken
	}
	return &brokenError{why: "the answer is not whole JSON", err: err}
}
