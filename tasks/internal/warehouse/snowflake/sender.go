package snowflake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

// cleanupTime is how long a session's end, or the cancelling of a statement, waits for its answer. The driver would wait for a
// quarter of an hour, and again, though its caller was told to stop. Snowflake does what it was asked without a listener, and
// ends what nobody asked it to end by itself.
const cleanupTime = time.Second

// sender is the transport of one session, which decides how often a statement is sent.
//
// The driver sends one again, unasked, when the server answers with HTTP 429 or 5xx, when the connection breaks, and when the
// answer is cut short. It keeps the request's id (requestId; only request_guid is new), and its changelog (2.0.2, #1777) and
// Snowflake's maintainers (snowflakedb/drivers#913) say that the server then gives the first execution's result. That is in no
// documentation of Snowflake's, and there is one report of the contrary (snowflake-connector-nodejs#1189), so nothing is built on
// it that could double rows. A statement is sent again, by the sender alone, with growing pauses and the same request id, where
//
//   - it changes nothing or is no other for being executed twice: what reads, makes a temporary table anew, rolls back;
//   - it is a COPY, or BEGIN, and was refused before it began (429, 503). Should the COPY have been executed all the same, the
//     count of what landed, held against the manifests, refuses the load.
//
// All else is sent once, COMMIT above all: then no answer is an error (lostAnswer), and the work as a whole begins anew in a new
// session, where it asks the ledger first. That costs a landing, not a wrong row.
//
// Signing in, waiting for a long statement and fetching its rows are repeated by the driver as ever. The driver's own checks of
// revoked certificates are not made on a transport that it is given; certificates are verified as everywhere in this program.
type sender struct {
	machine machine.Machine
	next    http.RoundTripper

	mu     sync.Mutex
	inside bool // a transaction is open
	silent bool // the server did not answer when the session was to end
}

func newSender(m machine.Machine) *sender {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 4
	return &sender{machine: m, next: t}
}

// CloseIdleConnections passes on what http.Client asks.
func (t *sender) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *sender) RoundTrip(req *http.Request) (*http.Response, error) {
	switch path := req.URL.Path; {
	case req.Method != http.MethodPost:
		return t.next.RoundTrip(req)
	case strings.HasPrefix(path, "/queries/v1/query-request"):
		return t.statement(req)
	case strings.HasPrefix(path, "/queries/v1/abort-request"), strings.HasPrefix(path, "/telemetry/"),
		path == "/session" && req.URL.Query().Get("delete") == "true":
		return t.cleanup(req)
	}
	return t.next.RoundTrip(req)
}

// often says how often a statement may be sent.
type often int

const (
	once     often = iota // whatever becomes of it
	refused               // again where the server did not begin with it
	harmless              // again where no answer came
)

// oftenOf reads the text of a statement, and keeps in mind whether a transaction is open.
func (t *sender) oftenOf(text string) often {
	t.mu.Lock()
	defer t.mu.Unlock()
	words := strings.Fields(text)
	if len(words) == 0 {
		return once
	}
	switch first := strings.ToUpper(words[0]); {
	case first == "BEGIN":
		t.inside = true
		return refused // one that is open already cannot be, in a session of our own
	case first == "COMMIT":
		t.inside = false
		return once
	case first == "ROLLBACK":
		t.inside = false
		return harmless
	case first == "SELECT", first == "SHOW", first == "DESCRIBE", first == "LIST":
		return harmless
	case t.inside:
		return once
	case first == "COPY":
		return refused
	case strings.HasPrefix(strings.ToUpper(strings.Join(words, " ")), "CREATE OR REPLACE TEMPORARY "):
		return harmless
	}
	return once
}

// statement sends a statement as often as it may be. No answer in the end is one that the driver takes for final.
func (t *sender) statement(req *http.Request) (*http.Response, error) {
	body, err := bodyOf(req)
	if err != nil {
		return nil, err
	}
	var asked struct {
		Text string `json:"sqlText"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	may := t.oftenOf(asked.Text)
	began := t.machine.Now()
	var patience *engine.Patience
	for sent := 1; ; sent++ {
		resp, status, says := t.send(req, body)
		if says == "" || req.Context().Err() != nil { // the driver cancels the statement
			return resp, req.Context().Err()
		}
		unbegun := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
		if may == once || may == refused && !unbegun {
			return answer(req, lostAnswer, says)
		}
		if patience == nil {
			patience = engine.NewPatience(t.machine, engine.FirstPause, engine.LastPause, engine.Outage)
		}
		if patience.Over() {
			return answer(req, gaveUp, fmt.Sprintf("%s, %d times", says, sent))
		}
		if err := patience.Wait(req.Context()); err != nil {
			return nil, err
		}
		req = again(req, sent, status, began)
	}
}

// bodyOf reads a request's body, to send it more than once.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	return body, err
}

// again returns a request as the driver itself makes the next try of it: with the same id, so that Snowflake knows it.
func again(req *http.Request, sent, status int, began time.Time) *http.Request {
	req = req.Clone(req.Context())
	q := req.URL.Query()
	q.Set("request_guid", gosnowflake.NewUUID().String())
	q.Set("retryCount", strconv.Itoa(sent))
	q.Set("retryReason", strconv.Itoa(status))
	q.Set("clientStartTime", strconv.FormatInt(began.UnixMilli(), 10))
	req.URL.RawQuery = q.Encode()
	return req
}

// send sends a statement and reads the whole answer. Where none came, says is what came instead, and status the HTTP status if
// there was one.
func (t *sender) send(req *http.Request, body []byte) (resp *http.Response, status int, says string) {
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, 0, "the connection to Snowflake broke"
	}
	switch status := resp.StatusCode; {
	case status == http.StatusOK:
		whole, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !json.Valid(whole) {
			return nil, 0, "Snowflake's answer was cut short"
		}
		resp.Body = io.NopCloser(bytes.NewReader(whole))
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout,
		status == http.StatusForbidden:
		_ = resp.Body.Close()
		return nil, status, fmt.Sprintf("Snowflake answered with HTTP %d", status)
	}
	return resp, resp.StatusCode, ""
}

// cleanup sends what ends a session or a statement, and does not wait for long: once the server was silent, not at all. The
// driver is told that it was done, or it would try again.
func (t *sender) cleanup(req *http.Request) (*http.Response, error) {
	t.mu.Lock()
	silent := t.silent
	t.mu.Unlock()
	if !silent {
		ctx, cancel := context.WithTimeout(req.Context(), cleanupTime)
		defer cancel()
		resp, err := t.next.RoundTrip(req.WithContext(ctx))
		if err == nil {
			var whole []byte
			whole, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			resp.Body = io.NopCloser(bytes.NewReader(whole))
		}
		if err == nil && resp.StatusCode == http.StatusOK {
			return resp, nil
		}
		t.mu.Lock()
		t.silent = true
		t.mu.Unlock()
	}
	return answer(req, 0, "")
}

// answer is an answer that the driver takes for final: an error of a number, or for 0 that all is done.
func answer(req *http.Request, number int, says string) (*http.Response, error) {
	text := map[string]any{"success": number == 0, "code": nil, "message": says, "data": map[string]string{}}
	if number != 0 {
		text["code"], text["data"] = fmt.Sprintf("%06d", number), map[string]string{"sqlState": "08006"}
	}
	body, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}
