package platform

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// cutter takes a body apart by its structure alone: strings, brackets, commas and colons. What is between them need not be JSON,
// so that one number that is none (NaN, 01) does not take its neighbours along.
type cutter struct {
	b    []byte
	i    int
	list string // whose item is being cut; empty outside of it
	item int    // its number, from 1
}

// object walks the object that the body is. each takes the value of the member called name, with value or with array.
func (c *cutter) object(each func(name []byte) error) error {
	if !c.take('{') {
		return c.broken()
	}
	for first := true; !c.take('}'); first = false {
		if !first && !c.take(',') {
			return c.broken()
		}
		c.space()
		from := c.i
		if !c.string() {
			return c.broken()
		}
		quoted := c.b[from:c.i]
		name, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			name = quoted[1 : len(quoted)-1] // a name that nobody wants
		}
		if !c.take(':') {
			return c.broken()
		}
		if err := each(name); err != nil {
			return err
		}
	}
	if c.space(); c.i < len(c.b) {
		return Broken("the answer goes on behind its JSON")
	}
	return nil
}

// array cuts the items of an array.
func (c *cutter) array(list string, each func(item []byte)) error {
	c.list, c.item = list, 1
	if !c.take('[') {
		return Broken("the answer's field " + list + " is not an array")
	}
	for first := true; !c.take(']'); first = false {
		if !first {
			if !c.take(',') {
				return c.broken()
			}
			c.item++
		}
		item, err := c.value()
		if err != nil {
			return err
		}
		each(item)
	}
	c.list = ""
	return nil
}

// null goes behind null where that is next.
func (c *cutter) null() bool {
	c.space()
	rest, ok := bytes.CutPrefix(c.b[c.i:], []byte("null"))
	if ok {
		c.i = len(c.b) - len(rest)
	}
	return ok
}

// value cuts what reaches to the next comma or closing bracket. It is not empty.
func (c *cutter) value() ([]byte, error) {
	c.space()
	from := c.i
	var open []byte // the brackets that close what is open
	for c.i < len(c.b) {
		switch b := c.b[c.i]; b {
		case '"':
			if !c.string() {
				return nil, c.broken()
			}
			continue
		case '{', '[':
			open = append(open, b+2) // '}' and ']' in ASCII
		case '}', ']':
			if len(open) > 0 && open[len(open)-1] != b {
				return nil, c.broken()
			}
			if len(open) > 0 {
				open = open[:len(open)-1]
				break
			}
			fallthrough
		case ',':
			if len(open) > 0 {
				break
			}
			cut := bytes.TrimRight(c.b[from:c.i], " \t\r\n")
			if len(cut) == 0 {
				return nil, c.broken()
			}
			return cut[:len(cut):len(cut)], nil
		}
		c.i++
	}
	return nil, c.broken()
}

// string goes behind the string that begins here.
func (c *cutter) string() bool {
	if c.i >= len(c.b) || c.b[c.i] != '"' {
		return false
	}
	end := stringEnd(c.b, c.i)
	closed := end-1 > c.i && c.b[end-1] == '"' && !escaped(c.b[c.i+1:end-1])
	c.i = end
	return closed
}

// escaped reports whether what follows s is escaped.
func escaped(s []byte) bool {
	n := len(s) - len(bytes.TrimRight(s, `\`))
	return n%2 == 1
}

func (c *cutter) space() {
	for c.i < len(c.b) && bytes.IndexByte([]byte(" \t\r\n"), c.b[c.i]) >= 0 {
		c.i++
	}
}

// take goes behind b, white space before it included, where it is next.
func (c *cutter) take(b byte) bool {
	if c.space(); c.i >= len(c.b) || c.b[c.i] != b {
		return false
	}
	c.i++
	return true
}

func (c *cutter) broken() error {
	place := fmt.Sprintf("it breaks at byte %d of %d", c.i, len(c.b))
	if c.list != "" {
		place += fmt.Sprintf(", in item %d of %s", c.item, c.list)
	}
	return Broken("the answer is not whole JSON: " + place)
}
