package lake

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// A raw object is zstd NDJSON, a line a record:
//
//	{"kind":"reservation","request":"<the platform's request id>","read_at":"2026-03-28T00:00:01.123456Z","record":{…}}
//
// in exactly this order, so that "record" is last and can be cut out without parsing it. The record is as received but for
// the white space between its tokens. A record that was asked for by its id has the id before it, "asked". Where the platform
// does not have such a record, the line says so in the record's place: "absent" and the id, a string. Where there is a record
// and it cannot be had, the line says that: "unread", the id or where else it is, and "why".
const (
	lineKind    = `{"kind":`
	lineRequest = `,"request":`
	lineReadAt  = `,"read_at":"`
	lineRecord  = `","record":`
	lineAsked   = `","asked":`
	lineAsksFor = `,"record":`
	lineAbsent  = `","absent":`
	lineUnread  = `","unread":`
	lineWhy     = `,"why":`
	readAtForm  = "2006-01-02T15:04:05.000000Z"
)

// AppendLine appends a line, with its newline, to dst. readAt is cut to microseconds. The record need not be valid: what
// is wrong with it is for validation to say.
func AppendLine(dst []byte, kind, request string, readAt time.Time, record []byte) []byte {
	dst = appendCompact(append(appendHead(dst, kind, request, readAt), lineRecord...), record)
	return append(dst, '}', '\n')
}

// AppendAsked appends a line, with its newline, of a record that was asked for by its id. The id is as the platform was asked
// for it; without one the line is that of a record that came in a list.
func AppendAsked(dst []byte, kind, request string, readAt time.Time, id string, record []byte) []byte {
	if id == "" {
		return AppendLine(dst, kind, request, readAt, record)
	}
	dst = appendString(append(appendHead(dst, kind, request, readAt), lineAsked...), id)
	return append(appendCompact(append(dst, lineAsksFor...), record), '}', '\n')
}

// AppendUnread appends a line, with its newline, which says that the platform has a record that it does not give, or not so that
// it can be read. The id is the platform's own, or says where else the record is; why is a word or two of ours, as "500". Neither
// is empty.
func AppendUnread(dst []byte, kind, request string, readAt time.Time, id, why string) []byte {
	dst = appendString(append(appendHead(dst, kind, request, readAt), lineUnread...), id)
	return append(appendString(append(dst, lineWhy...), why), '}', '\n')
}

// AppendAbsent appends a line, with its newline, which says that the platform does not have the record of an id. The id is
// the platform's own, and not empty. readAt is cut to microseconds.
func AppendAbsent(dst []byte, kind, request string, readAt time.Time, id string) []byte {
	dst = appendString(append(appendHead(dst, kind, request, readAt), lineAbsent...), id)
	return append(dst, '}', '\n')
}

func appendHead(dst []byte, kind, request string, readAt time.Time) []byte {
	dst = appendString(append(dst, lineKind...), kind)
	dst = appendString(append(dst, lineRequest...), request)
	return readAt.UTC().AppendFormat(append(dst, lineReadAt...), readAtForm)
}

func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			q, _ := json.Marshal(s) // a string always marshals
			return append(dst, q...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func isPunctuation(b byte) bool { return bytes.IndexByte([]byte("{}[],:"), b) >= 0 }

// appendCompact leaves out white space outside of strings, but for a space between two tokens, which only what is no JSON has:
// without it, "1 2" would become a number. A newline inside of a string, which JSON does not allow, is
// escaped: a record is one line.
func appendCompact(dst, record []byte) []byte {
	from := 0 // what is before it is in dst or left out
	for i := 0; i < len(record); i++ {
		switch record[i] {
		case ' ', '\t', '\r', '\n':
			dst = append(dst, record[from:i]...)
			before := i - 1
			for i+1 < len(record) && isSpace(record[i+1]) {
				i++
			}
			if from = i + 1; before >= 0 && from < len(record) && !isPunctuation(record[before]) && !isPunctuation(record[from]) {
				dst = append(dst, ' ')
			}
		case '"':
			end := stringEnd(record, i+1)
			if n := bytes.IndexByte(record[i:end], '\n'); n >= 0 {
				dst = append(dst, record[from:i]...)
				dst = append(dst, bytes.ReplaceAll(record[i:end], []byte{'\n'}, []byte(`\n`))...)
				from = end
			}
			i = end - 1
		}
	}
	return append(dst, record[min(from, len(record)):]...)
}

// stringEnd returns the place behind the quote that ends the string which begins at from, or the end of b.
func stringEnd(b []byte, from int) int {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		// The quote counts unless an odd number of backslashes is before it.
		slashes := 0
		for k := i + n - 1; k >= from && b[k] == '\\'; k-- {
			slashes++
		}
		if i += n + 1; slashes%2 == 0 {
			return i
		}
	}
}

// RawLine is a line taken apart. Its slices are parts of the line. It has a record, or an id that is absent or unread.
type RawLine struct {
	Kind    []byte
	Request []byte
	ReadAt  time.Time // UTC, microseconds
	Asked   string    // the id that a record was asked for by; empty where it came in a list
	Record  []byte    // not looked into; nil for an absent id and for what was not read
	Absent  string    // the platform's id; empty for a record
	Unread  string    // the platform's id, or where else the record is; empty for a record
	Why     string    // it was not read
}

