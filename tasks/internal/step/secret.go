package step

import "covers/tasks/internal/secret"

// ErrNotSet is secret.ErrNotSet.
var ErrNotSet = secret.ErrNotSet

// SecretFromEnv is secret.FromEnv.
func SecretFromEnv(getenv func(string) string, name string) (string, error) {
	return secret.FromEnv(getenv, name)
}
