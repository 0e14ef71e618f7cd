// Package phone reads telephone numbers: one line has one number, however it is written. Start with Read. Where a program links
// this package, the library below it decompresses the world's numbering plans as it starts (5 ms, 2.4 MiB): token takes Read as
// a function, so that only the steps that make tokens pay for them.
package phone

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// Read appends to dst the digits of a number as ITU-T E.164 writes it, without the plus; none where the number cannot be read.
// countryCode is the calling code where the platform gives it apart ("1"), region the country whose numbers need no code (ISO
// 3166: "US"); either may be empty. A number that says its code itself (+44, or 00 or 011 where that is how the country dials
// abroad) is taken by it.
func Read(dst []byte, number, countryCode, region string) []byte {
	if digits := fast(dst, number, countryCode, region); digits != nil {
		return digits
	}
	return slow(dst, number, countryCode, region)
}

// slow reads a number with the library, a port of Google's libphonenumber. It appends the digits of its E.164 form to dst,
// none where the number has no length that its country's numbers have.
func slow(dst []byte, number, countryCode, region string) []byte {
	region = regionOf(countryCode, region)
	if got := e164(number, region); got != "" {
		return append(dst, got...)
	}
	digits := phonenumbers.NormalizeDigitsOnly(number)
	if code := phonenumbers.NormalizeDigitsOnly(countryCode); code != "" && region == "" && !strings.HasPrefix(digits, "00") {
		return dst // of no country's code
	}
	if abroad := strings.TrimPrefix(digits, "00"); abroad != digits { // how most of the world dials abroad (ITU-T E.164, Annex A)
		return append(dst, e164("+"+abroad, "")...)
	}
	if region == "" {
		return dst // of which country, nobody says
	}
	// Longer or shorter than the country's own numbers, and another's whole number: written without its plus.
	if n, err := phonenumbers.Parse("+"+digits, ""); err == nil && phonenumbers.IsValidNumber(n) {
		return append(dst, e164("+"+digits, "")...)
	}
	return dst
}

// e164 returns the digits of a number's E.164 form; "" where it cannot be one.
func e164(number, region string) string {
	n, err := phonenumbers.Parse(strings.TrimSpace(number), region)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)[len("+"):]
}

// regionOf returns the country by whose rules a number is read that does not say its own code: the region given where it has the
// calling code, else the code's main country; "" where neither is known.
func regionOf(countryCode, region string) string {
	if len(countryCode) == 2 && isLetters(countryCode) { // a country and no code
		return strings.ToUpper(countryCode)
	}
	region = strings.ToUpper(region)
	if countryCode == "" {
		return region
	}
	code, err := strconv.Atoi(strings.TrimPrefix(phonenumbers.NormalizeDigitsOnly(countryCode), "00"))
	if err != nil {
		return region
	}
	if phonenumbers.GetCountryCodeForRegion(region) == code {
		return region
	}
	if main := phonenumbers.GetRegionCodeForCountryCode(code); main != phonenumbers.UNKNOWN_REGION {
		return main
	}
	return ""
}

func isLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// plan is what the fast path knows of a country's numbers.
type plan struct {
	code    string
	lengths uint32 // of national numbers, a bit each
	trunk   uint16 // first digits at which a prefix of the country may begin, which is no part of the number: a bit each
	// prefixes are those of trunk's, each of them whole, where the country's rules are a plain list of them: of Britain's 0 and
	// 180020 the second would make every number that begins with a 1 uncertain.
	prefixes []string
	abroad   uint16 // first digits at which the dialling of another country may begin
	zero     bool   // a zero before a number, and not two, is the country's trunk prefix and nothing else
}

// plans are those of each country, and of each calling code that of its main country. A process that reads no phone makes none.
var plans = sync.OnceValues(func() (byRegion map[string]*plan, byCode map[string]*plan) {
	byRegion, byCode = map[string]*plan{}, map[string]*plan{}
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return byRegion, byCode // the library itself reads each number then
	}
	for _, m := range all.GetMetadata() {
		p := &plan{
			code:   strconv.Itoa(int(m.GetCountryCode())),
			abroad: firstDigits(m.GetInternationalPrefix()),
		}
		if rules := m.GetNationalPrefixForParsing(); strings.Trim(rules, "0123456789|") == "" && rules != "" {
			p.prefixes = strings.Split(rules, "|")
		} else {
			p.trunk = firstDigits(rules)
		}
		if m.GetInternationalPrefix() == "" { // no country, but a calling code of several: nobody dials within it
			p.abroad = anyDigit
		}
		for _, n := range m.GetGeneralDesc().GetPossibleLength() {
			if n > 0 && n < 32 {
				p.lengths |= 1 << n
			}
		}
		prefix, others, _ := strings.Cut(m.GetNationalPrefixForParsing(), "|")
		p.zero = prefix == "0" && firstDigits(others)&1 == 0 && m.GetInternationalPrefix() == "00" &&
			firstDigits(m.GetGeneralDesc().GetNationalNumberPattern())&1 == 0
		byRegion[m.GetId()] = p
		if phonenumbers.GetRegionCodeForCountryCode(int(m.GetCountryCode())) == m.GetId() {
			byCode[p.code] = p
		}
	}
	return byRegion, byCode
})

