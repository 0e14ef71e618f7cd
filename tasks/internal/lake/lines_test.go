package lake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAppendLine(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 30, 1, 123456789, time.FixedZone("", 3600))
	for record, want := range map[string]string{
		` { "a" : [ 1 , 2.50 ] ,` + "\n\t" + `"b c" : "x \" y \\" }` + "\r\n": `{"a":[1,2.50],"b c":"x \" y \\"}`,
		`{"a":"  \n  "}`:   `{"a":"  \n  "}`, // as JSON writes a newline
		"{\"a\":\"x\ny\"}": `{"a":"x\ny"}`,   // a real one, which JSON forbids
		"{\"a\":\"\\\n\"}": `{"a":"\\n"}`,
		"{\"a\":\"\xff\"}": "{\"a\":\"\xff\"}",
		`{"big":1234567890123456789012345678901234567890.10e+2}`: `{"big":1234567890123456789012345678901234567890.10e+2}`,
		`{"a":"`: `{"a":"`,
		`"\`:     `"\`,
		"":       "",
	} {
		got := string(AppendLine([]byte("x"), "reservation", `re"q`, at, []byte(record)))
		whole := `x{"kind":"reservation","request":"re\"q","read_at":"2026-03-29T01:30:01.123456Z","record":` + want + "}\n"
		if got != whole {
			t.Errorf("%q:\n got %q\nwant %q", record, got, whole)
		}
	}
}

