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
	why string
	err error
}

func (e *brokenError) Error() string { return e.why }
func (e *brokenError) Unwrap() error { return e.err }

var (
	errSilence = errors.New("no answer in time")
	errAddress = errors.New("the address is not of the form https://host/path")
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
	tries := fmt.Sprintf(" (%d attempts)", max(1, k.c.set.Attempts))
	if !k.passes(ctx, err) {
		tries = ""
	}
	return fault.New(fault.Unavailable, "see whether the platform is up, and run again", "%s: %w%s", what, &masked{err}, tries)
}

func (k *call) explainStatus(what string, status *StatusError) error {
	env := "COVERS_" + strings.ToUpper(k.c.set.Credential) + "_CLIENT_ID"
	switch {
	case status.Asked > k.c.set.AskedMax:
		return fault.New(fault.Temporary, "run again after that", "%s: %w asks to wait %s, and a run waits for %s at most",
			what, status, status.Asked, k.c.set.AskedMax)
	case status.Status == http.StatusTooManyRequests, passingStatus(status.Status) && status.Asked > 0:
		return fault.New(fault.Temporary, "run again later, or lower requests_per_second in restaurants.yaml",
			"%s: %w, still after %d attempts", what, status, k.c.set.Attempts)
	case passingStatus(status.Status):
		return fault.New(fault.Unavailable, "see whether the platform is up, and run again",
			"%s: %w, still after %d attempts", what, status, k.c.set.Attempts)
	case status.Status == http.StatusUnauthorized:
		return fault.New(fault.Denied, "check that "+env+" may read what restaurants.yaml asks for",
			"%s: %w, with a new token too", what, status)
	case status.Status == http.StatusForbidden, status.Status == http.StatusProxyAuthRequired:
		return fault.New(fault.Denied, "check that "+env+" may read what restaurants.yaml asks for", "%s: %w", what, status)
	case status.Status < 400:
		return fault.New(fault.Usage, "correct api_url", "%s: %w sends elsewhere, which is not followed", what, status)
	}
	return fault.New(fault.Usage, "compare api_url and the source's ids in restaurants.yaml with the platform's",
		"%s: %w: the platform does not take the call", what, status)
}

// statusError reads the head of an answer.
func (k *call) statusError(resp *http.Response, form Form) *StatusError {
	id := safeWord(resp.Header.Get(k.c.set.RequestIDHeader))
	if id == "" {
		id = safeWord(form.RequestID)
	}
	return &StatusError{
		Status: resp.StatusCode, Code: safeWord(form.Code), RequestID: id, Asked: asked(resp.Header, k.c.machine.Now()),
	}
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
type masked struct{ err error }

func (m *masked) Error() string { return reason(m.err) }
func (m *masked) Unwrap() error { return m.err }

// reason returns why a connection or an answer failed, in words of our own where the library's could quote the answer.
func reason(err error) string {
	var (
		broken *brokenError
		status *StatusError
		known  *fault.Error
		dns    *net.DNSError
		op     *net.OpError
		cert   *tls.CertificateVerificationError
		quiet  net.Error
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &broken):
		return broken.why
	case errors.As(err, &status):
		return status.Error()
	case errors.As(err, &known):
		return known.Error()
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
	}
	return "the connection failed"
}
