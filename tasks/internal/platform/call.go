package platform

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/rs/zerolog"
)

// The most that is read of a body, in bytes.
const (
	MaxBody   = 16 << 20 // of an answer: a record of 10 MB passes through with room to spare
	tokenBody = 1 << 20
	errorBody = 64 << 10
	keptBody  = 4 << 20 // a Buffer that grew beyond this is given back
)

// Call is one GET of the API.
type Call struct {
	URL *url.URL // from Client.URL, or beside it on the same host

	// Few is how many attempts are made where the answer may be so for this address alone (IsOfOne), and not for the platform;
	// 0: as many as elsewhere.
	Few int

	// Gone is set where a 404 in the API's own form means a record that is no longer there (IsGone). Any other 404 then comes
	// from something in between that answers in the API's place, and passes.
	Gone bool
}

// Answer is a whole answer with status 200.
type Answer struct {
	RequestID string    // the platform's, or the client's own
	At        time.Time // when the answer's head came
	Body      []byte    // in the caller's Buffer: valid until its next use

	// Set beside an error: the answer's status, and the word that a program can compare, where it has one. Without an answer the
	// request is the last one that was sent, and the time is that of giving up.
	Status int
	Code   string
}

// Buffer holds a body and is used again for the next. The zero value is ready. It is not for concurrent use.
type Buffer struct{ b []byte }

// Get asks until there is a whole answer for which whole returns nil. It asks again where an answer was cut off, where its length
// or compression is wrong, or where whole calls it Broken, and hands on nothing of it. Other errors of whole are final. The error
// is classified, says what was asked, and quotes nothing of a body; once ctx is done it is ctx's. The answer beside an error has
// no body: it tells which answer came last, if one came.
func (c *Client) Get(ctx context.Context, what Call, buf *Buffer, whole func(body []byte) error) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, what.URL.String(), nil)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Accept", "application/json")
	k := &call{
		c: c, http: c.http, url: what.URL, where: where(req, what.Gone), limit: MaxBody, gone: what.Gone, few: what.Few,
		form: c.set.ErrorForm, answered: &c.answered,
	}
	var out Answer
	err = k.send(req, buf, func(a *Answer) error {
		out = *a
		return whole(a.Body)
	})
	if err != nil {
		if k.head.At.IsZero() {
			k.head.At = c.machine.Now()
			if k.now != nil {
				k.head.RequestID = k.now.ID
			}
		}
		return k.head, k.explain(ctx, err)
	}
	return out, nil
}

// where names a request in texts and logs, without its query, which may hold a cursor of the platform's. Where one record is
// asked for it leaves out the id, which may be a guest's. The request's own id leads to the record in raw.
func where(req *http.Request, one bool) string {
	name := req.URL.EscapedPath() // an id may hold a slash of its own
	if one {
		name = path.Dir(name) + "/{id}"
	}
	return req.Method + " " + req.URL.Scheme + "://" + req.URL.Host + name
}

// call is one request on its way through retryablehttp: the hooks below are its memory between attempts.
type call struct {
	c     *Client
	http  *http.Client
	url   *url.URL
	where string
	limit int
	gone  bool
	few   int
	token bool // it asks for a token
	form  func([]byte) Form

	answered *atomic.Bool // whether any such call was ever answered as documented

	again   int           // attempts after the first
	renewed bool          // it was sent with a new token
	wait    time.Duration // before the next attempt
	last    error         // why the last attempt was not the answer
	same    int           // attempts in a row that were not the answer for the same reason
	sent    int           // attempts
	now     *attempt      // the last one
	head    Answer        // of the last answer, without its body
}

// send does the request until use, given a whole body, returns nil. Errors are as they are, for explain.
func (k *call) send(req *http.Request, buf *Buffer, use func(*Answer) error) error {
	again := &retryablehttp.Client{
		HTTPClient:   k.http,
		RetryMax:     k.c.set.Attempts - 1,
		CheckRetry:   k.check,
		Backoff:      k.backoff,
		PrepareRetry: k.pause,
	}
	r, err := retryablehttp.FromRequest(req.WithContext(context.WithValue(req.Context(), callKey{}, k)))
	if err != nil {
		return err
	}
	r.SetResponseHandler(func(resp *http.Response) error { return k.read(resp, buf, use) })
	resp, err := again.Do(r)
	if resp != nil {
		_ = resp.Body.Close()
	}
	switch {
	case err == nil:
		return nil
	case req.Context().Err() != nil:
		return req.Context().Err()
	case k.last != nil:
		return k.last
	}
	return err
}