func TestParseLine(t *testing.T) {
	good := `{"kind":"reservation","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","record":{"a":1}}`
	l, err := ParseLine([]byte(good))
	need(t, err)
	want := RawLine{Kind: []byte("reservation"), Request: []byte("r1"),
		ReadAt: time.Date(2026, 3, 29, 1, 30, 1, 123456000, time.UTC), Record: []byte(`{"a":1}`)}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
	for i := range good {
		if _, err := ParseLine([]byte(good[:i])); err == nil && !strings.HasSuffix(good[:i], "}") {
			t.Errorf("cut after %d bytes it is a line", i)
		}
	}
	for _, bad := range []string{
		"", "{}", `{"request":"r1","kind":"reservation","read_at":"2026-03-29T01:30:01.123456Z","record":{}}`,
		`{"kind":1,"request":"r1","read_at":"2026-03-29T01:30:01.123456Z","record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-02-30T01:30:01.123456Z","record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T24:30:01.123456Z","record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456+","record":{}}`,
		`{"kind":"a","request":"\x","read_at":"2026-03-29T01:30:01.123456Z","record":{}}`,
		`{"kind":"a\`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":""}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":7}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":null}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":"x"`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":"x","record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":"x"}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","absent":"x","why":"500"}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"","why":"500"}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"x","why":""}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"x","why":500}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"x"}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":7,"why":"500"}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"x","why":"500"`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":"x","why":"500"}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":"x"}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":"","record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":7,"record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":"x,"record":{}}`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":"x","record":`,
		`{"kind":"a","request":"r1","read_at":"2026-03-29T24:30:01.123456Z","asked":"x","record":{}}`,
	} {
		l, err := ParseLine([]byte(bad))
		if err == nil {
			t.Errorf("%s is taken for %+v", bad, l)
		}
		ours := strings.Contains(bad, `"absent"`) || strings.Contains(bad, `"unread"`)
		if ours != errors.Is(err, ErrInPlace) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
	for _, untimed := range []string{
		`{"kind":"a","request":"r1","read_at":"yyyy-03-29T01:30:01.123456Z","absent":"x"}`,
		`{"kind":"a","request":"r1","read_at":"yyyy-03-29T01:30:01.123456Z","unread":"x","why":"500"}`,
	} {
		if _, err := ParseLine([]byte(untimed)); !errors.Is(err, ErrInPlace) {
			t.Errorf("%s: got %v", untimed, err)
		}
	}
}

// A line of a record that was asked for by its id has both, whatever the id's characters and the record's spaces.
func TestAskedLine(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 30, 1, 123456789, time.FixedZone("", 3600))
	for id, text := range map[string]string{"101-17": `"101-17"`, `a"\é` + "\n": `"a\"\\é\n"`} {
		line := string(AppendAsked([]byte("x"), "customer", "r1", at, id, []byte(` { "a" : "b c" }`+"\n")))
		if want := `x{"kind":"customer","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","asked":` + text +
			`,"record":{"a":"b c"}}` + "\n"; line != want {
			t.Errorf("%q:\n got %q\nwant %q", id, line, want)
		}
		l, err := ParseLine([]byte(line[1 : len(line)-1]))
		need(t, err)
		want := RawLine{Kind: []byte("customer"), Request: []byte("r1"), Asked: id,
			ReadAt: time.Date(2026, 3, 29, 1, 30, 1, 123456000, time.UTC), Record: []byte(`{"a":"b c"}`)}
		if diff := cmp.Diff(want, l); diff != "" {
			t.Error(diff)
		}
	}
	if got, want := AppendAsked(nil, "customer", "r1", at, "",
		[]byte("{}")), AppendLine(nil, "customer", "r1", at, []byte("{}")); !bytes.Equal(got, want) {
		t.Errorf("without an id: %q, want %q", got, want)
	}
}

// A line that says that a record was not read: which, and why.
func TestUnreadLine(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 30, 1, 123456789, time.FixedZone("", 3600))
	for id, text := range map[string]string{"101-17": `"101-17"`, `a"\é` + "\n": `"a\"\\é\n"`} {
		line := string(AppendUnread([]byte("x"), "customer", "r1", at, id, "not JSON"))
		if want := `x{"kind":"customer","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","unread":` + text +
			`,"why":"not JSON"}` + "\n"; line != want {
			t.Errorf("%q:\n got %q\nwant %q", id, line, want)
		}
		l, err := ParseLine([]byte(line[1 : len(line)-1]))
		need(t, err)
		want := RawLine{Kind: []byte("customer"), Request: []byte("r1"), Unread: id, Why: "not JSON",
			ReadAt: time.Date(2026, 3, 29, 1, 30, 1, 123456000, time.UTC)}
		if diff := cmp.Diff(want, l); diff != "" {
			t.Error(diff)
		}
	}
}

// A line that says that a record is absent: the id is the platform's own, whatever its characters.
func TestAbsentLine(t *testing.T) {
	at := time.Date(2026, 3, 29, 2, 30, 1, 123456789, time.FixedZone("", 3600))
	for id, text := range map[string]string{"101-17": `"101-17"`, `a"\é` + "\n": `"a\"\\é\n"`} {
		line := string(AppendAbsent([]byte("x"), "customer", `re"q`, at, id))
		if want := `x{"kind":"customer","request":"re\"q","read_at":"2026-03-29T01:30:01.123456Z","absent":` + text +
			"}\n"; line != want {
			t.Errorf("%q:\n got %q\nwant %q", id, line, want)
		}
		l, err := ParseLine([]byte(line[1 : len(line)-1]))
		need(t, err)
		want := RawLine{Kind: []byte("customer"), Request: []byte(`re"q`),
			ReadAt: time.Date(2026, 3, 29, 1, 30, 1, 123456000, time.UTC), Absent: id}
		if diff := cmp.Diff(want, l); diff != "" {
			t.Error(diff)
		}
	}
}

// lines reads all, copying what is good only until the next call.
func lines(r io.Reader, max int) (got []Line, err error) {
	l := NewLineReader(r, max)
	for {
		line, err := l.Next()
		if err != nil {
			return got, err
		}
		line.Bytes = slices.Clone(line.Bytes)
		got = append(got, line)
	}
}

