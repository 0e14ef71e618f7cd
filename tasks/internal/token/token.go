// Package token turns personal data into keyed tokens: equal values give equal tokens under one key, and without the key
// nothing leads back. Start with New. A token is "k<number>:" and half of an HMAC-SHA-256 (RFC 2104; truncated to 128 bits,
// as its section 5 allows) in hexadecimal.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"covers/tasks/internal/fault"
)

// MinKey is the shortest key accepted, in bytes: RFC 2104 advises against keys shorter than the hash's output.
const MinKey = 32

// Key makes tokens. It serves one goroutine.
type Key struct {
	Number int64
	prefix string
	mac    hash.Hash
	buf    []byte
	sum    [sha256.Size]byte
	phones Phones
	digits [64]byte // room for a number
	text   []byte   // room for a text
}

// Phones reads a telephone number (see phone.Read, which it is): it appends the digits that tell a line from all others to dst.
type Phones func(dst []byte, number, countryCode, region string) []byte

// New makes a key from its secret, at least MinKey bytes, and its number, 1 to 9999, the last part of a result's rank,
// and what reads telephone numbers.
func New(secret string, number int64, phones Phones) (*Key, error) {
	if len(secret) < MinKey {
		return nil, fault.New(fault.Usage, "make one with: openssl rand -hex 32", "token key: want at least %d bytes, got %d",
			MinKey, len(secret))
	}
	if number < 1 || number > 9999 {
		return nil, fault.New(fault.Usage, "set --token-key-number", "token key number: want 1 to 9999, got %d", number)
	}
	return &Key{
		Number: number,
		prefix: fmt.Sprintf("k%d:", number),
		mac:    hmac.New(sha256.New, []byte(secret)),
		phones: phones,
	}, nil
}

// Clone returns a key that makes the same tokens, for another goroutine.
func (k *Key) Clone() *Key {
	mac, err := k.mac.(hash.Cloner).Clone() // crypto/hmac: of a hash that can be cloned, as SHA-256 can
	if err != nil {
		panic(err)
	}
	return &Key{Number: k.Number, prefix: k.prefix, mac: mac, phones: k.phones}
}

// Fingerprint tells keys apart without giving them away.
func (k *Key) Fingerprint() string { return token(k, "key", "fingerprint")[len(k.prefix):][:16] }

// Phone returns the token of a telephone line, one however its number is written; "" where the number cannot be read.
// countryCode is the calling code where the platform gives it apart ("1"), region the country (ISO 3166) whose numbers need no
// code; either may be empty.
func (k *Key) Phone(number, countryCode, region string) string {
	digits := k.phones(k.digits[:0], number, countryCode, region)
	if len(digits) == 0 {
		return ""
	}
	return token(k, "phone", digits)
}

// Person returns the token of a platform's own id of a person.
func (k *Key) Person(platform, id string) string {
	if id == "" {
		return ""
	}
	return token(k, "person", platform+"\x00"+id)
}

func nonEmpty[T string | []byte](k *Key, kind string, value T) string {
	if len(value) == 0 {
		return ""
	}
	return token(k, kind, value)
}

// token keeps the kinds apart: an e-mail address and a name that are spelled the same have different tokens.
func token[T string | []byte](k *Key, kind string, value T) string {
	k.buf = append(append(append(k.buf[:0], kind...), 0), value...)
	k.mac.Reset()
	k.mac.Write(k.buf)
	sum := k.mac.Sum(k.sum[:0])
	k.buf = append(k.buf[:0], k.prefix...)
	k.buf = hex.AppendEncode(k.buf, sum[:16])
	return string(k.buf)
}
