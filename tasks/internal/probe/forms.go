package probe

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// record is a record or an envelope as it was received.
type record = map[string]any

func textOf(r record, key string) string {
	text, _ := r[key].(string)
	return text
}

func objectOf(r record, key string) record {
	o, _ := r[key].(record)
	return o
}

func has(r record, key string) bool {
	_, there := r[key]
	return there
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// typeOf returns the JSON type of a value.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "list"
	}
	return "object"
}

var (
	dateForm    = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?$`)
	uuidForm    = regexp.MustCompile(`(?i)(^|-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	hexForm     = regexp.MustCompile(`(?i)(^|-)[0-9a-f]{24}$`)
)

// timeForm returns the form of a time's text.
func timeForm(text string) string {
	parts := instantForm.FindStringSubmatch(text)
	switch {
	case dateForm.MatchString(text):
		return "date"
	case parts == nil:
		return "other"
	case parts[2] == "":
		return "instant without zone"
	case strings.EqualFold(parts[2], "z"):
		return "instant, utc"
	}
	return "instant, offset"
}

// idForm returns the form of an id, whatever stands before it.
func idForm(id string) string {
	switch {
	case uuidForm.MatchString(id):
		return "uuid"
	case hexForm.MatchString(id):
		return "hex"
	}
	return "other"
}

// instant reads a time with a zone.
func instant(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// equal is the direction of keys of which too many are equal to tell.
const equal = "too many are equal"

// direction returns "ascending", "descending", equal, or "" of keys that are in no order.
func direction(keys []string) string {
	if len(keys) < 5 || slices.Contains(keys, "") {
		return ""
	}
	up, down, changes := true, true, 0
	for i := 1; i < len(keys); i++ {
		switch {
		case keys[i] > keys[i-1]:
			down = false
			changes++
		case keys[i] < keys[i-1]:
			up = false
			changes++
		}
	}
	switch {
	case (up || down) && (changes < 4 && len(keys) < 10 || changes < 2):
		return equal
	case up:
		return "ascending"
	case down:
		return "descending"
	}
	return ""
}

// sortable returns a value as a text that sorts as the value does.
func sortable(v any) string {
	switch v := v.(type) {
	case string:
		return strings.ToLower(v)
	case json.Number:
		if n, err := v.Int64(); err == nil && n >= 0 {
			return fmt.Sprintf("%020d", n)
		}
	}
	return ""
}

// count adds one to a form.
func count(forms map[string]int, form string) { forms[form]++ }
