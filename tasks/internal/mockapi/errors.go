package mockapi

import (
	"net/http"

	"covers/tasks/internal/opentable"
)

// The forms in which OpenTable's documents show errors, their members in the examples' order.

// syncError is that of the Sync lists' 401, and with a message that of CRM's.
type syncError struct {
	Timestamp string  `json:"timestamp"`
	Path      string  `json:"path"`
	Status    int     `json:"status"`
	Error     string  `json:"error"`
	Message   *string `json:"message,omitempty"`
	RequestID string  `json:"requestId"` // eight hexadecimal digits that are no header's
}

// tableError is that of the table of the guests' lists; no example shows it.
type tableError struct {
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970
	Path      string `json:"path"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
}

// backendError is that of what stands behind the gateway: CRM's 404 and 400.
type backendError struct {
	Timestamp any    `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Path      string `json:"path"`
}

// errorList is that of the Directory's 401 and Booking's 400 and 403.
type errorList struct {
	Errors    []errorWord `json:"errors"`
	RequestID string      `json:"requestid"` // so, in small letters
}

type errorWord struct {
	Message string `json:"message"`
}

// errorTime is the form of timestamp in the examples: milliseconds, and an offset without a colon.
const errorTime = "2006-01-02T15:04:05.000-0700"

// Words of errors. Which ones the platform has is documented for few.
const (
	missingToken = "Missing authorization token for request" // CRM's example
	invalidToken = "invalid_token"                           // the Directory's example
)

// refuse answers in the form that the settings name. message is "" where the documents' examples have none; it is shown where
// the form or the settings want one.
func (o *openTable) refuse(r *http.Request, id string, status int, message string) answer {
	return reply(status, o.refusal(r.URL.Path, id, status, message), requestHeader(id))
}

func (o *openTable) refusal(path, id string, status int, message string) any {
	now, word := o.server.machine.Now().UTC(), http.StatusText(status)
	shown := message
	if shown == "" {
		shown = word
	}
	integer := o.settings.ErrorTimestamp == "integer"
	switch {
	case o.settings.ErrorForm == "errors":
		if status == http.StatusUnauthorized {
			shown = invalidToken
		}
		return errorList{Errors: []errorWord{{shown}}, RequestID: id}
	case o.settings.ErrorForm == "backend" && integer:
		return backendError{now.UnixMilli(), status, word, shown, path}
	case o.settings.ErrorForm == "backend":
		return backendError{now.Format(errorTime), status, word, shown, path}
	case integer:
		return tableError{now.UnixMilli(), path, status, word, shown}
	}
	e := syncError{Timestamp: now.Format(errorTime), Path: path, Status: status, Error: word, RequestID: o.server.shortID()}
	if o.settings.ErrorMessage == "present" {
		e.Message = &shown
	}
	return e
}

// openTableHeaders are on every reply of OpenTable's examples, the same on each. They are made once: a reply of one record costs
// little more than its headers.
func (s *Server) openTableHeaders() []fixed {
	return []fixed{
		{"OT-AnonymousId", []string{s.tokenID()}}, {"OT-SessionID", []string{s.tokenID()}},
		{"Vary", []string{"Accept-Encoding"}}, {"X-Content-Type-Options", []string{"nosniff"}},
		{"Strict-Transport-Security", []string{"max-age=31536000; includeSubDomains"}},
	}
}

// requestHeader names a request, on every reply of OpenTable.
func requestHeader(id string) [2]string { return [2]string{opentable.RequestIDHeader, id} }

// TheFork's errors.

// apiError is that of the operations.
type apiError struct {
	Data       apiErrorData `json:"data"`
	Error      string       `json:"error"`
	StatusCode int          `json:"statusCode"`
}

type apiErrorData struct {
	Code string `json:"code"`
}

// globalError is that of the page Getting started, for 401, 429 and 500 of any operation.
type globalError struct {
	StatusCode int    `json:"statusCode"`
	Error      string `json:"error"`
}

// gatewayError is that of the gateway before the API.
type gatewayError struct {
	Message string `json:"message"`
}

// refuse answers as the operations do, or as the page Getting started says of what any of them may meet. Only the codes of
// records that are not found are documented; else the code is empty, as with a 401.
func (f *theFork) refuse(status int, code string) answer {
	word := http.StatusText(status)
	switch {
	case status == http.StatusInternalServerError:
		word = "Internal server error" // as the example writes it
		fallthrough
	case status == http.StatusTooManyRequests, status > http.StatusInternalServerError:
		return reply(status, globalError{status, word})
	}
	return reply(status, apiError{apiErrorData{code}, word, status})
}

// shortID makes the requestId of an error: no header has it.
func (s *Server) shortID() string { return s.machine.Name(4) }
