package platform_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform/platformtest"
)

// wide returns text as UTF-16.
func wide(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func answers(body, contentType string, header ...string) platformtest.Fault {
	f := platformtest.Fault{Status: 200, Body: body, Header: map[string]string{"Content-Type": contentType}}
	for i := 0; i < len(header); i += 2 {
		f.Header[header[i]] = header[i+1]
	}
	return f
}

// A body is UTF-8 without a mark, whatever it came as.
func TestOtherEncodingsAreRead(t *testing.T) {
	const json = "application/json"
	body := `{"items":[{"id":"Zoë"}],"hasNextPage":false}`
	latin := strings.ReplaceAll(body, "ë", "\xeb")
	for name, f := range map[string]platformtest.Fault{
		"a byte order mark":             answers("\xef\xbb\xbf"+body, json),
		"UTF-16 with a mark":            answers("\xff\xfe"+wide(body, binary.LittleEndian), json),
		"UTF-16, the other way":         answers("\xfe\xff"+wide(body, binary.BigEndian), json),
		"UTF-16 said":                   answers(wide(body, binary.LittleEndian), json+"; charset=utf-16"),
		"UTF-16 not said":               answers(wide(body, binary.BigEndian), json),
		"Latin-1 said":                  answers(latin, json+"; charset=ISO-8859-1"),
		"Windows' said":                 answers(latin, json+`; charset="windows-1252"`),
		"Latin-1 said, and not true":    answers(body, json+";charset=ISO-8859-1"),
		"an unknown one, and not true":  answers(body, json+";charset=x-own"),
		"UTF-8 as a content's encoding": answers(body, json, "Content-Encoding", "utf-8"),
		"JSON called a page":            answers(body, "text/html"),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(f)
			items, _, err := r.get(t.Context())
			if err != nil || !slices.Equal(items, []string{`{"id":"Zoë"}`}) || len(r.clock.Slept()) != 0 {
				t.Errorf("items %q, slept %v: %v", items, r.clock.Slept(), err)
			}
		})
	}
}

func TestAnEncodingThatIsNotReadIsNamedAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		fault platformtest.Fault
		text  string
	}{
		"unknown":    {answers("{\"items\":[\"\xeb\"]}", "application/json; charset=x-own"), "the encoding x-own"},
		"compressed": {answers("xxxx", "application/json", "Content-Encoding", "br"), "Content-Encoding: br"},
		"twice": {
			answers("xxxx", "application/json", "Content-Encoding", "zstd"), "Content-Encoding: zstd",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(test.fault)
			_, _, err := r.get(t.Context())
			if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), test.text) || r.client.Stats().Requests != 1 {
				t.Errorf("kind %v, %d requests: %v", fault.KindOf(err), r.client.Stats().Requests, err)
			}
		})
	}
}

// An answer that is whole in its structure alone is asked for once more, and then its items are handed on as they were sent.
func TestOneItemThatIsNoJSONIsAlone(t *testing.T) {
	for name, test := range map[string]struct {
		items []string
	}{
		"not a number":       {[]string{`{"id":"1"}`, `{"id":"2","n":NaN}`, `{"id":"3"}`}},
		"infinity":           {[]string{`{"n":-Infinity}`, `{"id":"2"}`}},
		"a leading zero":     {[]string{`{"n":01}`, `{"id":"2"}`}},
		"single quotes":      {[]string{`{'id':'2'}`, `{"id":"2"}`}},
		"a quote inside":     {[]string{`{"note":"he said "hi" there"}`, `{"id":"2"}`}},
		"a trailing comma":   {[]string{`{"id":"1",}`, `{"id":"2"}`}},
		"a control byte":     {[]string{"{\"id\":\"a\x01b\"}", `{"id":"2"}`}},
		"a line in a text":   {[]string{"{\"id\":\"a\nb\"}", `{"id":"2"}`}},
		"undefined":          {[]string{`undefined`, `{"id":"2"}`}},
		"two tokens":         {[]string{`{"n":1 2}`, `{"id":"2"}`}},
		"very deep":          {[]string{strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), `{"id":"2"}`}},
		"beside the list":    {[]string{`{"id":"1"}`}},
		"no item that is":    {[]string{`{"n":NaN}`, `{"n":NaN}`}},
		"brackets in a text": {[]string{`{"n":NaN,"s":"]},{"}`, `{"id":"2"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(answers(`{ "x": NaN, "items": [ `+strings.Join(test.items, " , ")+` ], "hasNextPage": false }`,
				"application/json"))
			items, _, err := r.get(t.Context())
			if err != nil || !slices.Equal(items, test.items) || r.client.Stats().Requests != 2 {
				t.Errorf("items %.200q after %d requests: %v", items, r.client.Stats().Requests, err)
			}
		})
	}
}

func TestABrokenStructureIsRefusedWithItsPlace(t *testing.T) {
	for body, text := range map[string]string{
		`{"items":[{"id":1},{"id":[2}]}`:      "it breaks at byte 27 of 30, in item 2 of items",
		`{"items":[{"id":1},{"id":"2}]}`:      "it breaks at byte 30 of 30, in item 2 of items",
		`{"items":[{"id":NaN},{"id":2}`:       "it breaks at byte 29 of 29, in item 2 of items",
		`{"items":[1,,NaN]}`:                  "it breaks at byte 12 of 18, in item 2 of items",
		`{"items":[NaN]}x`:                    "goes on behind its JSON",
		`{"items":[NaN],"items":[]}`:          "twice",
		`{"items":[NaN] "hasNextPage":false}`: "it breaks at byte 15",
	} {
		r := newRig(t)
		r.fake.Before = always(answers(body, "application/json"))
		_, _, err := r.get(t.Context())
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: kind %v: %v", body, fault.KindOf(err), err)
		}
	}
}
