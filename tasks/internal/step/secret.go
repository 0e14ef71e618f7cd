package step

import (
	"errors"
	"os"
	"strings"

	"covers/tasks/internal/fault"
)

// ErrNotSet is in the chain of what SecretFromEnv returns when neither variable is set.
var ErrNotSet = errors.New("not set")

// SecretFromEnv gives the secret in the environment variable name, or in the file that <name>_FILE names, without the line
// ends at its end. A variable set to nothing counts as not set, as templates of Compose and Kubernetes write it. Anything
// else that is not exactly one secret is a usage error, whose text never holds the secret.
func SecretFromEnv(getenv func(string) string, name string) (string, error) {
	value, path := getenv(name), getenv(name+"_FILE")
	switch {
	case value != "" && path != "":
		return "", fault.New(fault.Usage, "unset one of them", "both %s and %s_FILE are set", name, name)
	case path != "":
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fault.New(fault.Usage, "make "+name+"_FILE name a file that the program may read", "read %s_FILE: %w", name, err)
		}
		if value = trimLineEnd(string(text)); value == "" {
			return "", fault.New(fault.Usage, "write the secret into it", "the file %s of %s_FILE is empty", path, name)
		}
		return value, nil
	case value != "":
		if value = trimLineEnd(value); value == "" {
			return "", fault.New(fault.Usage, "give it the secret", "%s holds nothing but a line end", name)
		}
		return value, nil
	}
	return "", fault.New(fault.Usage, "set it, or set "+name+"_FILE to the path of a file that holds it", "%s is %w", name, ErrNotSet)
}

func trimLineEnd(s string) string { return strings.TrimRight(s, "\r\n") }
