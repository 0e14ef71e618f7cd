package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"covers/tasks/internal/fault"
)

// Grant asks a platform's token endpoint for one token, through hc, which retries what passes. An answer that refuses is an
// *oauth2.RetrieveError, as package oauth2/clientcredentials returns it.
type Grant func(ctx context.Context, hc *http.Client) (*oauth2.Token, error)

// tokens keeps the one token in use. It asks for another when the token is about to end, or was refused.
type tokens struct {
	client   *Client
	accepted atomic.Bool // whether any call was let in with any token
	mu       sync.Mutex
	token    *oauth2.Token
	until    time.Time // zero: until it is refused
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

// lifetime reads expires_in, which some servers send as text.
func lifetime(tok *oauth2.Token, def time.Duration) time.Duration {
	seconds := float64(tok.ExpiresIn)
	switch v := tok.Extra("expires_in").(type) {
	case float64:
		seconds = v
	case int64:
		seconds = float64(v)
	case string:
		seconds, _ = strconv.ParseFloat(v, 64)
	}
	if seconds <= 0 || seconds > 1e9 {
		return def
	}
	return time.Duration(seconds * float64(time.Second))
}

// authorised puts the token on each call. A 401 costs one new token and one more try. A 401 with the new token too is the
// answer, unless some call was ever let in. Then the platform takes tokens back, perhaps again and again and before a new one was
// used at all, and the call is tried once more, up to maxTokens.
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
		tok.SetAuthHeader(out)
		resp, err := a.next.RoundTrip(out)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusUnauthorized {
			if resp.StatusCode < 300 && !a.tokens.accepted.Load() {
				a.tokens.accepted.Store(true)
			}
			return resp, nil
		}
		if used == maxTokens || used > 1 && !a.tokens.accepted.Load() {
			return resp, nil
		}
		a.tokens.refuse(tok)
		_, _ = io.CopyN(io.Discard, resp.Body, errorBody)
		_ = resp.Body.Close()
	}
}

// retrying is the token endpoint's transport, with the API's retries inside. An answer with status 200 must hold a token. It is
// handed on as JSON whatever the server called it; where the answer refuses, its code alone is handed on.
type retrying struct {
	c    *Client
	next *http.Client
}

func (r *retrying) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	k := &call{c: r.c, http: r.next, where: where(req, false), limit: tokenBody, form: oauthForm}
	err := k.send(req, new(Buffer), func(a *Answer) error {
		var reply struct {
			AccessToken string `json:"access_token"`
		}
		if json.Unmarshal(a.Body, &reply) != nil || strings.TrimSpace(reply.AccessToken) == "" {
			return Broken("status 200 without a token in it")
		}
		body = bytes.Clone(a.Body)
		return nil
	})
	status := http.StatusOK
	if refused := (*StatusError)(nil); errors.As(err, &refused) && !passingStatus(refused.Status) {
		status, err = refused.Status, nil
		body, _ = json.Marshal(map[string]string{"error": refused.Code})
	}
	if err != nil {
		return nil, k.explain(req.Context(), err)
	}
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
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

// ReadToken reads the answer of a token endpoint, for a Grant that asks in a form of its own. The caller closes the body.
func ReadToken(resp *http.Response) (*oauth2.Token, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, tokenBody))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &oauth2.RetrieveError{Response: resp, ErrorCode: oauthForm(body).Code}
	}
	var reply struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   any    `json:"expires_in"` // a number; some servers send text
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, err
	}
	tok := &oauth2.Token{AccessToken: reply.AccessToken, TokenType: reply.TokenType}
	return tok.WithExtra(map[string]any{"expires_in": reply.ExpiresIn}), nil
}

// tokenError returns why there is no token, without what the server or the library wrote about it.
func (c *Client) tokenError(ctx context.Context, err error) error {
	if known := (*fault.Error)(nil); errors.As(err, &known) {
		return known
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	env := "COVERS_" + strings.ToUpper(c.set.Credential)
	check := "check " + env + "_CLIENT_ID and " + env + "_CLIENT_SECRET"
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.Response != nil {
		status := &StatusError{Status: refused.Response.StatusCode, Code: safeWord(refused.ErrorCode)}
		switch status.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			return fault.New(fault.Denied, check, "%s: ask %s for a token: %w", c.set.Name, c.set.AuthURL, status)
		}
		return fault.New(fault.Usage, "correct auth_url", "%s: ask %s for a token: %w", c.set.Name, c.set.AuthURL, status)
	}
	return fault.New(fault.Unavailable, "run again later", "%s: ask %s for a token: %w", c.set.Name, c.set.AuthURL, &masked{err})
}
