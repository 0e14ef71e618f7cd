package form

import (
	"encoding/json"
	"testing"
)

func FuzzWithoutPerson(f *testing.F) {
	f.Add([]byte(`{"id":"x","email":"a","notes":{"a":[1,{}]}}`))
	f.Add([]byte(`{"a`))
	f.Add([]byte(`{]}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		got := WithoutPerson(record)
		var before, after map[string]any
		if json.Unmarshal(record, &before) != nil {
			return
		}
		if err := json.Unmarshal(got, &after); err != nil && len(record) > 0 && record[0] == '{' {
			t.Fatalf("%v: %q became %q", err, record, got)
		}
	})
}