// fast reads the usual forms: digits with the usual marks between, behind a plus or of a known country, that begin with
// nothing the country's rules may take away, but for a plain zero. It appends the digits of the E.164 form to dst; nil where the
// library has to read them. It exists because the library takes some microseconds a number (a record takes about ten); a
// property compares the two.
func fast(dst []byte, number, countryCode, region string) []byte {
	for len(number) > 0 && number[0] == ' ' {
		number = number[1:]
	}
	byRegion, byCode := plans()
	plus := len(number) > 0 && number[0] == '+'
	var p *plan
	if plus {
		number = number[1:]
	} else {
		if p = planOf(byRegion, byCode, countryCode, region); p == nil {
			return nil
		}
		dst = append(dst, p.code...)
	}
	if len(number) > 40 {
		return nil
	}
	start := len(dst)
	for i := range len(number) {
		switch c := number[i]; {
		case c >= '0' && c <= '9':
			dst = append(dst, c)
		case c != ' ' && c != '-' && c != '.' && c != '(' && c != ')':
			return nil
		}
	}
	national := dst[start:]
	if plus {
		for n := 1; n <= 3 && n < len(national) && p == nil; n++ {
			if p = byCode[string(national[:n])]; p != nil {
				national = national[n:]
			}
		}
		if p == nil {
			return nil
		}
	}
	if !plus && p.zero && len(national) > 1 && national[0] == '0' && national[1] != '0' {
		national = national[:copy(national, national[1:])]
		if len(national) >= 32 || p.lengths&byCode[p.code].lengths&(1<<len(national)) == 0 {
			return nil
		}
		return dst[:start+len(national)]
	}
	if len(national) >= 32 || p.lengths&(1<<len(national)) == 0 || p.prefixed(national) {
		return nil
	}
	if !plus && (p.abroad&(1<<(national[0]-'0')) != 0 || strings.HasPrefix(string(national), p.code) ||
		byCode[p.code].lengths&(1<<len(national)) == 0) {
		return nil
	}
	return dst
}

// prefixed reports whether a number, not empty, may begin with a prefix that is no part of it.
func (p *plan) prefixed(national []byte) bool {
	for _, prefix := range p.prefixes {
		if len(national) >= len(prefix) && string(national[:len(prefix)]) == prefix {
			return true
		}
	}
	return p.trunk&(1<<(national[0]-'0')) != 0
}

// planOf returns the plan that regionOf leads to; nil where the library has to find it.
func planOf(byRegion, byCode map[string]*plan, countryCode, region string) *plan {
	own := byRegion[region]
	if countryCode == "" || own != nil && own.code == countryCode {
		return own
	}
	return byCode[countryCode]
}

const anyDigit = 1<<10 - 1

// firstDigits returns the digits at which a match of a pattern may begin, all of them where it may be empty; none where there is
// no pattern.
func firstDigits(pattern string) uint16 {
	if pattern == "" {
		return 0
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return anyDigit
	}
	set, empty := beginnings(re.Simplify())
	if empty {
		return anyDigit
	}
	return set
}

// beginnings returns the digits at which a match may begin, and whether it may be empty.
func beginnings(re *syntax.Regexp) (set uint16, empty bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return digitsBetween(re.Rune[0], re.Rune[0]), false
	case syntax.OpCharClass:
		for i := 0; i < len(re.Rune); i += 2 {
			set |= digitsBetween(re.Rune[i], re.Rune[i+1])
		}
		return set, false
	case syntax.OpCapture, syntax.OpPlus:
		return beginnings(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest:
		set, _ = beginnings(re.Sub[0])
		return set, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			s, e := beginnings(sub)
			set, empty = set|s, empty || e
		}
		return set, empty
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			s, e := beginnings(sub)
			set |= s
			if !e {
				return set, false
			}
		}
		return set, true
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return 0, true
	}
	return anyDigit, true
}

func digitsBetween(lo, hi rune) (set uint16) {
	for d := max(lo, '0'); d <= min(hi, '9'); d++ {
		set |= 1 << (d - '0')
	}
	return set
}
