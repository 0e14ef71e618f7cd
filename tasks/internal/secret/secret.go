// Package secret reads secrets from the environment, or from the files that it names. No message of its holds a secret, nor
// the path of a file: whoever mistook the variable has put the secret where the path belongs.
package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"covers/tasks/internal/fault"
)

// ErrNotSet is in the chain of what FromEnv and FromFile return where no variable is set.
var ErrNotSet = errors.New("not set")

// FromEnv returns the secret in the environment variable name, or in the file that <name>_FILE names, without the line end at
// its end. A variable set to nothing counts as not set, as templates of Compose and Kubernetes write it. Anything else that is
// not exactly one secret is a usage error: see flaw. Who may read the file is not asked: Kubernetes mounts secrets for all users
// of a container.
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
	if why, next := flaw(value); why != "" {
		return "", fault.New(fault.Usage, next, "%s %s", name, why)
	}
	return value, nil
}

// maxSecret is far above any, in bytes: what is longer is another file, or has no end.
const maxSecret = 64 << 10

// FromFile returns the secret in the file that the environment variable name names, without the line end at its end.
func FromFile(getenv func(string) string, name string) (string, error) {
	path := getenv(name)
	if path == "" {
		return "", fault.New(fault.Usage, "set it to the path of a file", "%s is %w", name, ErrNotSet)
	}
	text, err := read(path)
	if err != nil {
		return "", fault.New(fault.Usage, "make "+name+" name a file that the program may read", "read the file of %s: %w",
			name, reason(err))
	}
	value := trimLineEnd(string(text))
	if value == "" {
		return "", fault.New(fault.Usage, "write the secret into it", "the file of %s is empty", name)
	}
	if why, next := flaw(value); why != "" {
		return "", fault.New(fault.Usage, next, "the file of %s %s", name, why)
	}
	return value, nil
}

// read reads a file, of which more than maxSecret bytes are not a secret.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err == nil && len(text) > maxSecret {
		err = &fs.PathError{Err: fmt.Errorf("it is longer than %d bytes", maxSecret)}
	}
	return text, err
}

// flaw returns what keeps a text from being one secret, and what to do about it; "" of one that is. Blanks of ASCII at an end may
// belong to a secret; what editors and templates add to one may not.
func flaw(value string) (why, next string) {
	first, last := value[0], value[len(value)-1]
	switch {
	case strings.HasPrefix(value, "\xff\xfe"), strings.HasPrefix(value, "\xfe\xff"), strings.Contains(value, "\x00"):
		return "is written in UTF-16, or holds NUL bytes", "save it as UTF-8, or in ASCII"
	case strings.Contains(value, "\ufeff"):
		return "holds a byte order mark", "save it as UTF-8 without one (in PowerShell: -Encoding ascii)"
	case strings.TrimFunc(value, invisible) == "":
		return "holds nothing but blanks", "write the secret into it"
	case strings.Contains(value, "-----BEGIN "):
		return "", "" // a key in PEM is one secret of many lines
	case strings.ContainsAny(value, "\r\n"):
		return "holds more than one line", "leave the secret's own line alone in it"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "holds a control character", "write the secret anew, by an editor for plain text"
	case strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII && invisible(r) }):
		return "holds a blank that is none of ASCII's, as of a web page", "write the secret anew, without it"
	case len(value) > 1 && first == last && (first == '"' || first == '\''):
		return "holds the secret within quotation marks", "take them away: they would be a part of it"
	}
	return "", ""
}

// invisible reports whether a character shows nothing: a blank of whatever width.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '\u2800' }

// reason returns why a file could not be read, without its path.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return errors.New("it cannot be read") // whose text holds what is not known
}

func trimLineEnd(s string) string { return strings.TrimRight(s, "\r\n") }
