package snowflake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// lostAnswer is the number under which the driver reports a statement whose answer did not come. It is none of Snowflake's.
const lostAnswer = 1

// onceTransport sends a statement once. The driver sends one again, that is, has it executed again, when the server answers
// with HTTP 500, when the connection breaks, and when the answer is cut short; inside a load's transaction that could double
// rows. Here such an answer becomes an error of the number lostAnswer instead, and the load as a whole is tried again, which
// asks the ledger first. Signing in, waiting for a long statement and fetching its rows are repeated by the driver as ever.
//
// The driver's own checks of revoked certificates are not made on a transport that it is given. Certificates are verified
// as everywhere in this program.
type onceTransport struct {
	next http.RoundTripper
}

func newOnceTransport() *onceTransport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 4
	return &onceTransport{t}
}

// CloseIdleConnections passes on what http.Client asks.
func (t *onceTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *onceTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || !strings.HasPrefix(req.URL.Path, "/queries/v1/query-request") {
		return t.next.RoundTrip(req)
	}
	resp, err := t.next.RoundTrip(req)
	if req.Context().Err() != nil {
		return resp, err // the driver cancels the statement
	}
	if err != nil {
		return lost(req, "the connection to Snowflake broke")
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if req.Context().Err() != nil {
			return nil, req.Context().Err()
		}
		if err != nil || !json.Valid(body) {
			return lost(req, "Snowflake's answer was cut short")
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusForbidden:
		_ = resp.Body.Close()
		return lost(req, fmt.Sprintf("Snowflake answered with HTTP %d", resp.StatusCode))
	}
	return resp, nil
}

// lost is an answer that the driver takes for final.
func lost(req *http.Request, says string) (*http.Response, error) {
	body, err := json.Marshal(map[string]any{
		"success": false, "code": fmt.Sprintf("%06d", lostAnswer), "message": says,
		"data": map[string]string{"sqlState": "08006"},
	})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}
