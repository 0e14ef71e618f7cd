package token

import (
	"context"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/secret"
)

// Variable is the environment variable of a token key's secret; with _FILE behind it, of the file that holds it.
const Variable = "COVERS_TOKEN_KEY"

// minDistinct is how many different bytes a key has at least. Of 64 hexadecimal digits, the narrowest form that is advised, fewer
// come less than once in 10^18 keys; a letter that is held down has one.
const minDistinct = 8

// ReadKey makes a key as New does, from the secret in the environment. A secret that no chance has made is a usage fault.
func ReadKey(ctx context.Context, getenv func(string) string, number int64, phones Phones) (*Key, error) {
	text, err := secret.FromEnv(getenv, Variable)
	if err != nil {
		return nil, err
	}
	secret.WarnOfReaders(ctx, getenv, Variable+"_FILE")
	key, err := New(text, number, phones)
	if err != nil {
		return nil, err
	}
	if n := distinct(text); n < minDistinct {
		return nil, fault.New(fault.Usage, "make one with: openssl rand -hex 32", "token key: it is made of no more than %d "+
			"different bytes, and whoever guesses it reads telephone numbers from tokens", n)
	}
	return key, nil
}

func distinct(text string) int {
	met := map[byte]struct{}{}
	for i := range len(text) {
		met[text[i]] = struct{}{}
	}
	return len(met)
}
