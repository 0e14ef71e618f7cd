package platformtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// Fault spoils one answer. The zero value leaves it as it is.
type Fault struct {
	Status int               // instead of the answer, with Header and Body
	Header map[string]string // of that answer
	Body   string
	HTML   bool // a page for people, with status 200
	Cut    int  // the connection ends after so many bytes of the body
	Short  bool // Content-Length is less than the body
	Long   bool // Content-Length is more than the body
	Gzip   bool // Content-Encoding is gzip, and the body's checksum is wrong
	Hang   bool // no answer until the client goes away
}

// Spoil answers as h would, with the fault in it.
func (f Fault) Spoil(h http.Handler, w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Hang:
		<-r.Context().Done()
		return
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><body>We are down for maintenance.</body></html>")
		return
	case f.Status != 0:
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		_, _ = fmt.Fprint(w, f.Body)
		return
	case f.Cut == 0 && !f.Short && !f.Long && !f.Gzip:
		h.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	switch {
	case f.Cut > 0:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:min(f.Cut, len(body)-1)]
	case f.Short:
		body = body[:len(body)-len(body)/3] // what a server sends that believes its own Content-Length
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	case f.Long:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+7))
	case f.Gzip:
		body = brokenGzip(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
	if f.Cut > 0 || f.Long {
		_ = http.NewResponseController(w).Flush() // so that the client has met the answer
		panic(http.ErrAbortHandler)               // ends the connection
	}
}
