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
	null   bool                // the list is null
	excuse bool                // there is a field that an error has
	faulty bool                // the answer before was whole in its structure alone
}

// Decode takes apart a body that is one JSON object with the array list in it, and returns the wanted fields, whatever their
// order. It fails with a Broken error, and so before anything is handed on, where the body is not one JSON value to its end,
// the list is missing, or a field that matters is there twice: a page without its list is not an empty page, but one whose list
// is null is. What is inside an item is not looked at beyond its syntax. e is used again for the next page.
//
// Where the syntax alone is wrong, the first answer is Broken, since another may be whole. If the next one is no better, items
// are cut by their structure and handed on as they were sent. Only where that breaks too is the answer refused, with the place.
func (e *Envelope) Decode(body []byte, list string, wanted ...string) error {
	e.begin()
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() != '{' {
		return Broken("the answer is not a JSON object")
	}
	err := members(d, func(raw []byte) error {
		name := string(raw)
		use, err := e.meets(name, list, wanted)
		switch {
		case err != nil:
			return err
		case !use:
			return d.SkipValue()
		case name == list:
			return e.items(d, body, list)
		}
		value, err := d.ReadValue()
		e.Fields[name] = value
		return err
	})
	if err == nil {
		err = atEnd(d)
	}
	if err != nil && !isBroken(err) {
		err = e.cut(body, list, wanted)
	} else {
		e.faulty = false
	}
	if err != nil {
		return err
	}
	if _, ok := e.seen[list]; !ok {
		return Broken("the answer has no field " + list)
	}
	if e.null && e.excuse {
		return Broken("the answer's field " + list + " is null beside an error")
	}
	return nil
}

// Null reports whether the list of the last answer is null, and not empty.
func (e *Envelope) Null() bool { return e.null }

func (e *Envelope) begin() {
	e.Items = e.Items[:0]
	e.Fields, e.seen = map[string][]byte{}, map[string]struct{}{}
	e.null, e.excuse = false, false
}

// meets notes a member and reports whether it is wanted.
func (e *Envelope) meets(name, list string, wanted []string) (bool, error) {
	switch name {
	case "error", "errors", "message", "status", "statusCode":
		e.excuse = true
	}
	if name != list && !slices.Contains(wanted, name) {
		return false, nil
	}
	if _, again := e.seen[name]; again {
		return false, Broken("the answer has the field " + name + " twice")
	}
	e.seen[name] = struct{}{}
	return true, nil
}

// cut does Decode's work by structure.
func (e *Envelope) cut(body []byte, list string, wanted []string) error {
	e.begin()
	c := &cutter{b: body}
	err := c.object(func(raw []byte) error {
		name := string(raw)
		use, err := e.meets(name, list, wanted)
		if err != nil {
			return err
		}
		if use && name == list {
			if c.null() {
				e.null = true
				return nil
			}
			return c.array(list, func(item []byte) { e.Items = append(e.Items, item) })
		}
		value, err := c.value()
		if use {
			e.Fields[name] = value
		}
		return err
	})
	if err == nil && !e.faulty {
		e.faulty = true
		return Broken("the answer is not whole JSON: something in it is none, though its structure is whole")
	}
	return err
}

func (e *Envelope) items(d *jsontext.Decoder, body []byte, list string) error {
	if d.PeekKind() == 'n' {
		e.null = true
		return d.SkipValue()
	}
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
// with a Broken error. Where the syntax alone is wrong it does so once, as faulty then says; the next answer is cut by its
// structure, and members may be handed on again.
func Object(body []byte, faulty *bool, each func(name, value []byte)) error {
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
	if err == nil || isBroken(err) {
		return err
	}
	c := &cutter{b: body}
	err = c.object(func(name []byte) error {
		value, err := c.value()
		if err == nil {
			each(name, value)
		}
		return err
	})
	if err == nil && !*faulty {
		*faulty = true
		return Broken("the answer is not whole JSON: something in it is none, though its structure is whole")
	}
	return err
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

func isBroken(err error) bool {
	var broken *brokenError
	return errors.As(err, &broken)
}
