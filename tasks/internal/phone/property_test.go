package phone

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// A number on which the fast path has an answer gets the library's, of every country, in the forms that people and machines
// write.
func TestFastPhonesAreTheLibrarys(t *testing.T) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	var regions []string
	for _, m := range all.GetMetadata() {
		regions = append(regions, m.GetId())
	}
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		region := rapid.SampledFrom(regions).Draw(t, "region")
		number := numberOf(t, region)
		code := rapid.SampledFrom([]string{"", "", fmt.Sprint(phonenumbers.GetCountryCodeForRegion(region)), "1", "44", "39",
			"7", "800"}).
			Draw(t, "code")
		home := rapid.SampledFrom([]string{region, region, region, "", "US", "GB", "FR", "gb", "ZZ", "001"}).Draw(t, "home")
		got := fast(nil, number, code, home)
		if got == nil {
			return
		}
		answered++
		if want := slow(nil, number, code, home); string(got) != string(want) {
			t.Fatalf("%q, code %q, region %q: %s, the library %s", number, code, home, got, want)
		}
	})
	if answered == 0 {
		t.Error("the fast path read none")
	}
}

// numberOf draws a number that the region has, or nearly has, in one of the forms that are met.
func numberOf(t *rapid.T, region string) string {
	national := rapid.StringMatching(`[0-9]{2,15}`).Draw(t, "digits")
	code := phonenumbers.GetCountryCodeForRegion(region)
	if example := phonenumbers.GetExampleNumberForType(region,
		rapid.SampledFrom([]phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE}).
			Draw(t, "type")); example != nil && rapid.IntRange(0, 3).Draw(t, "real") > 0 {
		national = phonenumbers.GetNationalSignificantNumber(example)
		at := rapid.IntRange(0, len(national)-1).Draw(t, "at")
		national = national[:at] + rapid.StringMatching(fmt.Sprintf(`[0-9]{%d}`, len(national)-at)).Draw(t, "line")
	}
	grouped := group(t, national)
	text := rapid.SampledFrom([]string{
		"%[2]s", "+%[1]d%[3]s", "+%[1]d %[2]s", "0%[2]s", "(0)%[2]s", "+%[1]d (0)%[2]s", "+%[1]d0%[3]s", "00%[1]d %[2]s",
		"011 %[1]d %[2]s", "tel:+%[1]d-%[2]s", "tel:%[2]s;phone-context=+%[1]d", "+%[1]d %[2]s ext. 12", "%[2]s x12",
		"%[1]d%[3]s",
		" +%[1]d.%[2]s ", "++%[1]d%[3]s", "8 %[2]s", "1%[3]s", "00 00%[3]s", "%[2]s / %[2]s", "＋%[1]d%[3]s", "(+%[1]d) %[2]s",
	}).Draw(t, "form")
	number := fmt.Sprintf(text, code, grouped, national)
	if zero := rapid.SampledFrom([]rune{'0', '0', '0', '٠', '０', '۰'}).Draw(t, "zero"); zero != '0' {
		number = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return zero + r - '0'
			}
			return r
		}, number)
	}
	return number
}

// group puts marks between digits.
func group(t *rapid.T, digits string) string {
	mark := rapid.SampledFrom([]string{"", " ", "-", ".", ") ", "\u00a0", "\u2011", "/"}).Draw(t, "mark")
	size := rapid.IntRange(2, 4).Draw(t, "size")
	var b strings.Builder
	for i, c := range []byte(digits) {
		if i > 0 && i%size == 0 {
			b.WriteString(mark)
		}
		b.WriteByte(c)
	}
	return b.String()
}

// The usual forms of the countries where the platforms are do not wait for the library.
func TestUsualPhonesAreFast(t *testing.T) {
	for _, x := range [][3]string{
		{"+442079460999", "", ""}, {"+44 20 7946 0999", "", "US"}, {"+33 6 39 98 12 34", "", ""}, {"2125550199", "1", ""},
		{"(212) 555-0199", "1", "US"}, {"212-555-0199", "", "US"}, {"7700900123", "44", ""}, {"639981234", "33", ""},
		{"+61 2 5550 1234", "", ""}, {"412345678", "61", ""}, {"+49 30 23125000", "", ""}, {"+34 600 123 456", "", ""},
		{"+39 06 1234 5678", "", ""}, {"+359 2 123 4567", "", ""}, {"+41 44 123 45 67", "", ""}, {"612345678", "34", ""},
		{"020 7946 0999", "44", ""}, {"06 39 98 12 34", "33", "FR"}, {"(030) 23125000", "", "DE"},
		{"1514960433", "44", "GB"}, {"1144960999", "44", ""},
	} {
		got, want := fast(nil, x[0], x[1], x[2]), slow(nil, x[0], x[1], x[2])
		if got == nil || string(got) != string(want) {
			t.Errorf("%v: %q, the library %q", x, got, want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for name, x := range map[string][3]string{
		"international": {"+44 20 7946 0999", "", ""}, "national": {"2125550199", "1", ""}, "trunk": {"020 7946 0999", "44", ""},
	} {
		b.Run(name, func(b *testing.B) {
			var room [32]byte
			for b.Loop() {
				Read(room[:0], x[0], x[1], x[2])
			}
		})
	}
}

// FuzzRead: whatever a platform has in the place of a number, the quick way reads what the library does, and digits alone.
func FuzzRead(f *testing.F) {
	f.Add("+44 20 7946 0958", "", "GB")
	f.Add("020 7946 0958", "44", "GB")
	f.Add("0033 1 99 00 27 75;ext=5", "", "FR")
	f.Add("(212) 555-0187", "1", "US")
	f.Add("+٤٤ ２０\x00", "+", "??")
	f.Fuzz(func(t *testing.T, number, code, region string) {
		got := Read(nil, number, code, region)
		if want := slow(nil, number, code, region); string(got) != string(want) {
			t.Errorf("%q, %q, %q: %q, the library's %q", number, code, region, got, want)
		}
		if strings.Trim(string(got), "0123456789") != "" {
			t.Errorf("%q, %q, %q: %q are no digits", number, code, region, got)
		}
	})
}
