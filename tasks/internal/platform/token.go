package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"covers/tasks/internal/fault"
)

// Grant asks a platform's token endpoint for one token, through hc, which retries what passes and fails where it refuses.
type Grant func(ctx context.Context, hc *http.Client) (*oauth2.Token, error)

// tokens keeps the one token in use. It asks for another when the token is about to end, or was refused.
type tokens struct {
	client   *Client
	accepted atomic.Bool // whether any call was let in with any token
	mu       sync.Mutex
	token    *oauth2.Token
	until    time.Time // zero: until it is refused
	doubted  time.Time // when a new token was last asked for on a mere doubt
}

// get returns the token in use, or a new one. Callers who come while a new one is asked for wait for it.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.client.machine.Now()
	if t.token != nil && (t.until.IsZero() || now.Before(t.until)) {
		return t.token, nil
	}
	granted, err := t.client.set.Grant(ctx, t.client.auth)
	if err != nil {
		return nil, t.client.tokenError(ctx, err)
	}
	t.token, t.until = granted, time.Time{}
	if life := lifetime(granted, t.client.set.TokenLife); life > 0 {
		// A little early, since the answer travelled and clocks differ; never so early that a short life is halved.
		t.until = now.Add(life - min(10*time.Second, life/10))
	}
	return t.token, nil
}

// refuse forgets tok, unless another has taken its place already.
func (t *tokens) refuse(tok *oauth2.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == tok {
		t.token = nil
	}
}

// doubtAgain is how long a doubt that a new token did not settle lasts.
const doubtAgain = 10 * time.Minute

// doubt forgets tok where a refusal may be about the token and may be about the call, and reports whether to try once more. Such
// a refusal with a new token too is about the call, and so is the next one.
func (t *tokens) doubt(tok *oauth2.Token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != tok {
		return true // another has taken its place
	}
	now := t.client.machine.Now()
	if !t.doubted.IsZero() && now.Sub(t.doubted) < doubtAgain {
		return false
	}
	t.doubted, t.token = now, nil
	return true
}

// trust notes that a new token settled a doubt.
func (t *tokens) trust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubted = time.Time{}
}

// lifetime is how long a token may be used.
func lifetime(tok *oauth2.Token, def time.Duration) time.Duration {
	if seconds := number(tok.Extra("expires_in")); seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	return def
}

// number reads expires_in, which some servers send as text or with a fraction. It is 0 where it cannot be how long a token lives.
func number(v any) float64 {
	seconds, ok := v.(float64)
	if text, is := v.(string); is {
		var err error
		seconds, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		ok = err == nil
	}
	if !ok || !(seconds > 0 && seconds <= 1e9) { // so that no NaN passes
		return 0
	}
	return seconds
}

// authorised puts the token on each call, as Bearer whatever the reply called its type: both platforms document that. A 401
// costs one new token and one more try. A 401 with the new token too is the answer, unless some call was ever let in. Then the
// platform takes tokens back, perhaps again and again and before a new one was used at all, and the call is tried once more, up
// to maxTokens.
//
// A 400, 403 or 405 may be about the token, as OpenTable's Authorization page says, or about the call: it costs one new token,
// and then is the answer. Not so a page for people, which is not the API's.
type authorised struct {
	next   http.RoundTripper
	tokens *tokens
}

// maxTokens is how many tokens one call is tried with.
const maxTokens = 4

func (a *authorised) RoundTrip(req *http.Request) (*http.Response, error) {
	for used := 1; ; used++ {
		tok, err := a.tokens.get(req.Context())
		if err != nil {
			return nil, err
		}
		out := req.Clone(req.Context()) // a RoundTripper may not change what it was given
		out.Header.Set("Authorization", "Bearer "+tok.AccessToken)
		resp, err := a.next.RoundTrip(out)
		if err != nil {
			return nil, err
		}
		switch resp.StatusCode {
		case http.StatusUnauthorized:
			if used == maxTokens || used > 1 && !a.tokens.accepted.Load() {
				return resp, nil
			}
			a.tokens.refuse(tok)
		case http.StatusBadRequest, http.StatusForbidden, http.StatusMethodNotAllowed:
			if used > 1 || isPage(resp.Header, nil) || !a.tokens.doubt(tok) {
				return resp, nil
			}
		default:
			if resp.StatusCode < 300 {
				if !a.tokens.accepted.Load() {
					a.tokens.accepted.Store(true)
				}
				if used > 1 {
					a.tokens.trust()
				}
			}
			return resp, nil
		}
		if k, ok := req.Context().Value(callKey{}).(*call); ok {
			k.renewed = true
		}
		_, _ = io.CopyN(io.Discard, resp.Body, errorBody)
		_ = resp.Body.Close()
	}
}

