package phone_test

import (
	"testing"

	"covers/tasks/internal/phone"
)

func read(x [3]string) string { return string(phone.Read(nil, x[0], x[1], x[2])) }

// One line has one number, however it is written and whoever writes it: OpenTable has national digits with the code apart,
// TheFork a number as E.164. The right number of each is by the country's numbering plan (ITU-T E.164 and E.123;
// libphonenumber's data).
func TestOneLineOneNumber(t *testing.T) {
	for name, same := range map[string][][3]string{
		"London": {
			{"+442079460999", "", ""}, {"+44 (0)20 7946 0999", "", ""}, {"0044 20 7946 0999", "", ""},
			{"tel:+44-20-7946-0999", "", ""},
			{"020 7946 0999", "44", ""}, {"(020) 7946-0999", "", "GB"}, {"2079460999", "44", "GB"}, {"2079460999", "+44", "US"},
			{"00442079460999", "", "US"}, {"011 44 20 7946 0999", "", "US"}, {"442079460999", "", "GB"}, {"442079460999", "",
				"US"},
			{"+44 20 7946 0999 ext. 12", "", "GB"}, {"020 7946 0999 x12", "", "GB"}, {"＋４４２０７９４６０９９９", "", ""},
			{"٠٢٠٧٩٤٦٠٩٩٩", "", "GB"}, {"+44\u00a020\u20117946\u20110999", "", ""}, {"020 7946 0999", "GB", ""},
			{"+4402079460999", "", ""},
			{"020 7946 0999", "", "gb"}, {"+44 20 7946 0999", "1", "US"}, {"tel:7946-0999;phone-context=+4420", "", ""},
		},
		"New York": {
			{"+12125550199", "", ""}, {"2125550199", "1", ""}, {"(212) 555-0199", "1", "US"}, {"1-212-555-0199", "", "US"},
			{"12125550199", "1", "CA"}, {"001 212 555 0199", "", "FR"}, {"+1 (212) 555-0199", "33", "FR"}, {"2125550199",
				"001", ""},
		},
		"Rome keeps its zero": {{"+390612345678", "", ""}, {"06 1234 5678", "39", "IT"}, {"06 12345678", "", "IT"}},
		"Moscow":              {{"+79161234567", "", ""}, {"8 (916) 123-45-67", "", "RU"}, {"9161234567", "7", ""}},
		"Paris": {{"+33639981234", "", ""}, {"06 39 98 12 34", "33", "FR"}, {"0033639981234", "", "FR"},
			{"639981234", "33", ""}},
		"Jersey": {{"+441534456789", "", ""}, {"01534 456789", "", "JE"}, {"1534456789", "44", "JE"}},
		"Buenos Aires, mobile": {
			{"+5491123456789", "", ""}, {"011 15-2345-6789", "", "AR"}, {"11 15 2345 6789", "54", ""}},
		"Sydney": {{"+61255501234", "", ""}, {"(02) 5550 1234", "61", "AU"}},
	} {
		want := read(same[0])
		if want == "" {
			t.Errorf("%s: %v has none", name, same[0])
		}
		for _, x := range same[1:] {
			if got := read(x); got != want {
				t.Errorf("%s: %v and %v differ (%q)", name, x, same[0], got)
			}
		}
	}
}

// Different lines have different numbers, and what is none has none: equal digits in two countries, a number of which nobody says
// the country, a number that no line can have.
func TestDifferentLines(t *testing.T) {
	seen := map[string][3]string{}
	for _, x := range [][3]string{
		{"639981234", "33", ""}, {"639981234", "34", ""}, {"2125550199", "1", ""}, {"2125550199", "7", ""}, {"0612345678",
			"39", ""},
		{"612345678", "39", ""}, {"030 123456", "49", ""}, {"030 123456", "43", ""},
	} {
		got := read(x)
		if got == "" {
			t.Errorf("%v has none", x)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("%v and %v are one", x, other)
		}
		seen[got] = x
	}
	for _, x := range [][3]string{
		{"", "", ""}, {"n/a", "", "GB"}, {"+", "44", ""}, {"0", "", "GB"}, {"999", "44", ""}, {"2125550199", "", ""},
		{"5550199", "", "US"},
		{"2125550199", "999", ""}, {"+999 123456789", "", ""}, {"123456789012345678901234567890", "", "GB"}, {"----", "1", "US"},
		{"020 7946 0001 / 020 7946 0002", "", "GB"},
	} {
		if got := read(x); got != "" {
			t.Errorf("%v is read as %s", x, got)
		}
	}
}
