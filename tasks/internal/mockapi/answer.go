package mockapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"covers/tasks/internal/mockapi/scenario"
)

// answer is a reply before it is sent: what a fault may still change.
type answer struct {
	status int
	header [][2]string // beside Content-Type, Content-Length and the fixed ones
	fixed  []fixed
	before []byte
	spans  []span // of the spool, with a comma between two
	after  []byte

	fault scenario.Kind // of a scenario, for the log
	spoil spoil         // sends the answer in its own way
}

// fixed is a header that is the same on all replies of a platform. Nobody changes the value.
type fixed struct {
	name  string
	value []string
}

// reply returns an answer of a small JSON value.
func reply(status int, body any, header ...[2]string) answer {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // the types of replies marshal
	}
	return answer{status: status, before: text, header: header}
}

// record returns an answer of one record, as it is.
func record(e entry) answer { return answer{status: http.StatusOK, spans: []span{e.at()}} }

// with returns the answer with one more header.
func (a answer) with(name, value string) answer {
	a.header = append(a.header, [2]string{name, value})
	return a
}

// size returns the length of the body.
func (a *answer) size() int64 {
	n := int64(len(a.before) + len(a.after))
	for _, s := range a.spans {
		n += s.length + 1
	}
	if len(a.spans) > 0 {
		n-- // no comma behind the last
	}
	return n
}

// piece is how much of a body is read from the spool at once.
const piece = 64 << 10

var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, piece)
	return &b
}}

// send writes the answer and returns the number of bytes of its body.
func (a *answer) send(w http.ResponseWriter, s *spool) (int64, error) {
	if a.spoil != nil {
		return a.spoil(w, a, s)
	}
	h := w.Header()
	h["Content-Type"] = jsonType
	for _, f := range a.fixed {
		h[f.name] = f.value
	}
	size, n := a.size(), len(a.header)
	values := make([]string, n+1)
	for i, kv := range a.header {
		values[i] = kv[1]
		h[kv[0]] = values[i : i+1 : i+1]
	}
	values[n] = strconv.FormatInt(size, 10)
	h["Content-Length"] = values[n:]
	w.WriteHeader(a.status)
	p := buffers.Get().(*[]byte)
	defer buffers.Put(p)
	out := &batch{w: w, buf: (*p)[:0]}
	out.write(a.before)
	for i, r := range joined(a.spans) {
		if i > 0 {
			out.write(comma)
		}
		out.copy(s, r)
	}
	out.write(a.after)
	return size, out.flush()
}

var (
	jsonType = []string{"application/json"}
	comma    = []byte(",")
)

// joined makes one span of neighbours in the spool: their commas are there already.
func joined(spans []span) []span {
	if len(spans) < 2 {
		return spans
	}
	out := spans[:1]
	for _, s := range spans[1:] {
		if last := &out[len(out)-1]; last.offset+last.length+1 == s.offset {
			last.length += s.length + 1
		} else {
			out = append(out, s)
		}
	}
	return out
}

// batch gathers a body in pieces. After an error it does nothing more.
type batch struct {
	w   http.ResponseWriter
	buf []byte
	err error
}

func (b *batch) write(p []byte) {
	if len(b.buf)+len(p) > cap(b.buf) {
		b.err = b.flush()
	}
	if len(p) > cap(b.buf) {
		if b.err == nil {
			_, b.err = b.w.Write(p) //nolint:gosec // JSON, or a page of our own words: nothing that a browser would run
		}
		return
	}
	b.buf = append(b.buf, p...)
}

func (b *batch) copy(s *spool, r span) {
	if r.length > piece {
		if b.err = b.flush(); b.err == nil {
			b.err = s.send(b.w, r)
		}
		return
	}
	for r.length > 0 && b.err == nil {
		if len(b.buf) == cap(b.buf) {
			b.err = b.flush()
		}
		n := min(r.length, int64(cap(b.buf)-len(b.buf)))
		at := len(b.buf)
		b.buf = b.buf[:at+int(n)]
		if err := s.read(b.buf[at:], r.offset); err != nil {
			b.err = err
			return
		}
		r.offset, r.length = r.offset+n, r.length-n
	}
}

func (b *batch) flush() error {
	if b.err == nil && len(b.buf) > 0 {
		_, b.err = b.w.Write(b.buf)
	}
	b.buf = b.buf[:0]
	return b.err
}
