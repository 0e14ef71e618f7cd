package mockapi

import (
	"crypto/subtle"
	"sync"
	"time"

	"covers/tasks/internal/machine"
)

// Credential is what a client of one platform has to show.
type Credential struct{ ID, Secret string }

// matches reports whether a client shows this. It compares in constant time.
func (c Credential) matches(id, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(c.ID), []byte(id))&subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1
}

// verdict is what a platform thinks of a token.
type verdict int

const (
	valid verdict = iota
	missing
	unknown
	expired
	takenBack      // and it is the API that says so
	takenByGateway // and it is the gateway that says so
)

// tokens are the access tokens that one platform gave out.
type tokens struct {
	life    time.Duration
	machine machine.Machine

	mu     sync.RWMutex
	expiry map[string]time.Time
	taken  map[string]verdict // what is said of tokens that were taken back
}

func newTokens(life time.Duration, m machine.Machine) *tokens {
	return &tokens{life: life, machine: m, expiry: map[string]time.Time{}, taken: map[string]verdict{}}
}

// give lets a token in from now on.
func (t *tokens) give(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.machine.Now()
	for old, until := range t.expiry {
		if now.Sub(until) > t.life {
			delete(t.expiry, old) // long enough known as expired
			delete(t.taken, old)
		}
	}
	t.expiry[token] = now.Add(t.life)
}

// takeBack makes all tokens invalid that were given out so far. v is what is said of them.
func (t *tokens) takeBack(v verdict) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token := range t.expiry {
		t.taken[token] = v
	}
}

// judge returns the verdict on a header Authorization.
func (t *tokens) judge(authorization string) verdict {
	token, ok := cutBearer(authorization)
	if !ok || token == "" {
		return missing
	}
	t.mu.RLock()
	until, known := t.expiry[token]
	said, taken := t.taken[token]
	t.mu.RUnlock()
	switch {
	case !known:
		return unknown
	case taken:
		return said
	case !t.machine.Now().Before(until):
		return expired
	}
	return valid
}

// cutBearer returns the token of "Bearer …". The scheme's case does not matter (RFC 9110, section 11.1).
func cutBearer(header string) (string, bool) {
	const scheme = "bearer "
	if len(header) < len(scheme) {
		return "", false
	}
	for i := range len(scheme) {
		c := header[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != scheme[i] {
			return "", false
		}
	}
	return header[len(scheme):], true
}
