package engine

import (
	"fmt"
	"maps"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestValueText(t *testing.T) {
	midnight := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
	got := map[string]string{}
	for _, c := range []struct {
		columnType string
		v          any
	}{
		{"BIGINT", int64(-5)}, {"INTEGER", int32(7)}, {"BOOLEAN", true}, {"VARCHAR", "1.50"}, {"FIXED", "1.50"},
		{"DECIMAL(18,4)", "100.0000"},
		{"FIXED", "100"}, {"VARCHAR", nil}, {"VARCHAR", []byte("b")}, {"DATE", midnight},
		{"TIMESTAMP", midnight.Add(time.Minute)},
	} {
		got[fmt.Sprintf("%s %v", c.columnType, c.v)] = Text(c.columnType, c.v)
	}
	want := map[string]string{
		"BIGINT -5": "-5", "INTEGER 7": "7", "BOOLEAN true": "true", "VARCHAR 1.50": "1.50", "FIXED 1.50": "1.5",
		"DECIMAL(18,4) 100.0000": "100",
		"FIXED 100":              "100", "VARCHAR <nil>": "", "VARCHAR [98]": "b",
		"DATE 2026-03-28 00:00:00 +0000 UTC":      "2026-03-28",
		"TIMESTAMP 2026-03-28 00:01:00 +0000 UTC": "2026-03-28T00:01:00.000000",
	}
	if !maps.Equal(want, got) {
		t.Error(gocmp.Diff(want, got))
	}
}
