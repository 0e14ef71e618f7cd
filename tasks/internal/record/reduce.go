package record

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Reduction says what is left of a platform's record of one kind when its guest is erased on demand.
type Reduction struct {
	Guest string   // the field with the guest's id
	Kept  []string // the fields that are kept: what a row needs, and nothing of whose it is but, in a guest's record, the id
}

// GuestOf returns the guest's id in a record, as rows have it; "" where it cannot be read.
func (r Reduction) GuestOf(rec []byte) (id string) {
	_ = eachField(rec, func(name string, value jsontext.Value) error {
		if name == r.Guest && value.Kind() == '"' {
			if text, err := jsontext.AppendUnquote(nil, value); err == nil {
				id = Canonical(string(text))
			}
		}
		return nil
	})
	return id
}

// Reduce returns a record without the fields that are not kept; null where it is no JSON object. Reduced again it stays the same.
func (r Reduction) Reduce(rec []byte) []byte {
	out := []byte{'{'}
	err := eachField(rec, func(name string, value jsontext.Value) error {
		if !slices.Contains(r.Kept, name) {
			return nil
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), `":`...) // names that are kept need no escapes
		out = append(out, value...)
		return nil
	})
	if err != nil {
		return []byte("null")
	}
	return append(out, '}')
}

var errNoObject = errors.New("no JSON object")

// eachField hands over the fields of an object, and fails where the text is none.
func eachField(rec []byte, use func(name string, value jsontext.Value) error) error {
	d := jsontext.NewDecoder(bytes.NewReader(rec), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return errNoObject
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		field := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := use(field, value); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errNoObject
	}
	return nil
}
