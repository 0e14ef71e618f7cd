package token

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newKey(t testing.TB) *Key {
	t.Helper()
	k, err := New(strings.Repeat("k", MinKey), 1, func(dst []byte, _, _, _ string) []byte { return dst })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Texts that Unicode holds for equal have one token. Which are equal is said by canonical caseless matching (D145), for domains
// by UTS 46.
func TestEqualTexts(t *testing.T) {
	k := newKey(t)
	for name, same := range map[string][]string{
		"a dotted capital I": {"\u0130pek", "I\u0307pek", "i\u0307pek"},
		"an acute":           {"Jos\u00e9", "Jose\u0301", "JOS\u00c9", "JOSE\u0301"},
		"two marks":          {"a\u0323\u0302", "a\u0302\u0323", "\u1ead", "\u1ea0\u0302"},
		"a sharp s":          {"Stra\u00dfer", "STRASSER", "strasser", "Stra\u1e9eer"},
		"a final sigma":      {"Γιώργος", "ΓΙΏΡΓΟΣ", "γιώργοσ"},
		"a ligature":         {"So\ufb01a", "Sofia"},
		"a Hangul syllable":  {"\ud55c", "\u1112\u1161\u11ab"},
		"Kelvin":             {"\u212aelvin", "kelvin"},
		"blanks": {"Ana Maria", " ana\u00a0maria ", "Ana\u2003\u3000Maria", "Ana\tMaria\r\n", "Ana\u2028Maria",
			"\u00a0Ana \u202f Maria",
			"ana\u0085maria"},
		"unseen marks": {"Ana", "A\u200bna", "\ufeffAna", "An\u00ada", "\u200eAna\u200f", "Ana\u2060", "\u202aAna\u202c",
			"An\u034fa",
			"Ana\ufe0f"},
		"ASCII": {"Ana", "ANA", " ana ", "\vana\f"},
	} {
		for _, x := range same[1:] {
			if k.Name(x, "") != k.Name(same[0], "") || k.Name("", x) != k.Name(same[0], "") || k.Name(x, "") == "" {
				t.Errorf("%s: %+q and %+q have two tokens", name, same[0], x)
			}
		}
	}
	if k.Name("Ana", "Maria") != k.Name("Ana Maria", "") || k.Name("Ana", "Maria") == k.Name("Anamaria", "") {
		t.Error("a blank between two names is more or less than one")
	}
	for name, same := range map[string][]string{
		"case":             {"ana@example.org", "Ana@EXAMPLE.org", " ana@example.org\n"},
		"a Chinese domain": {"ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah", "ana@XN--R8JZ45G.xn--zckzah", "ana@例え。テスト"},
		"an umlaut": {"ana@b\u00fccher.example", "ana@bu\u0308cher.example", "ANA@B\u00dcCHER.EXAMPLE",
			"ana@xn--bcher-kva.example"},
		"full width":         {"ana@example.org", "ana@ｅｘａｍｐｌｅ.org"},
		"the root":           {"ana@example.org", "ana@example.org."},
		"blanks and marks":   {"ana@example.org", "\u200bana@example.org\u00a0", "ana @ example.org", "ana@exam\u00adple.org"},
		"letters in front":   {"jos\u00e9@example.org", "jose\u0301@example.org", "JOS\u00c9@example.org"},
		"no domain at all":   {"Ana", "ana"},
		"what is no domain":  {"ana@exa_mple..org", "ANA@EXA_MPLE..ORG"},
		"a domain of digits": {"ana@163.com", "ANA@163.COM"},
	} {
		for _, x := range same[1:] {
			if k.Email(x) != k.Email(same[0]) || k.Email(x) == "" {
				t.Errorf("%s: %+q and %+q have two tokens", name, same[0], x)
			}
		}
	}
}

// What is different stays so.
func TestDifferentTexts(t *testing.T) {
	k := newKey(t)
	seen := map[string]string{}
	for _, x := range []string{"Jose", "Jos\u00e9", "Ipek", "\u0130pek", "\u0131pek", "Ana", "Αna", "Ana-Maria", "Ana Maria"} {
		got := k.Name(x, "")
		if other, taken := seen[got]; taken || got == "" {
			t.Errorf("%+q and %+q share a token", x, other)
		}
		seen[got] = x
	}
	for _, x := range []string{"ana@example.org", "ana@example.com", "a.na@example.org", "ana+x@example.org",
		"ana@strasse.example",
		"ana@stra\u00dfe.example", "@example.org", "ana@"} {
		got := k.Email(x)
		if other, taken := seen[got]; taken || got == "" {
			t.Errorf("%+q and %+q share a token", x, other)
		}
		seen[got] = x
	}
	for _, x := range []string{"", " ", "\u200b", "\u00a0\ufeff\t"} {
		if k.Name(x, x)+k.Email(x) != "" {
			t.Errorf("%+q has a token", x)
		}
	}
}

// On what the fast paths have an answer, it is the slow ones'.
func TestFastTextsAreTheSlowOnes(t *testing.T) {
	k := newKey(t)
	letters := rapid.StringOf(rapid.RuneFrom([]rune("aZ9@.-_ \t\n+xn\u00e9\u0130\u200b\x00\x7f")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := letters.Draw(t, "first"), letters.Draw(t, "last")
		if got, ok := k.fastName(a, b); ok && string(got) != foldName(a+" "+b) {
			t.Fatalf("name %q %q: %q, want %q", a, b, got, foldName(a+" "+b))
		}
		address := a + rapid.SampledFrom([]string{"", "@", "@a.", "@xn--"}).Draw(t, "between") + b
		if got, ok := k.fastEmail(address); ok && string(got) != foldEmail(address) {
			t.Fatalf("email %q: %q, want %q", address, got, foldEmail(address))
		}
	})
	for r := range rune(0x3000) { // each letter, alone and before a mark that may compose with it
		for _, x := range []string{string(r), "a" + string(r), string(r) + "\u0301"} {
			if got, ok := k.fastName(x, "b"); ok && string(got) != foldName(x+" b") {
				t.Errorf("%+q: %+q, want %+q", x, got, foldName(x+" b"))
			}
		}
	}
	for _, x := range []string{"Ana.Nunez@Example.org", "ana@mail.example.co.uk"} {
		if _, ok := k.fastEmail(x); !ok {
			t.Errorf("%s is not fast", x)
		}
	}
	if _, ok := k.fastName("Ng\u1ecdc \u00c1nh", "Tr\u1ea7n"); !ok {
		t.Error("a Vietnamese name is not fast")
	}
}

func BenchmarkTexts(b *testing.B) {
	k := newKey(b)
	b.Run("email", func(b *testing.B) {
		for b.Loop() {
			k.Email("Ana.Nunez@example.org")
		}
	})
	b.Run("name", func(b *testing.B) {
		for b.Loop() {
			k.Name("Ana", "Nunez")
		}
	})
	b.Run("name with an accent", func(b *testing.B) {
		for b.Loop() {
			k.Name("Ana", "N\u00fa\u00f1ez")
		}
	})
}
