package engine

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TimestampForm is how a DATETIME is given to the engines, as text, and ShownForm how Text writes it.
const (
	TimestampForm = "2006-01-02 15:04:05.000000"
	ShownForm     = "2006-01-02T15:04:05.000000"
)

// columnType is an engine's own name of a column's type; Snowflake's one name of numbers is told apart by the scale.
func columnType(c *sql.ColumnType) string {
	name := strings.ToUpper(c.DatabaseTypeName())
	if _, scale, ok := c.DecimalSize(); ok && name == "FIXED" && scale == 0 {
		return "BIGINT"
	}
	return name
}

// Text writes a value the same way whatever engine gave it: numbers without zeros at the end of their decimals, times as
// "2026-03-29T01:30:00.000000" without a zone, days as YYYY-MM-DD, NULL as "".
func Text(columnType string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case time.Time:
		if columnType == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(ShownForm)
	case string:
		if isNumber(columnType) {
			return trimNumber(v)
		}
		return v
	case []byte:
		return string(v)
	case fmt.Stringer: // an engine's own decimal
		return trimNumber(v.String())
	default:
		return fmt.Sprint(v)
	}
}

func isNumber(columnType string) bool {
	return columnType == "FIXED" || columnType == "NUMBER" || strings.HasPrefix(columnType, "DECIMAL")
}

func trimNumber(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
