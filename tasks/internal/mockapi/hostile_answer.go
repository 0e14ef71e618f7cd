package mockapi

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/reservation"
)

// spoil sends an answer in another way than it should be. It returns the bytes of the body that were sent.
type spoil func(w http.ResponseWriter, a *answer, s *spool) (int64, error)

var spoils = map[scenario.Kind]spoil{
	scenario.Cut:        func(w http.ResponseWriter, a *answer, s *spool) (int64, error) { return misfit(w, a, s, half, 0) },
	scenario.TooLong:    func(w http.ResponseWriter, a *answer, s *spool) (int64, error) { return misfit(w, a, s, whole, 10) },
	scenario.TooShort:   func(w http.ResponseWriter, a *answer, s *spool) (int64, error) { return misfit(w, a, s, whole, -10) },
	scenario.GzipBroken: func(w http.ResponseWriter, a *answer, s *spool) (int64, error) { return zipped(w, a, s, broken) },
	scenario.GzipCut:    func(w http.ResponseWriter, a *answer, s *spool) (int64, error) { return zipped(w, a, s, half) },
	scenario.Reset:      reset,
}

// spoilt returns an answer with a rule's fault.
func (h *hostile) spoilt(f *scenario.Rule, t target, r *http.Request, id string, next handler) answer {
	a := answer{fault: f.Kind, spoil: spoils[f.Kind]}
	switch f.Kind {
	case scenario.Slow:
		_ = h.server.machine.Sleep(r.Context(), f.Delay) // it ends sooner where nobody waits for the answer
	case scenario.Revoked:
		h.revoke(t, f.Form)
	case scenario.Reset:
		return a // nothing is answered
	case scenario.HTML:
		a.status, a.before, a.header = http.StatusOK, page("Scheduled maintenance"), htmlHeader
		return a
	case scenario.Empty:
		a.status = http.StatusOK
		return a
	case scenario.TooManyRequests:
		return h.refusal(f, t, r, id, http.StatusTooManyRequests)
	case scenario.NotFound:
		return h.refusal(f, t, r, id, http.StatusNotFound)
	case scenario.ServerError:
		return h.refusal(f, t, r, id, f.Status)
	}
	a.answer(next(r, id))
	return a
}

// answer takes what would be answered, and leaves how it is spoilt.
func (a *answer) answer(from answer) {
	from.fault, from.spoil = a.fault, a.spoil
	*a = from
}

// refusal returns an error of the platform's, or of the gateway before it.
func (h *hostile) refusal(f *scenario.Rule, t target, r *http.Request, id string, status int) answer {
	a := answer{status: status, before: page(strconv.Itoa(status) + " " + http.StatusText(status)), header: htmlHeader}
	if f.Form != scenario.Gateway {
		a = h.own(t, r, id, status)
	}
	a.fault = f.Kind
	if f.RetryAfter == 0 {
		return a
	}
	now := h.server.machine.Now().UTC()
	after := strconv.FormatInt(int64(f.RetryAfter/time.Second), 10)
	if f.Form == scenario.Date {
		after = now.Add(f.RetryAfter).Format(http.TimeFormat)
	}
	a.header = append(a.header[:len(a.header):len(a.header)],
		[2]string{"Date", now.Format(http.TimeFormat)}, [2]string{"Retry-After", after})
	return a
}

// own returns an error in the form of the platform's API.
func (h *hostile) own(t target, r *http.Request, id string, status int) answer {
	if t.platform == reservation.OpenTable {
		return h.server.openTable.refuse(r, id, status, "")
	}
	code := ""
	if status == http.StatusNotFound {
		code = map[string]string{
			reservation.KindReservation: "RESERVATION_NOT_FOUND", reservation.KindCustomer: "CUSTOMER_NOT_FOUND",
		}[t.records]
	}
	return h.server.theFork.refuse(status, code)
}

var htmlHeader = [][2]string{{"Content-Type", "text/html; charset=utf-8"}}

func page(title string) []byte {
	return fmt.Appendf(nil, "<!doctype html>\n<html><head><title>%[1]s</title></head><body><h1>%[1]s</h1></body></html>\n", title)
}

// revoke takes back all tokens that the platform gave out. TheFork has two ways to say so.
func (h *hostile) revoke(t target, form scenario.Form) {
	switch {
	case t.platform == reservation.OpenTable:
		h.server.openTable.tokens.takeBack(unknown)
	case form == scenario.API:
		h.server.theFork.tokens.takeBack(takenBack)
	default:
		h.server.theFork.tokens.takeBack(takenByGateway)
	}
}

// body returns all of an answer's body.
func (a *answer) body(s *spool) ([]byte, error) {
	out := bytes.NewBuffer(append(make([]byte, 0, a.size()), a.before...))
	for i, r := range a.spans {
		if i > 0 {
			out.WriteByte(',')
		}
		record, err := s.bytes(r)
		if err != nil {
			return nil, err
		}
		out.Write(record)
	}
	out.Write(a.after)
	return out.Bytes(), nil
}

// bytes returns a range.
func (s *spool) bytes(r span) ([]byte, error) {
	out := make([]byte, r.length)
	return out, s.read(out, r.offset)
}

// The ways in which a body is not sent as it is.

func whole(body []byte) []byte { return body }
func half(body []byte) []byte  { return body[:len(body)/2] }

// broken turns over a bit in the middle.
func broken(body []byte) []byte {
	body[len(body)/2] ^= 1
	return body
}

// misfit names a length that is off by so many bytes from that of the whole body, sends a part, and hangs up. It writes to the
// connection itself, because net/http does not let such a thing happen.
func misfit(w http.ResponseWriter, a *answer, s *spool, part func([]byte) []byte, off int) (int64, error) {
	body, err := a.body(s)
	if err != nil {
		return 0, err
	}
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }() // which is what the client is to see
	header := http.Header{"Content-Type": jsonType, "Content-Length": {strconv.Itoa(max(len(body)+off, 0))}}
	for _, f := range a.fixed {
		header[f.name] = f.value
	}
	for _, kv := range a.header {
		header[kv[0]] = []string{kv[1]}
	}
	fmt.Fprintf(out, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	if err := header.Write(out); err != nil {
		return 0, err
	}
	sent := part(body)
	fmt.Fprintf(out, "\r\n%s", sent)
	return int64(len(sent)), out.Flush()
}

// zipped sends a packed body that cannot be unpacked, of the length that it names. It is packed without being compressed, so
// that a client that does not compare the checksum takes a body with a wrong bit in it.
func zipped(w http.ResponseWriter, a *answer, s *spool, part func([]byte) []byte) (int64, error) {
	body, err := a.body(s)
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.NoCompression)
	if err == nil {
		_, err = zip.Write(body)
	}
	if err == nil {
		err = zip.Close()
	}
	if err != nil {
		return 0, err
	}
	a.header = append(a.header[:len(a.header):len(a.header)], [2]string{"Content-Encoding", "gzip"})
	a.before, a.spans, a.after, a.spoil = part(packed.Bytes()), nil, nil, nil
	return a.send(w, s)
}

// reset ends the connection without an answer, so that the client's system calls it reset by the peer.
func reset(w http.ResponseWriter, _ *answer, _ *spool) (int64, error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return 0, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return 0, conn.Close()
}
