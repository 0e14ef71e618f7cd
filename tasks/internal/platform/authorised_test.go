package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"covers/tasks/internal/machine"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A call whose second token is refused too goes on if any call was ever let in.
func TestATokenTakenBackAgainAndAgain(t *testing.T) {
	for name, test := range map[string]struct {
		before    bool // another call was let in before
		others    bool // another call is let in with each token before this one's next try
		refusals  int  // of this call
		status    int
		newTokens int
	}{
		"refused once":                        {false, false, 1, 200, 2},
		"refused twice":                       {false, false, 2, 401, 2},
		"taken back twice":                    {false, true, 2, 200, 3},
		"taken back twice before it was used": {true, false, 2, 200, 3},
		"taken back for ever":                 {false, true, 100, 401, maxTokens},
		"refused, others let in":              {false, true, 1, 200, 2},
	} {
		t.Run(name, func(t *testing.T) {
			granted := 0
			grant := func(context.Context, *http.Client) (*oauth2.Token, error) {
				granted++
				return &oauth2.Token{AccessToken: fmt.Sprint(granted)}, nil
			}
			c := &Client{machine: machine.This(), set: Settings{Grant: grant}}
			a := &authorised{tokens: &tokens{client: c}}
			refused := 0
			a.next = roundTrip(func(r *http.Request) (*http.Response, error) {
				status := http.StatusOK
				if r.URL.Path == "/this" && refused < test.refusals {
					refused++
					status = http.StatusUnauthorized
					if test.others {
						other, _ := http.NewRequest(http.MethodGet, "https://h/other", nil)
						if resp, err := a.RoundTrip(other); err != nil || resp.StatusCode != http.StatusOK {
							t.Fatal(resp, err)
						}
					}
				}
				return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
			})
			if test.before {
				before, _ := http.NewRequest(http.MethodGet, "https://h/before", nil)
				if resp, err := a.RoundTrip(before); err != nil || resp.StatusCode != http.StatusOK {
					t.Fatal(resp, err)
				}
			}
			this, _ := http.NewRequest(http.MethodGet, "https://h/this", nil)
			resp, err := a.RoundTrip(this)
			if err != nil || resp.StatusCode != test.status || granted != test.newTokens {
				t.Errorf("status %d with %d tokens: %v", resp.StatusCode, granted, err)
			}
		})
	}
}
