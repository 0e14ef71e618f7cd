package token

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

func noPhone(dst []byte, _, _, _ string) []byte { return dst }

func TestKeysThatNoChanceMade(t *testing.T) {
	for text, weak := range map[string]bool{
		strings.Repeat("a", 32): true, strings.Repeat("abcdefg", 10): true, strings.Repeat("0", 64): true,
		"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0": false, "correct horse battery staple, long": false,
	} {
		_, err := ReadKey(t.Context(), func(name string) string {
			return map[string]string{Variable: text}[name]
		}, 1, noPhone)
		if got := fault.KindOf(err) == fault.Usage; err != nil != got || got != weak {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the secret is said: %v", err)
		}
	}
}

func TestAKeyFileForOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o644: true, 0o640: true} {
		if err := os.WriteFile(path, []byte("a token key for tests, long enough"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		l := zerolog.New(&log)
		if _, err := ReadKey(l.WithContext(t.Context()), func(name string) string {
			return map[string]string{Variable + "_FILE": path}[name]
		}, 1, noPhone); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(log.String(), "chmod 600"); got != warned {
			t.Errorf("%v: %s", mode, &log)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
