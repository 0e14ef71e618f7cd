package platform

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/fault"
)

// Form is what a platform's code could read of an error's body.
type Form struct {
	Own       bool   // the body is the API's own error, not that of something in between
	Code      string // a word that a program can compare, "RESERVATION_NOT_FOUND"
	RequestID string
}

// StatusError is an answer with a status that is not 200. It holds nothing of the body but a code.
type StatusError struct {
	Status    int
	Code      string
	RequestID string
	Asked     time.Duration // Retry-After

	own       bool   // the body is the API's own error
	page      bool   // the body is a page for people
	edge      string // the network that stands before the platform, where it names itself
	to        string // scheme and host of Location
	challenge string // the scheme that WWW-Authenticate asks for, in small letters
	wantsTLS  bool   // the body says that the server speaks https alone
}

// Error implements error: "429 Too Many Requests (request 7f…, code X)".
func (e *StatusError) Error() string {
	var notes []string
	if e.RequestID != "" {
		notes = append(notes, "request "+e.RequestID)
	}
	if e.Code != "" {
		notes = append(notes, "code "+e.Code)
	}
	if e.page {
		notes = append(notes, "a page for people")
	}
	if e.edge != "" {
		notes = append(notes, "from "+e.edge)
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	if len(notes) == 0 {
		return text
	}
	return text + " (" + strings.Join(notes, ", ") + ")"
}

// IsGone reports whether err is the API's own "not found" of a Call with Gone.
func IsGone(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Status == http.StatusNotFound
}

// TooLargeError is an answer with more bytes than are held in memory.
type TooLargeError struct{ Limit int }

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d MiB", e.Limit>>20)
}

// IsTooLarge reports whether err is a TooLargeError.
func IsTooLarge(err error) bool {
	var large *TooLargeError
	return errors.As(err, &large)
}

// Broken returns the error of an answer that is cut off or not what is documented, and so probably not the platform's. It
// passes. why must hold nothing of the body.
func Broken(why string) error { return &brokenError{why: why} }

type brokenError struct {
	why  string
	err  error
	page bool   // it is a page for people
	word string // why, in a word; empty: not JSON
}

func (e *brokenError) Error() string { return e.why }
func (e *brokenError) Unwrap() error { return e.err }

// IsOfOne reports whether err may be so for one record alone, or one page, while the platform is up: an error of the server that
// does not ask to wait, an answer that is cut off, silent, too large or not JSON. why says it in a word or two.
func IsOfOne(err error) (why string, is bool) {
	var (
		broken *brokenError
		form   *formError
		status *StatusError
		large  *TooLargeError
	)
	if !ofOne(err) {
		return "", false
	}
	switch {
	case errors.As(err, &large):
		return "too large", true
	case errors.As(err, &status):
		return strconv.Itoa(status.Status), true
	case errors.As(err, &form):
		return "encoding", true
	case errors.As(err, &broken) && broken.word != "":
		return broken.word, true
	case errors.As(err, &broken):
		return "not JSON", true
	}
	return "no answer", true
}

func ofOne(err error) bool {
	var (
		broken *brokenError
		form   *formError
		status *StatusError
		large  *TooLargeError
		op     *net.OpError
		dns    *net.DNSError
	)
	switch {
	case errors.As(err, &broken):
		return !broken.page
	case errors.As(err, &large), errors.As(err, &form), errors.Is(err, errSilence):
		return true
	case errors.As(err, &status):
		return status.Asked == 0 && status.Status >= 500 && passingStatus(status.Status)
	case errors.As(err, &dns):
		return false
	case errors.As(err, &op):
		return op.Op == "read"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

var (
	errSilence = errors.New("no answer in time")
	errSlow    = fmt.Errorf("the answer comes in drops: %w", errSilence)
	errAddress = errors.New("the address is not of the form https://host/path")
	errHTTP    = errors.New("the address is http://, by which anybody on the way could read what is sent, the credential too")
)

// explain classifies the end of a call.
func (k *call) explain(ctx context.Context, err error) error {
	what := k.c.set.Name + ": " + k.where
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	var (
		known  *fault.Error
		status *StatusError
		large  *TooLargeError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &large):
		return fault.New(fault.Data, "have the platform shorten the record", "%s: %w", what, large)
	case errors.As(err, &status):
		return k.explainStatus(what, status)
	}
	o := k.obstacle(err)
	tries := ""
	if k.again > 0 {
		tries = fmt.Sprintf(" (%d attempts)", k.again+1)
	}
	return fault.New(o.kind, o.next, "%s: %w%s", what, &masked{o.why, err}, tries)
}

// safeWord returns s where it is an id or a code. It returns nothing where s could be anything else, since it goes into texts
// and logs.
func safeWord(s string) string {
	if len(s) > 128 {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("-_.:", rune(c)) {
			return ""
		}
	}
	return s
}

// masked keeps a cause for errors.Is and As, and shows only its reason.
type masked struct {
	why string
	err error
}

func (m *masked) Error() string { return m.why }
func (m *masked) Unwrap() error { return m.err }

// reason returns why a connection or an answer failed, in words of our own where the library's could quote the answer.
func reason(err error) string {
	var (
		broken *brokenError
		form   *formError
		status *StatusError
		known  *fault.Error
		dns    *net.DNSError
		op     *net.OpError
		cert   *tls.CertificateVerificationError
		proxy  *proxyError
		quiet  net.Error
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &broken):
		return broken.why
	case errors.As(err, &form):
		return form.why
	case errors.As(err, &status):
		return status.Error()
	case errors.As(err, &known):
		return known.Error()
	case errors.As(err, &proxy):
		return proxy.Error()
	case errors.Is(err, errSlow):
		return errSlow.Error()
	case errors.Is(err, errSilence):
		return errSilence.Error()
	case errors.As(err, &cert):
		return cert.Error()
	case errors.As(err, &dns):
		return "no address for " + dns.Name
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection ended early"
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return "its compression is broken"
	case errors.As(err, &quiet) && quiet.Timeout():
		return "no answer in time"
	case strings.Contains(err.Error(), "GOAWAY"):
		return "the server ended the connection (HTTP/2 GOAWAY)"
	}
	return "the connection failed"
}
