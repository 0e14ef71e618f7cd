package record

import (
	"strings"
	"testing"

	"covers/tasks/internal/reservation"
)

func TestParseTakesOneObject(t *testing.T) {
	in := &Reader{}
	for _, text := range []string{"", "null", "7", `"x"`, `[{}]`, `{`, `{} {}`, `{},"kind":"customer"`} {
		in.RefuseWhole(reservation.ReasonEncoding, "of the record before")
		if v := in.Parse([]byte(text)); v != nil || len(in.Problems) != 1 || in.Problems[0].Reason != reservation.ReasonNotJSON {
			t.Errorf("%s: got %v and %v", text, v, in.Problems)
		}
	}
	if v := in.Parse([]byte(` {"a":1} `)); v == nil || len(in.Problems) != 0 {
		t.Errorf("an object: got %v and %v", v, in.Problems)
	}
}

// What JSON has not is no record, wherever in it, and a text that says so is one.
func TestNaNIsNoJSON(t *testing.T) {
	in := &Reader{}
	for text, want := range map[string]bool{
		`{"a":NaN}`: false, `{"a":[1,NaN]}`: false, `{"a":-NaN}`: false, `{"a":Infinity}`: false, `{"a":-Infinity}`: false,
		`{"a":{"b":NaN,"c":"x"}}`: false, `{"a":"NaN"}`: true, `{"NaN":1}`: true, `{"a":"x NaN,","b":null}`: true,
	} {
		v := in.Parse([]byte(text))
		if got := v != nil; got != want || !want && in.Problems[0].Reason != reservation.ReasonNotJSON {
			t.Errorf("%s: taken for a record: %t", text, got)
		}
	}
}

// What a large record hands out lives until the next one is parsed, whose values are its own.
func TestParseAfterALargeRecord(t *testing.T) {
	in := &Reader{}
	text := strings.Repeat("x", MaxBytes/4)
	if v := in.Parse([]byte(`{"a":"` + text + `"}`)); string(v.Field("a").Text()) != text {
		t.Error("the large record's text is another")
	}
	if v := in.Parse([]byte(`{"a":"b"}`)); string(v.Field("a").Text()) != "b" {
		t.Errorf("the next record: %v", v)
	}
}
