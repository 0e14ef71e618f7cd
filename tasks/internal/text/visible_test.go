package text

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "Zoë Ångström, 3 × table\tfor 2\n", "Zoë Ångström, 3 × table\tfor 2\n"},
		{"escape sequence", "\x1b[2J\x1b]0;title\x07", `\u001b[2J\u001b]0;title\u0007`},
		{"one of C1", "\u009b2J", `\u009b2J`},
		{"carriage return", "right\rwrong", `right\u000dwrong`},
		{"delete", "a\x7f", `a\u007f`},
		{"override of direction", "user\u202e \u2066// admin", `user\u202e \u2066// admin`},
		{"tags, beyond 16 bits", "a\U000e0041", `a\udb40\udc41`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"byte order mark", "\ufeffa", `\ufeffa`},
		{"no UTF-8", "a\x9bb\xff", "a\ufffdb\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Visible([]byte(c.text))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzVisible(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[31m", "a\u202eb\U000e0041", "\xff\xfe", `\u001b`, "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := Visible([]byte(s))
		for _, r := range string(shown) {
			if r != '\n' && r != '\t' && !unicode.IsGraphic(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%q holds %U", shown, r)
			}
		}
		if !utf8.Valid(shown) {
			t.Errorf("%q is no UTF-8", shown)
		}
		// JSON means the same afterwards.
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(
			Visible(line),
			&back,
		); err != nil ||
			back != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Errorf("%q came back as %q: %v", s, back, err)
		}
	})
}