func TestLineReader(t *testing.T) {
	for text, want := range map[string][]Line{
		"":                    nil,
		"\n":                  {{N: 1, Bytes: []byte{}}},
		"a":                   {{N: 1, Bytes: []byte("a")}},
		"a\n\nb":              {{N: 1, Bytes: []byte("a")}, {N: 2, Bytes: []byte{}}, {N: 3, Bytes: []byte("b")}},
		"12345\n123456\n1\n":  {{N: 1, Bytes: []byte("12345")}, {N: 2, TooLong: true}, {N: 3, Bytes: []byte("1")}},
		"123456":              {{N: 1, TooLong: true}},
		"1234567890123456\nx": {{N: 1, TooLong: true}, {N: 2, Bytes: []byte("x")}},
		"a\r\nb":              {{N: 1, Bytes: []byte("a\r")}, {N: 2, Bytes: []byte("b")}},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"plain": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader,
			"end with data": iotest.DataErrReader,
		} {
			got, err := lines(wrap(strings.NewReader(text)), 5)
			if !errors.Is(err, io.EOF) || cmp.Diff(want, got) != "" {
				t.Errorf("%q, %s: error %v, %s", text, name, err, cmp.Diff(want, got))
			}
		}
	}
	// What a failure cuts short is no line, and the failure stays.
	l := NewLineReader(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(errBoom)), 5)
	if line, err := l.Next(); err != nil || string(line.Bytes) != "a" {
		t.Errorf("%+v, error %v", line, err)
	}
	for range 2 {
		if line, err := l.Next(); !errors.Is(err, errBoom) {
			t.Errorf("%+v, error %v", line, err)
		}
	}
	l = NewLineReader(readerFunc(func([]byte) (int, error) { return 0, nil }), 5)
	if _, err := l.Next(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: error %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A line without end costs no more than the longest that is allowed.
func TestLineReaderIsBounded(t *testing.T) {
	const limit = 1 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	endless := io.LimitReader(readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = 'x'
		}
		return len(p), nil
	}), 256<<20)
	l := NewLineReader(io.MultiReader(endless, strings.NewReader("\nshort\n")), limit)
	first, err := l.Next()
	need(t, err)
	second, err := l.Next()
	need(t, err)
	runtime.ReadMemStats(&after)
	if !first.TooLong || string(second.Bytes) != "short" || after.TotalAlloc-before.TotalAlloc > 4*limit {
		t.Errorf("%+v, %+v, %d bytes of memory", first, second, after.TotalAlloc-before.TotalAlloc)
	}
}

