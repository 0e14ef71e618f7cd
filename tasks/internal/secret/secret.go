// Package secret reads secrets from the environment, or from the files that it names. No message of its holds a secret, nor
// the path of a file: whoever mistook the variable has put the secret where the path belongs.
package secret

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"covers/tasks/internal/fault"
)

// ErrNotSet is in the chain of what FromEnv and FromFile return where no variable is set.
var ErrNotSet = errors.New("not set")

// FromEnv returns the secret in the environment variable name, or in the file that <name>_FILE names, without the line end at
// its end. A variable set to nothing counts as not set, as templates of Compose and Kubernetes write it. Anything else that is
// not exactly one secret is a usage error.
func FromEnv(getenv func(string) string, name string) (string, error) {
	value, file := getenv(name), name+"_FILE"
	switch inFile := getenv(file) != ""; {
	case value != "" && inFile:
		return "", fault.New(fault.Usage, "unset one of them", "both %s and %s are set", name, file)
	case inFile:
		return FromFile(getenv, file)
	case value == "":
		return "", fault.New(fault.Usage, "set it, or set "+file+" to the path of a file that holds it", "%s is %w", name,
			ErrNotSet)
	}
	if value = trimLineEnd(value); value == "" {
		return "", fault.New(fault.Usage, "give it the secret", "%s holds nothing but a line end", name)
	}
	return value, nil
}

// FromFile returns the secret in the file that the environment variable name names, without the line end at its end.
func FromFile(getenv func(string) string, name string) (string, error) {
	path := getenv(name)
	if path == "" {
		return "", fault.New(fault.Usage, "set it to the path of a file", "%s is %w", name, ErrNotSet)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fault.New(fault.Usage, "make "+name+" name a file that the program may read", "read the file of %s: %w",
			name, reason(err))
	}
	value := trimLineEnd(string(text))
	if value == "" {
		return "", fault.New(fault.Usage, "write the secret into it", "the file of %s is empty", name)
	}
	return value, nil
}

// reason returns why a file could not be read, without its path.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return errors.New("it cannot be read") // whose text holds what is not known
}

func trimLineEnd(s string) string { return strings.TrimRight(s, "\r\n") }
