package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/token"
)

const secret = "0123456789abcdef0123456789abcdef"

func key(t *testing.T, secret string, number int64) *token.Key {
	t.Helper()
	k, err := token.New(secret, number, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEqualValuesGiveEqualTokens(t *testing.T) {
	k := key(t, secret, 1)
	for _, same := range [][]string{
		{k.Email("Ana@Example.org"), k.Email(" ana@example.org ")},
		{k.Phone("+44 20 7946 0001", "", ""), k.Phone("0044-20-7946-0001", "", ""), k.Phone("442079460001", "", "GB")},
		{k.Name("Zoë", "Núñez"), k.Name(" zoe\u0308 ", "NU\u0301N\u0303EZ")},
	} {
		for _, x := range same[1:] {
			if x != same[0] {
				t.Errorf("want one token, got %v", same)
			}
		}
	}
}

func TestTokensKeepKindsKeysAndValuesApart(t *testing.T) {
	k1, k2, other := key(t, secret, 1), key(t, secret, 2), key(t, strings.ToUpper(secret), 1)
	const line = "12125550199"
	seen := map[string]bool{}
	for _, tok := range []string{
		k1.Email(line), k1.Phone(line, "", "US"), k1.Name(line, ""), k1.Person("opentable", line),
		k1.Person("thefork", line), k2.Email(line), other.Email(line), k1.Email("124"),
	} {
		if seen[tok] {
			t.Errorf("two different things share the token %s", tok)
		}
		seen[tok] = true
		if !regexp.MustCompile(contract.Get().Table("customer_observations").Column("email_token").Pattern).MatchString(tok) {
			t.Errorf("%s is not of the contract's form", tok)
		}
	}
	if k1.Fingerprint() == other.Fingerprint() || len(k1.Fingerprint()) != 16 {
		t.Errorf("fingerprints do not tell keys apart: %s, %s", k1.Fingerprint(), other.Fingerprint())
	}
}

// The form is public: whoever has the key can compute a token with any HMAC.
func TestTokenIsPlainHMAC(t *testing.T) {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("email\x00ana@example.org"))
	want := "k7:" + hex.EncodeToString(mac.Sum(nil)[:16])
	if got := key(t, secret, 7).Email("ana@example.org"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNothingHasNoToken(t *testing.T) {
	k := key(t, secret, 1)
	if k.Email(" ")+k.Phone("n/a", "", "")+k.Name("", " ")+k.Person("opentable", "") != "" {
		t.Error("an empty value has a token")
	}
}

func TestWeakKeyIsRefused(t *testing.T) {
	for _, number := range []int64{1, 0, 10_000} {
		s := secret
		if number == 1 {
			s = secret[1:]
		}
		_, err := token.New(s, number, phone.Read)
		if fault.KindOf(err) != fault.Usage {
			t.Errorf("number %d: got %v, want a usage fault", number, err)
		}
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("the error gives the key away: %v", err)
		}
	}
}