func FuzzLineReader(f *testing.F) {
	for _, s := range []string{"", "\n", "a", "a\nbb\n", "123456789\n\n1", strings.Repeat("x", 300) + "\ny"} {
		f.Add([]byte(s), 5, 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, max, piece int) {
		max, piece = 1+abs(max)%1000, 1+abs(piece)%1000
		r := bytes.NewReader(text)
		got, err := lines(readerFunc(func(p []byte) (int, error) { return r.Read(p[:min(len(p), piece)]) }), max)
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		var want []Line
		parts := bytes.Split(text, []byte{'\n'})
		if len(parts[len(parts)-1]) == 0 {
			parts = parts[:len(parts)-1]
		}
		for i, p := range parts {
			line := Line{N: int64(i + 1), Bytes: p}
			if len(p) > max {
				line = Line{N: int64(i + 1), TooLong: true}
			}
			want = append(want, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }

// Whatever the record: one line, from which kind, request, time and record come back; a record that is JSON as JSON's own
// compact form.
func FuzzRawLine(f *testing.F) {
	f.Add("reservation", "r-1", "", int64(1774659601123456), []byte(`{"a": [1, "x y", null]}`))
	f.Add("", "\"\\\n\xff", "101-17", int64(-1), []byte("{\"a\":\"\n\\"))
	f.Add("customer", "é", "\"\\\n\xff", int64(0), []byte{})
	f.Fuzz(func(t *testing.T, kind, request, asked string, micros int64, record []byte) {
		at := time.UnixMicro(micros % (250_000_000_000 * 1_000_000)).UTC() // a year of four digits
		if y := at.Year(); y < 0 || y > 9999 {
			at = began
		}
		line := AppendAsked(nil, kind, request, at, asked, record)
		if n := bytes.Count(line, []byte{'\n'}); n != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("%d newlines in %q", n, line)
		}
		l, err := ParseLine(line[:len(line)-1])
		need(t, err)
		if string(l.Kind) != strings.ToValidUTF8(kind, "\ufffd") && string(l.Kind) != valid(kind) ||
			string(l.Request) != valid(request) || !l.ReadAt.Equal(at) || l.Asked != valid(asked) || l.InPlace() {
			t.Errorf("%q came back as %+v", line, l)
		}
		var compact bytes.Buffer
		if json.Compact(&compact, record) == nil && !bytes.Equal(compact.Bytes(), l.Record) {
			t.Errorf("record %q came back as %q", record, l.Record)
		}
	})
}

// valid returns what JSON makes of a string: every byte that is not UTF-8 is replaced.
func valid(s string) string {
	return string([]rune(s))
}

func FuzzParseLine(f *testing.F) {
	f.Add(AppendLine(nil, "reservation", "r1", began, []byte(`{"a":1}`)))
	f.Add(AppendAsked(nil, "customer", "r1", began, "101-17", []byte(`{"a":1}`)))
	f.Add(AppendAbsent(nil, "customer", "r1", began, "101-17"))
	f.Add(AppendUnread(nil, "customer", "r1", began, "101-17", "500"))
	f.Add([]byte(`{"kind":"a","request":"\u00e9","read_at":"2026-03-29T01:30:01.123456Z","record":}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		l, err := ParseLine(line)
		if err != nil {
			return
		}
		parts := 0
		for _, has := range []bool{l.Record != nil, l.Absent != "", l.Unread != ""} {
			if has {
				parts++
			}
		}
		if l.ReadAt.Location() != time.UTC || len(l.Record) > len(line) || parts != 1 || (l.Why != "") != (l.Unread != "") ||
			l.Asked != "" && l.Record == nil {
			t.Errorf("%+v", l)
		}
	})
}

// What a parser knows of the line before changes nothing of what it finds in the next.
func TestLineParser(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 30, 1, 123456000, time.UTC)
	line := func(b []byte) []byte { return bytes.TrimSuffix(b, []byte("\n")) }
	all := [][]byte{
		line(AppendLine(nil, "reservation", "r1", at, []byte(`{"a":1}`))),
		line(AppendLine(nil, "reservation", "r1", at, []byte(`{"a":2}`))),
		line(AppendLine(nil, "reservation", "r1", at, []byte(`}`))),
		line(AppendLine(nil, "reservation", "r1", at, nil)),
		line(AppendLine(nil, "reservation", "r1", at.Add(time.Second), []byte(`{"a":1}`))),
		line(AppendLine(nil, "customer", `r"1`, at, []byte(`{"a":1}`))),
		line(AppendAsked(nil, "customer", "r1", at, "x", []byte(`{"a":1}`))),
		line(AppendAbsent(nil, "customer", "r1", at, "x")),
		line(AppendUnread(nil, "customer", "r1", at, "x", "500")),
		[]byte(`{"kind":"reservation","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","record":`),
		[]byte(`{"kind":"reservation","request":"r1","read_at":"2026-03-29T01:30:01.123456Z","record":{`),
		[]byte(`{"kind":"reservation","request":"r1","read_at":"2026-13-29T01:30:01.123456Z","record":{}}`), {},
	}
	for i, before := range all {
		for j, text := range all {
			var p LineParser
			_, _ = p.Parse(before)
			got, gotErr := p.Parse(text)
			want, wantErr := ParseLine(text)
			if !errors.Is(gotErr, wantErr) || wantErr == nil && cmp.Diff(want, got) != "" {
				t.Errorf("%d after %d: %v, %v; want %v, %v", j, i, got, gotErr, want, wantErr)
			}
		}
	}
}