// retrying is the token endpoint's transport, with the API's retries inside. An answer must hold a token, which is handed on in
// the documented form whatever the server's was; where there is none to be had, it fails with a fault that quotes nothing.
type retrying struct {
	c    *Client
	next *http.Client
}

func (r *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	var reply tokenReply
	k := &call{
		c: r.c, http: r.next, url: req.URL, where: where(req, false), limit: tokenBody, form: oauthForm, token: true,
		answered: &r.c.granted,
	}
	err := k.send(req, new(Buffer), func(a *Answer) error {
		reply = readReply(a.Body)
		if reply.AccessToken == "" {
			return Broken("status " + strconv.Itoa(a.Status) + " without a token in it")
		}
		return nil
	})
	if err != nil {
		return nil, k.explain(req.Context(), err)
	}
	for _, c := range []byte(reply.AccessToken) {
		if c <= ' ' || c >= 0x7f {
			return nil, fault.New(fault.Usage, "correct auth_url, or tell the platform",
				"%s: ask %s for a token: the token that it gives holds a control character, or another that no header may bear",
				r.c.set.Name, r.c.set.AuthURL)
		}
	}
	body, _ := json.Marshal(reply) //nolint:gosec // G117: the token goes to its reader in this process alone
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}

// tokenReply is a token's reply in the documented form (RFC 6749, section 5.1).
type tokenReply struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in,omitempty"`
}

// readReply reads a token's reply in the forms that servers send: JSON, or a form as of old. The token is empty where there is
// none.
func readReply(body []byte) (r tokenReply) {
	var in struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   any    `json:"expires_in"`
	}
	if json.Unmarshal(body, &in) != nil {
		form, err := url.ParseQuery(strings.TrimSpace(string(body)))
		if err != nil {
			return r
		}
		in.AccessToken, in.ExpiresIn = form.Get("access_token"), form.Get("expires_in")
	}
	r.AccessToken, r.TokenType = strings.TrimSpace(in.AccessToken), "Bearer"
	if scheme, rest, ok := strings.Cut(r.AccessToken, " "); ok && strings.EqualFold(scheme, "bearer") {
		r.AccessToken = strings.TrimSpace(rest) // a scheme that belongs into the header
	}
	r.ExpiresIn = int64(math.Ceil(number(in.ExpiresIn)))
	return r
}

// oauthForm reads the error of a token endpoint (RFC 6749, section 5.2).
func oauthForm(body []byte) Form {
	var reply struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return Form{}
	}
	return Form{Own: reply.Error != "", Code: reply.Error}
}

// ReadToken reads the answer of hc, for a Grant that asks in a form of its own. The caller closes the body.
func ReadToken(resp *http.Response) (*oauth2.Token, error) {
	var reply tokenReply
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return nil, err
	}
	tok := &oauth2.Token{AccessToken: reply.AccessToken, TokenType: reply.TokenType}
	return tok.WithExtra(map[string]any{"expires_in": float64(reply.ExpiresIn)}), nil
}

// tokenError returns why there is no token, without what the server or the library wrote about it.
func (c *Client) tokenError(ctx context.Context, err error) error {
	if known := (*fault.Error)(nil); errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.New(
		fault.Unavailable,
		"run again later",
		"%s: ask %s for a token: %w",
		c.set.Name,
		c.set.AuthURL,
		&masked{reason(err), err},
	)
}
