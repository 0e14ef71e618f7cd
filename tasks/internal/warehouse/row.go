package warehouse

import (
	"strconv"

	"covers/tasks/internal/warehouse/engine"
)

// Row is a row for people and for JSON: numbers, truth values, or text as above; NULL is nil.
type Row map[string]any

func rowOf(names, types []string, values []any) Row {
	row := Row{}
	for i, v := range values {
		switch v := v.(type) {
		case nil, bool, int64:
			row[names[i]] = v
		default:
			t := engine.Text(types[i], v)
			if n, err := strconv.ParseInt(t, 10, 64); err == nil && types[i] == "BIGINT" { // Snowflake's driver gives text
				row[names[i]] = n
				continue
			}
			row[names[i]] = t
		}
	}
	return row
}
