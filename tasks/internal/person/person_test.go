package person

import (
	"strings"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/phone"
	"covers/tasks/internal/token"
)

func newKey(t *testing.T) *token.Key {
	t.Helper()
	k, err := token.New("a token key for tests, long enough", 1, phone.Read)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// However a person writes an address or a number, it is the token that validate makes of the platform's spelling. The tokens are
// HMAC-SHA-256 as openssl makes it, of "email", a zero byte and the folded address.
func TestTokensAreThoseOfTheRecords(t *testing.T) {
	p, err := Read(strings.NewReader("\ufeff Ana.Nunez@EXAMPLE.org \r\n\n+44 (0)20 7946 0999\n020 7946 0999\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Tokens(newKey(t), []string{"GB", "FR"})
	if err != nil {
		t.Fatal(err)
	}
	const wantEmail = "k1:04efbd39bbc240b2069dcbbbebbf69d5"
	if len(got.Emails) != 1 || got.Emails[0] != wantEmail {
		t.Errorf("%q", got.Emails)
	}
	const wantPhone = "k1:f1dbcc186056fe160dcbbab1d4e6d2d5"
	if len(got.Phones) < 2 || got.Phones[0] != wantPhone || got.Phones[1] != wantPhone {
		t.Errorf("%q", got.Phones)
	}
}

// A national number is looked for in each country, and is another line in each.
func TestANationalNumberIsOfEachCountry(t *testing.T) {
	got, err := Person{Phones: []string{"01 42 68 53 00"}}.Tokens(newKey(t), []string{"FR", "GB"})
	if err != nil || len(got.Phones) != 2 || got.Phones[0] == got.Phones[1] {
		t.Errorf("%q, %v", got.Phones, err)
	}
}

func TestWhatNamesNobody(t *testing.T) {
	secret := "not a number at all"
	for name, in := range map[string]string{
		"nothing": "", "blanks": " \n\t\r\n", "words": secret, "many": strings.Repeat("a@b.example\n", maxLines+1),
		"a long line": strings.Repeat("a", maxLine+1),
	} {
		p, err := Read(strings.NewReader(in))
		if err == nil {
			_, err = p.Tokens(newKey(t), []string{"GB"})
		}
		if fault.KindOf(err) != fault.Usage || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
