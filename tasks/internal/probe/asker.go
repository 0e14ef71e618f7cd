package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/thefork"
)

// errBudget says that no call is left.
var errBudget = errors.New("the calls allowed are used up")

const (
	tries   = 3                // of one call, where the answer passes
	longest = time.Minute      // wait that a platform may ask for
	silence = 30 * time.Second // for an answer
	maxBody = 64 << 20
)

// asker makes calls, one at a time, at the source's pace and up to a number. It has no part in package platform's client, which
// hides what is looked for here: heads, errors' bodies, the refusal of a token.
type asker struct {
	o          Options
	http       *http.Client
	token      string
	made, most int
	next       time.Time // when the next call may be made
	silent     bool      // the last call had no whole answer
}

// answer is what came.
type answer struct {
	status int // 0 where no whole answer came
	header http.Header
	body   map[string]any // nil where it is no JSON object; numbers are json.Number
}

func newAsker(o Options) (*asker, error) {
	for _, address := range []string{o.Source.Access.APIURL, o.Source.Access.AuthURL} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil {
			return nil, fault.New(fault.Usage, "correct the platform's api_url and auth_url",
				"probe %s: an address is not of the form "+
					"https://host/path", o.Source.ID)
		}
	}
	most := o.MaxCalls
	if most <= 0 || most > MostCalls {
		most = MostCalls
	}
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.ResponseHeaderTimeout = silence
	return &asker{o: o, most: most, http: &http.Client{Transport: wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func (a *asker) close() { a.http.CloseIdleConnections() }

// left returns how many calls may still be made.
func (a *asker) left() int { return a.most - a.made }

// get asks for a path of the API with the token.
func (a *asker) get(ctx context.Context, path string, query url.Values) (answer, error) {
	return a.with(ctx, "Bearer "+a.token, a.address(path, query))
}

func (a *asker) address(path string, query url.Values) string {
	address := strings.TrimRight(a.o.Source.Access.APIURL, "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// with asks for an address, with what is to stand in Authorization.
func (a *asker) with(ctx context.Context, authorization, address string) (answer, error) {
	return a.do(ctx, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err == nil && authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		return r, err
	})
}

// do makes a call, and again where the answer passes.
func (a *asker) do(ctx context.Context, request func() (*http.Request, error)) (got answer, err error) {
	for try := 1; ; try++ {
		if got, err = a.once(ctx, request); ctx.Err() != nil {
			return got, ctx.Err()
		}
		a.silent = a.silent && err != nil
		passes := err != nil || got.status == http.StatusTooManyRequests || got.status >= http.StatusInternalServerError
		switch {
		case errors.Is(err, errBudget) || !passes:
			return got, err
		case try == tries && err != nil && a.silent:
			return got, fault.New(fault.Unavailable, "see whether the platform can be reached from here, and run again",
				"probe %s: no whole answer to two calls in a row, each tried %d times", a.o.Source.ID, tries)
		case try == tries:
			if err != nil {
				a.silent, got = true, answer{} // which is an answer, too: perhaps the server breaks on this call alone
			}
			return got, nil
		}
		wait := time.Duration(try) * time.Second
		if seconds, err := strconv.Atoi(got.header.Get("Retry-After")); err == nil {
			wait = min(time.Duration(seconds)*time.Second, longest)
		}
		if err := a.o.Machine.Sleep(ctx, wait); err != nil {
			return got, err
		}
	}
}

func (a *asker) once(ctx context.Context, request func() (*http.Request, error)) (answer, error) {
	if a.left() == 0 {
		return answer{}, errBudget
	}
	if err := a.pace(ctx); err != nil {
		return answer{}, err
	}
	a.made++
	r, err := request()
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Accept", "application/json")
	resp, err := a.http.Do(r) //nolint:gosec // to the source's own addresses
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	got := answer{status: resp.StatusCode, header: resp.Header}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	if d.Decode(&got.body) != nil {
		got.body = nil
	}
	return got, err
}

// pace waits as long as the source's rate demands.
func (a *asker) pace(ctx context.Context) error {
	now := a.o.Machine.Now()
	if wait := a.next.Sub(now); wait > 0 {
		if err := a.o.Machine.Sleep(ctx, wait); err != nil {
			return err
		}
		now = a.o.Machine.Now()
	}
	if rate := a.o.Source.Access.RequestsPerSecond; rate > 0 {
		a.next = now.Add(time.Duration(float64(time.Second) / rate))
	}
	return nil
}

// authorise asks for a token and returns the reply. Without one nothing can be asked, which is an error.
func (a *asker) authorise(ctx context.Context) (answer, error) {
	base := strings.TrimRight(a.o.Source.Access.AuthURL, "/")
	got, err := a.do(ctx, func() (*http.Request, error) {
		if a.o.Source.Platform == reservation.OpenTable {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+opentable.TokenPath+"?grant_type=client_credentials",
				nil)
			if err == nil {
				r.SetBasicAuth(a.o.ClientID, a.o.Secret)
			}
			return r, err
		}
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.o.ClientID}, "client_secret": {a.o.Secret},
			"audience": {thefork.Audience}}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+thefork.TokenPath, strings.NewReader(form.Encode()))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r, err
	})
	what := "probe " + a.o.Source.ID + ": ask " + base + " for a token"
	switch token, _ := got.body["access_token"].(string); {
	case ctx.Err() != nil:
		return got, ctx.Err()
	case err != nil:
		return got, fmt.Errorf("%s: %w", what, err)
	case got.status == 0:
		return got, fault.New(fault.Unavailable, "see whether the platform can be reached from here, and run again",
			"%s: no answer", what)
	case got.status == http.StatusOK && token != "":
		a.token = strings.TrimSpace(token)
		return got, nil
	case got.status == http.StatusTooManyRequests || got.status >= http.StatusInternalServerError:
		return got, fault.New(fault.Unavailable, "run again later", "%s: status %d", what, got.status)
	case got.status == http.StatusOK:
		return got, fault.New(fault.Usage, "correct auth_url", "%s: the answer has no token", what)
	}
	env := "COVERS_" + strings.ToUpper(a.o.Source.Access.Credential)
	return got, fault.New(fault.Denied, "check "+env+"_CLIENT_ID and "+env+"_CLIENT_SECRET", "%s: status %d", what, got.status)
}
