package platform_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"covers/tasks/internal/platform"
)

func TestEnvelope(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		items []string
		more  string // hasNextPage as sent
	}{
		"as documented": {
			`{"hasNextPage":true,"nextPageUrl":null,"offset":0,"limit":2,"items":[{"id":1},{"id":2}]}`,
			[]string{`{"id":1}`, `{"id":2}`}, "true",
		},
		"items first":  {` { "items" : [ { "id" : 1 } ] , "hasNextPage" : false } `, []string{`{ "id" : 1 }`}, "false"},
		"empty":        {`{"items":[],"hasNextPage":false}`, nil, "false"},
		"no more said": {`{"items":[1,"two",null,[3]]}`, []string{"1", `"two"`, "null", "[3]"}, ""},
		"other fields": {`{"x":{"items":[9]},"items":[1],"items2":[2]}`, []string{"1"}, ""},
		"escaped name": {`{"it\u0065ms":[1],"h\u0061sNextPage":true}`, []string{"1"}, "true"},
		"bad UTF-8":    {"{\"items\":[\"\xff\xfe\"],\"\xff\":1}", []string{"\"\xff\xfe\""}, ""},
		"twice inside": {`{"items":[{"a":1,"a":2}],"x":1,"x":2}`, []string{`{"a":1,"a":2}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var e platform.Envelope
			if err := e.Decode([]byte(test.body), "items", "hasNextPage"); err != nil {
				t.Fatal(err)
			}
			var items []string
			for _, item := range e.Items {
				items = append(items, string(item))
			}
			if !slices.Equal(items, test.items) || string(e.Fields["hasNextPage"]) != test.more {
				t.Errorf("items %q, hasNextPage %q", items, e.Fields["hasNextPage"])
			}
		})
	}
	for name, body := range map[string]string{
		"empty": "", "space": "  ", "null": "null", "array": "[]", "html": "<html>", "no list": `{"hasNextPage":false}`,
		"null beside an error": `{"items":null,"error":"Internal","statusCode":500}`,
		"object for a list":    `{"items":{}}`, "cut in the list": `{"items":[1,`, "cut behind it": `{"items":[1]`,
		"more behind it": `{"items":[1]}x`,
		"list twice":     `{"items":[1],"items":[2]}`, "field twice": `{"items":[],"hasNextPage":true,"hasNextPage":false}`,
		"bad number":      `{"items":[01]}`,
		"newline in text": "{\"items\":[\"a\nb\"]}",
	} {
		t.Run("broken: "+name, func(t *testing.T) {
			var e platform.Envelope
			err := e.Decode([]byte(body), "items", "hasNextPage")
			if err == nil {
				t.Fatal("no error")
			}
		})
	}
}

// anyJSON draws JSON with white space, escapes, invalid UTF-8 and repeated names.
func anyJSON(depth int) *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", "", " ", "\n\t", "\r\n"})
	text := rapid.SampledFrom([]string{
		`""`, `"a b"`, `"\""`, `"\\"`, `"\\\""`, `" \u0020\n "`, "\"\xff \xc3\"", `"é 例"`, `"{[:,]}"`,
	})
	scalar := rapid.OneOf(text,
		rapid.SampledFrom([]string{"0", "-1.50e+10", "123456789012345678901234567890", "true", "false", "null"}))
	if depth == 0 {
		return scalar
	}
	return rapid.OneOf(scalar, rapid.Custom(func(t *rapid.T) string {
		s := func() string { return space.Draw(t, "space") }
		var b strings.Builder
		object := rapid.Bool().Draw(t, "object")
		b.WriteString(map[bool]string{true: "{", false: "["}[object] + s())
		for i := range rapid.IntRange(0, 3).Draw(t, "n") {
			if i > 0 {
				b.WriteString(s() + "," + s())
			}
			if object {
				b.WriteString(text.Draw(t, "name") + s() + ":" + s())
			}
			b.WriteString(anyJSON(depth-1).Draw(t, "value"))
		}
		b.WriteString(s() + map[bool]string{true: "}", false: "]"}[object])
		return b.String()
	}))
}

func TestCompactIsTheStandardLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyJSON(3).Draw(t, "json")
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(text)); err != nil {
			t.Fatalf("the generator made %q: %v", text, err)
		}
		if got := platform.Compact([]byte(text)); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q became %q, want %q", text, got, want.Bytes())
		}
	})
}

func TestItemsComeVerbatim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anyJSON(2), 0, 5).Draw(t, "items")
		members := rapid.Permutation([]string{
			`"items": [ ` + strings.Join(items, " , ") + ` ]`, `"hasNextPage": true`, `"other": {"items": [1]}`,
		}).Draw(t, "members")
		var e platform.Envelope
		if err := e.Decode([]byte("{"+strings.Join(members, ",")+"}"), "items", "hasNextPage"); err != nil {
			t.Fatal(err)
		}
		if len(e.Items) != len(items) {
			t.Fatalf("%d items of %d", len(e.Items), len(items))
		}
		for i := range items {
			if string(e.Items[i]) != items[i] {
				t.Errorf("item %q became %q", items[i], e.Items[i])
			}
		}
	})
}

// FuzzDecode: a page decodes or is refused; what decodes is JSON to the standard library too, and so is each item, which is
// part of the body.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"items":[{"id":1}],"hasNextPage":false}`, `{"items":[]}`, `{"items":[1,2`, "{\"items\":[\"\xff\"]}",
		`{"items":[{"a":1,"a":2}]}`, ``, `{}`, `[[[[`, `{"it\u0065ms":[1]}`,
		`{"data":["a"],"totalCount":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e platform.Envelope
		if e.Decode(bytes.Clone(body), "items", "hasNextPage", "nextPageUrl") != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatal("decoded, yet not JSON")
		}
		for _, item := range e.Items {
			if !json.Valid(item) || !bytes.Contains(body, item) {
				t.Fatalf("item %q of %q", item, body)
			}
			var compact bytes.Buffer
			_ = json.Compact(&compact, item)
			if got := platform.Compact(bytes.Clone(item)); !bytes.Equal(got, compact.Bytes()) {
				t.Fatalf("%q compacted to %q", item, got)
			}
		}
	})
}

// FuzzObject: a body that is taken is one JSON object, and its members' values are parts of it.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"reservationUuid":"a","x":[1,{"y":null}]}`, `{"data":{"a":1}}`, `{}`, `{"a":1}x`, `[]`, "{\"\xff\":\"\xff\"}",
		`{"a":1,"a":2}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var values [][]byte
		if platform.Object(body, new(bool), func(_, value []byte) { values = append(values, value) }) != nil {
			return
		}
		if !json.Valid(body) || bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
			t.Fatal("taken, yet not a JSON object")
		}
		for _, value := range values {
			if !json.Valid(value) {
				t.Fatalf("value %q of %q", value, body)
			}
		}
	})
}

// Whatever one item is, as long as its brackets and strings are whole, the others come as they were sent.
func TestItemsComeVerbatimBesideOneThatIsNoJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(anyJSON(2), 0, 4).Draw(t, "items")
		bad := rapid.SampledFrom([]string{
			`NaN`, `{"a":01}`, `[1 2]`, `{"a"}`, `{:}`, `[1,]`, `{,}`, `"a" "b"`, `{"a":"\q"}`, "\"\n\"",
			`{"a":undefined,"b":"]}"}`,
		}).Draw(t, "no JSON")
		at := rapid.IntRange(0, len(items)).Draw(t, "at")
		items = slices.Insert(items, at, bad)
		for i := range items {
			items[i] = strings.Trim(items[i], " \t\r\n")
		}
		body := []byte(`{"hasNextPage": true, "items": [ ` + strings.Join(items, " ,\n") + ` ] }`)
		var e platform.Envelope
		if err := e.Decode(body, "items", "hasNextPage"); err == nil {
			t.Fatal("taken at once")
		}
		if err := e.Decode(body, "items", "hasNextPage"); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range e.Items {
			got = append(got, string(item))
		}
		if !slices.Equal(got, items) || string(e.Fields["hasNextPage"]) != "true" {
			t.Errorf("got %q, want %q", got, items)
		}
	})
}

// Nothing that comes makes it crash, nor an item of nothing.
func FuzzBrokenEnvelope(f *testing.F) {
	for _, seed := range []string{
		`{"items":[NaN,{"a":1}]}`, `{"items":[`, `{"items":["\"]}`, `{"items":[]]}`, `{"items":{}}`, `{"\u0069tems":[1,2 3]}`,
		`{"items":null}`,
		`{:}`, `{"a`, "{\"items\":[\"\\",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e platform.Envelope
		for range 2 {
			if e.Decode(bytes.Clone(body), "items", "hasNextPage") != nil {
				continue
			}
			for _, item := range e.Items {
				if len(bytes.TrimSpace(item)) == 0 || !bytes.Contains(body, item) {
					t.Fatalf("item %q", item)
				}
			}
		}
	})
}
