package snowflake

import (
	"strings"
	"testing"
)

func TestIdentifiers(t *testing.T) {
	for name, want := range map[string]bool{
		"COVERS": true, "_a$1": true, "a" + strings.Repeat("b", 254): true,
		"": false, "1a": false, "$a": false, "a-b": false, `"a"`: false, "a.b": false, "a\n": false,
		"a" + strings.Repeat("b", 255): false,
	} {
		if got := isIdentifier(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
