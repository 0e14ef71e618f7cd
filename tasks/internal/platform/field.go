package platform

import (
	"math"
	"strconv"
	"strings"

	"encoding/json"
)

// Bool reads a field of an envelope as true or false, also where it is sent as a number or as text. It reports whether it could.
func Bool(field []byte, to *bool) bool {
	switch strings.ToLower(strings.Trim(string(field), `"`)) {
	case "true", "1":
		*to = true
	case "false", "0":
		*to = false
	default:
		return false
	}
	return true
}

// Whole reads a field of an envelope as a whole number by its value, also where it is sent as 4.0 or as text. One that is absent
// or null leaves to as it is. It reports whether it could.
func Whole[T int | int64](field []byte, to *T) bool {
	if field == nil || string(field) == "null" {
		return true
	}
	text := string(field)
	if field[0] == '"' && json.Unmarshal(field, &text) != nil {
		return false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return false
	}
	*to = T(n)
	return true
}
