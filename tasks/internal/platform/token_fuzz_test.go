package platform

import (
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// FuzzTokenReply: whatever a token's endpoint answers, a token lives for ever or for a time that can be.
func FuzzTokenReply(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"t","token_type":"Bearer","expires_in":3600}`, `{"access_token":"t","expires_in":"1e400"}`,
		`{"access_token":" t ","expires_in":-1}`, `access_token=t&expires_in=60`, `{"access_token":5}`, `[]`, `%`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := readReply(body)
		if r.ExpiresIn < 0 {
			t.Errorf("it expires in %d", r.ExpiresIn)
		}
		tok := (&oauth2.Token{AccessToken: r.AccessToken}).WithExtra(map[string]any{"expires_in": float64(r.ExpiresIn)})
		if life := lifetime(tok, time.Hour); life <= 0 || life > 1e9*time.Second {
			t.Errorf("it lives for %v", life)
		}
	})
}
