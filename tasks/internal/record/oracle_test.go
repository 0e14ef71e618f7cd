package record

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/valyala/fastjson"
)

// oracle reads a record as Parse must: with a library that builds a tree of it. It is nil where the text is no JSON object.
func oracle(text []byte) *fastjson.Value {
	if !wholeText(text) {
		text = marked(text)
	}
	v, err := fastjson.ParseBytes(text)
	if err != nil || v.Type() != fastjson.TypeObject || hasNaN(text) {
		return nil
	}
	return v
}

// tree writes what mappers can see of a value: types, texts, numbers as they stand, and the fields of objects in their order.
func tree(v *fastjson.Value) string {
	var b strings.Builder
	switch v.Type() {
	case fastjson.TypeObject:
		b.WriteString("{")
		v.GetObject().Visit(func(key []byte, v *fastjson.Value) { fmt.Fprintf(&b, "%q:%s,", key, tree(v)) })
		b.WriteString("}")
	case fastjson.TypeArray:
		b.WriteString("[")
		for _, v := range v.GetArray() {
			b.WriteString(tree(v) + ",")
		}
		b.WriteString("]")
	case fastjson.TypeString:
		fmt.Fprintf(&b, "%q", v.GetStringBytes())
	default:
		b.WriteString(v.String())
	}
	return b.String()
}

func ours(v Value) string {
	var b strings.Builder
	switch v.Type() {
	case TypeObject:
		b.WriteString("{")
		for key, v := range v.Fields() {
			fmt.Fprintf(&b, "%q:%s,", key, ours(v))
		}
		b.WriteString("}")
	case TypeArray:
		b.WriteString("[")
		for v := range v.Items() {
			b.WriteString(ours(v) + ",")
		}
		b.WriteString("]")
	case TypeString:
		fmt.Fprintf(&b, "%q", v.Text())
	default:
		b.Write(v.raw)
	}
	return b.String()
}

// throughLayout writes what a layout of some names makes of a record's fields.
func throughLayout(o *Object, names []string) (out []string) {
	for _, n := range names {
		text := ""
		x, twice := o.at(o.place(n))
		if x != nil {
			text = ours(o.r.fields.value(int(o.slots[o.place(n)] - 1)))
		}
		out = append(out, fmt.Sprintf("%s %t %s", n, twice, text))
	}
	return out
}

// fromTree writes the same of the library's tree.
func fromTree(rec *fastjson.Value, names []string) (out []string) {
	for _, n := range names {
		var last *fastjson.Value
		times := 0
		rec.GetObject().Visit(func(key []byte, v *fastjson.Value) {
			if string(key) == n {
				last = v
				times++
			}
		})
		text := ""
		if times == 1 && last.Type() != fastjson.TypeNull {
			text = tree(last)
		}
		out = append(out, fmt.Sprintf("%s %t %s", n, times > 1, text))
	}
	return out
}

var (
	oracleNames  = []string{"id", "rid", "created_date", "created_date_utc", "pos_data", "state", "a", "é", "forgotten"}
	oracleLayout = NewLayout("", oracleNames...)
)

// sameAsOracle compares what a reader sees of a text with what the oracle sees.
func sameAsOracle(t *testing.T, in *Reader, text []byte) {
	t.Helper()
	before := bytes.Clone(text)
	want, got := oracle(text), in.Parse(text)
	if !bytes.Equal(text, before) {
		t.Fatalf("%q became %q", before, text)
	}
	if want == nil || got == nil {
		if want != nil || got != nil {
			t.Fatalf("%q is a record: %t for the oracle, %t for us", text, want != nil, got != nil)
		}
		return
	}
	o := in.Object(got, oracleLayout)
	if w, g := fmt.Sprint(fromTree(want, oracleNames)), fmt.Sprint(throughLayout(o, oracleNames)); w != g {
		t.Fatalf("%q through a layout:\nwant %s\ngot  %s", text, w, g)
	}
	if w, g := tree(want), ours(*got); w != g {
		t.Fatalf("%q:\nwant %s\ngot  %s", text, w, g)
	}
}

// seeds are records of both platforms, and texts in which readers of JSON are known to differ.
func seeds(t testing.TB) (all []string) {
	for _, pattern := range []string{"../opentable/testdata/*.json", "../thefork/testdata/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
	}
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	return append(all,
		`{}`, ` { } `, `{"a":1}x`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" : 1 , "b":[ ] }`, `{"a":[1,2,]}`, `[1]`, `7`, ``,
		`{"id":"x","id":"y"}`, `{"id":"x","\u0069d":"y"}`, `{"\u0069d":"y"}`, `{"a":"\u00e9\n\"\\"}`, `{"é":"\ud83c\udf7d"}`,
		`{"a":"\ud83c"}`, `{"a":"\udf7d","id":"\x"}`, `{"a":"\u12"}`, `{"a":"\`, `{"a":"\\"}`, `{"a":"\\\"}`, `{"a":"\\\""}`,
		"{\"a\":\"\xff\"}", "{\"a\":\"\x01\t\"}", `{"a":tru}`, `{"a":nul}`, `{"a":nan}`, `{"a":NaN}`, `{"a":"NaN"}`,
		`{"a":-inf,"b":+NAN}`, `{"a":Infinity}`, `{"a":-}`, `{"a":--1e.}`, `{"a":1 2}`, `{"a":01}`, `{"a":1e999}`,
		`{"a":true,"b":false,"c":null}`, `{"created_date":1,"created_date_utc":[{"id":2}],"pos_data":{"a":{},"b":[]}}`,
		`{"":1,"":2}`, `{"a":{"a":{"a":null}}}`, deep(297), deep(298), deep(299), deep(300), deep(301),
		`{"a":`+strings.Repeat(`{"a":`, 298)+"1"+strings.Repeat("}", 298)+"}",
		`{"a":`+strings.Repeat(`{"a":`, 299)+"1"+strings.Repeat("}", 299)+"}",
		`{"a":`+strings.Repeat(`{"a":`, 298)+`"x"`+strings.Repeat("}", 298)+"}",
		`{"a":`+strings.Repeat(`{"a":`, 299)+`"x"`+strings.Repeat("}", 299)+"}",
		`{"`+strings.Repeat("n", maxNameLen+1)+`":{"id":1},"id":2}`,
		`{"pos_data":{"id":1,"a":{"rid":2,"a":[{"rid":3}]}},"rid":4}`,
	)
}

// A reader keeps what it knows of the names of one record for the next. So each text is read by a new reader, and by one that has
// read all the others.
func TestParseIsTheOracles(t *testing.T) {
	in := &Reader{}
	for range 2 {
		for _, text := range seeds(t) {
			sameAsOracle(t, &Reader{}, []byte(text))
			sameAsOracle(t, in, []byte(text))
		}
	}
}

// More names than are kept, and the same ones again in another order.
func TestManyNames(t *testing.T) {
	in := &Reader{}
	for round := range 3 {
		var b strings.Builder
		b.WriteString(`{"id":"x"`)
		for i := range 2 * maxNames {
			fmt.Fprintf(&b, `,"n%d":%d`, (i*7+round)%(3*maxNames), i)
		}
		b.WriteString(`,"rid":5}`)
		sameAsOracle(t, in, []byte(b.String()))
	}
}

func FuzzParse(f *testing.F) {
	all := seeds(f)
	for i, text := range all {
		f.Add([]byte(text), []byte(all[(i+1)%len(all)]))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		in := &Reader{}
		sameAsOracle(t, in, one)
		sameAsOracle(t, in, other)
		sameAsOracle(t, in, one)
	})
}
