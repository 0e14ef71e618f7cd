package store

import (
	"strings"

	"covers/tasks/internal/fault"
)

// The longest key and part of a key. File systems end at 255 bytes a name, S3 at 1024 a key with the zone's prefix.
const (
	maxKey  = 700
	maxPart = 200
)

// CheckKey refuses a key that could mean different things to different stores: parts of letters, digits and . _ - =, not
// beginning with a dot or a hyphen, joined by single slashes.
func CheckKey(key string) error {
	if len(key) > maxKey {
		return badKey(key, "it is longer than 700 bytes")
	}
	for part := range strings.SplitSeq(key, "/") {
		switch {
		case part == "":
			return badKey(key, "a part of it is empty")
		case len(part) > maxPart:
			return badKey(key, "a part of it is longer than 200 bytes")
		case part[0] == '.' || part[0] == '-':
			return badKey(key, "a part of it begins with a dot or a hyphen")
		case strings.HasSuffix(part, ".attrs"):
			// The local store of gocloud.dev/blob keeps such files for itself.
			return badKey(key, "a part of it ends in .attrs")
		}
	}
	return checkBytes(key)
}

// CheckPrefix refuses a prefix that no key begins with.
func CheckPrefix(prefix string) error {
	parts := strings.Split(prefix, "/")
	last := len(parts) - 1
	if last > 0 {
		if err := CheckKey(strings.Join(parts[:last], "/")); err != nil {
			return err
		}
	}
	if parts[last] != "" && (parts[last][0] == '.' || parts[last][0] == '-') {
		return badKey(prefix, "a part of it begins with a dot or a hyphen")
	}
	return checkBytes(prefix)
}

func checkBytes(key string) error {
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '/', c == '.', c == '_', c == '-', c == '=':
		default:
			return badKey(key, "it has a byte other than letters, digits and / . _ - =")
		}
	}
	return nil
}

func badKey(key, why string) error {
	if len(key) > 100 {
		key = key[:100] + "…"
	}
	return fault.New(fault.Usage, "use letters, digits and . _ - =", "object key %q: %s", key, why)
}
