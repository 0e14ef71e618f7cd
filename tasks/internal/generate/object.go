package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// object is a JSON object taken apart, to be spoilt member by member. What is put in need not be JSON.
type object []member

type member struct {
	key   string
	value []byte
}

// takeApart reads an object that encoding/json wrote.
func takeApart(text []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("take a record apart: not an object (%w)", err)
	}
	var o object
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("take a record apart: %w", err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("take a record apart: %w", err)
		}
		o = append(o, member{key.(string), value})
	}
	return o, nil
}

// append writes the object.
func (o object) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, m.key...)
		dst = append(dst, '"', ':')
		dst = append(dst, m.value...)
	}
	return append(dst, '}')
}

func (o object) get(key string) []byte {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// text returns a member that is a string, or "" where it is none.
func (o object) text(key string) string {
	var s string
	_ = json.Unmarshal(o.get(key), &s)
	return s
}

// isNull reports whether a member is absent or null.
func (o object) isNull(key string) bool {
	v := o.get(key)
	return v == nil || string(v) == "null"
}

// set replaces a member, or one of an object in it: "pos_data.pos_tip".
func (o object) set(path, value string) {
	key, rest, nested := strings.Cut(path, ".")
	for i := range o {
		if o[i].key != key {
			continue
		}
		if nested {
			inner, err := takeApart(o[i].value)
			if err != nil {
				return
			}
			inner.set(rest, value)
			o[i].value = inner.append(nil)
			return
		}
		o[i].value = []byte(value)
	}
}