// InPlace reports whether the line stands in the place of a record.
func (l RawLine) InPlace() bool { return l.Absent != "" || l.Unread != "" }

// LineParser is ParseLine for many lines of one object. Those of one answer of a platform begin alike: what it found in the
// beginning of one line it knows for the next. It serves one goroutine.
type LineParser struct {
	head []byte // of the line parsed last, up to its record
	line RawLine
}

// Parse does what ParseLine does. The slices of what it returns are good until the next call.
func (p *LineParser) Parse(line []byte) (RawLine, error) {
	if n := len(p.head); n > 0 && n < len(line) && line[len(line)-1] == '}' && bytes.Equal(line[:n], p.head) {
		l := p.line
		l.Record = line[n : len(line)-1]
		return l, nil
	}
	l, err := ParseLine(line)
	if err == nil && !l.InPlace() && l.Asked == "" {
		p.head = append(p.head[:0], line[:len(line)-1-len(l.Record)]...)
		p.line = l
		p.line.Kind, p.line.Request, p.line.Record = bytes.Clone(l.Kind), bytes.Clone(l.Request), nil
	}
	return l, err
}

var errNotRawLine = errors.New("not a raw line")

// ErrInPlace is ParseLine's error for a line that stands in the place of a record and is not whole. Such a line is our own, with
// nothing of the platform's but the id, so it is no case for the quarantine.
var ErrInPlace = errors.New("a line that says that a record is absent or was not read, without a time, an id or a reason")

// ParseLine takes a line, without its newline, apart. It does not look into the record.
func ParseLine(line []byte) (l RawLine, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(lineKind))
	if !ok {
		return l, errNotRawLine
	}
	if l.Kind, rest, ok = cutString(rest); !ok {
		return l, errNotRawLine
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(lineRequest)); !ok {
		return l, errNotRawLine
	}
	if l.Request, rest, ok = cutString(rest); !ok {
		return l, errNotRawLine
	}
	rest, ok = bytes.CutPrefix(rest, []byte(lineReadAt))
	if !ok || len(rest) < len(readAtForm) {
		return l, errNotRawLine
	}
	l.ReadAt, ok = parseReadAt(rest[:len(readAtForm)])
	rest = rest[len(readAtForm):]
	if bytes.HasPrefix(rest, []byte(lineAbsent)) || bytes.HasPrefix(rest, []byte(lineUnread)) {
		if !ok || !l.inPlace(rest) {
			return l, ErrInPlace
		}
		return l, nil
	}
	if !ok || !l.record(rest) {
		return l, errNotRawLine
	}
	return l, nil
}

// inPlace reads the end of a line that has no record, and reports whether it is whole.
func (l *RawLine) inPlace(rest []byte) bool {
	if id, ok := bytes.CutPrefix(rest, []byte(lineAbsent)); ok {
		l.Absent, rest = cutText(id)
		return l.Absent != "" && string(rest) == "}"
	}
	id, rest := cutText(rest[len(lineUnread):])
	rest, ok := bytes.CutPrefix(rest, []byte(lineWhy))
	if !ok {
		return false
	}
	why, rest := cutText(rest)
	l.Unread, l.Why = id, why
	return id != "" && why != "" && string(rest) == "}"
}

// record reads the end of a line that has a record, and reports whether it is whole.
func (l *RawLine) record(rest []byte) bool {
	rec, ok := bytes.CutPrefix(rest, []byte(lineRecord))
	if !ok {
		id, asked := bytes.CutPrefix(rest, []byte(lineAsked))
		if !asked {
			return false
		}
		l.Asked, id = cutText(id)
		if rec, ok = bytes.CutPrefix(id, []byte(lineAsksFor)); !ok || l.Asked == "" {
			return false
		}
	}
	if len(rec) < 1 || rec[len(rec)-1] != '}' {
		return false
	}
	l.Record = rec[:len(rec)-1]
	return true
}

// cutText takes a JSON string off the front of b; it is empty where there is none.
func cutText(b []byte) (s string, rest []byte) {
	text, rest, ok := cutString(b)
	if !ok {
		return "", nil
	}
	return string(text), rest
}

// cutString takes a JSON string off the front of b.
func cutString(b []byte) (s, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	escaped := false
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if !escaped {
				return b[1:i], b[i+1:], true
			}
			var v string
			if json.Unmarshal(b[:i+1], &v) != nil {
				return nil, nil, false
			}
			return []byte(v), b[i+1:], true
		}
	}
	return nil, nil, false
}

// parseReadAt reads the one form that AppendLine writes; time.Parse takes a third of a line's time.
func parseReadAt(b []byte) (time.Time, bool) {
	for i, want := range []byte(readAtForm) {
		digit := want >= '0' && want <= '9'
		if digit != (b[i] >= '0' && b[i] <= '9') || !digit && b[i] != want {
			return time.Time{}, false
		}
	}
	number := func(from, to int) (n int) {
		for _, c := range b[from:to] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	t := time.Date(year, time.Month(month), day, hour, minute, second, number(20, 26)*1000, time.UTC)
	// time.Date carries over what is too large; a time that comes back otherwise was none.
	ok := t.Year() == year && int(t.Month()) == month && t.Day() == day && t.Hour() == hour && t.Minute() == minute &&
		t.Second() == second
	return t, ok
}
