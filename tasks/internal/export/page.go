package export

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"fields": fields}).Parse(pageText))

// field is a field of a record or a row, as people read it.
type field struct{ Name, Value string }

// fields lists what a record or a row says, sorted by name; what says nothing is left out.
func fields(v any) ([]field, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write a record down: %w", err)
	}
	if text[0] != '{' {
		return []field{{"", string(text)}}, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	var out []field
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch value := object[name].(type) {
		case nil:
		case string:
			out = append(out, field{name, value})
		default:
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("write a record down: %w", err)
			}
			out = append(out, field{name, string(text)})
		}
	}
	return out, nil
}

// Page returns the document as a page for people: no script, nothing from elsewhere, and it prints.
func (d Document) Page() ([]byte, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, d); err != nil {
		return nil, fmt.Errorf("draw the page: %w", err)
	}
	return b.Bytes(), nil
}

// JSON returns the document.
func (d Document) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return append(text, '\n'), nil
}