// check reports whether another attempt is worth it (retryablehttp's CheckRetry). It is asked about the head of an answer
// first, and then about what read made of it.
func (k *call) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		k.met(err)
		return k.worth(err, k.obstacle(err).tries), nil
	case passingStatus(resp.StatusCode):
		status := k.statusError(resp, Form{}, nil)
		k.met(status)
		return status.Asked <= k.c.set.AskedMax && k.worth(status, k.c.set.Attempts), nil
	}
	return false, nil
}

// met notes why an attempt was not the answer.
func (k *call) met(err error) {
	if word(err) != word(k.last) {
		k.same = 0
	}
	k.last = err
	k.same++
}

// word is equal for errors of one sort.
func word(err error) string {
	if status := (*StatusError)(nil); errors.As(err, &status) {
		return http.StatusText(status.Status) // without the request's id
	}
	return reason(err)
}

// worth reports whether an error that is worth so many attempts in a row is worth another.
func (k *call) worth(err error, tries int) bool {
	if k.few > 0 && ofOne(err) {
		tries = min(k.few, tries)
	}
	return k.same < tries && k.again+1 < k.c.set.Attempts
}

// backoff only notes how long to wait (retryablehttp's Backoff): the waiting is done in pause, which has a context and the
// client's machine.
func (k *call) backoff(_, _ time.Duration, attempt int, _ *http.Response) time.Duration {
	k.wait = k.c.backoff(attempt, k.last)
	return 0
}

// pause waits before another attempt (retryablehttp's PrepareRetry).
func (k *call) pause(req *http.Request) error {
	k.c.retries.Add(1)
	k.again++
	event := zerolog.Ctx(req.Context()).Warn().Str("platform", k.c.set.Name).Str("call", k.where).Dur("wait", k.wait)
	if status := (*StatusError)(nil); errors.As(k.last, &status) {
		event = event.Int("status", status.Status).Str("request", status.RequestID)
	}
	event.Str("reason", reason(k.last)).Msg("asked again")
	if err := k.c.sleep(req.Context(), k.wait, k.where+": "+reason(k.last)); err != nil {
		k.last = err
		return err
	}
	return nil
}

// read takes an answer to its end (retryablehttp's response handler).
func (k *call) read(resp *http.Response, buf *Buffer, use func(*Answer) error) (err error) {
	defer func() {
		k.now.failed(err)
		k.head.RequestID = k.now.ID
	}()
	k.head = Answer{RequestID: k.now.ID, At: k.c.machine.Now(), Status: resp.StatusCode}
	if resp.StatusCode != http.StatusOK && (!k.token || resp.StatusCode >= 300) {
		return k.refused(resp)
	}
	body, err := readAll(resp, buf, k.limit)
	k.c.received.Add(int64(len(body)))
	if err != nil {
		return err
	}
	answer := k.head
	if answer.Body, err = toUTF8(resp.Header, body); err != nil {
		return err
	}
	if err = use(&answer); isBroken(err) && isPage(resp.Header, body) {
		return &brokenError{why: "the answer is a page for people, and not a JSON object", page: true}
	}
	if err == nil {
		k.answered.Store(true)
	}
	return err
}

// refused reads what came instead of an answer.
func (k *call) refused(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, errorBody)) // the status is the news; a cut body only says less
	form := k.form(body)
	k.head.Code = safeWord(form.Code)
	switch {
	case resp.StatusCode > 200 && resp.StatusCode < 300:
		return Broken("status " + resp.Status[:3] + " where 200 is documented")
	case k.gone && resp.StatusCode == http.StatusNotFound && !form.Own:
		return &brokenError{why: "status 404 without the API's own error in it", word: "404"}
	}
	return k.statusError(resp, form, body)
}

// readAll reads a body into buf. An error of the connection, of the length or of the compression is Broken.
func readAll(resp *http.Response, buf *Buffer, limit int) ([]byte, error) {
	b := buf.b[:0]
	if cap(b) > keptBody {
		b = nil
	}
	if n := resp.ContentLength; n > int64(limit) {
		return nil, &TooLargeError{Limit: limit}
	} else if need := int(n) + 512; need > cap(b) {
		b = make([]byte, 0, need) // n is -1 where the length is not known
	}
	defer func() { buf.b = b }()
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := resp.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > limit:
			return nil, &TooLargeError{Limit: limit}
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, &brokenError{why: "the answer was cut off: " + reason(err), err: err, word: "cut off"}
		}
	}
}
