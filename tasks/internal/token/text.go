package token

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Email returns the token of an e-mail address, without regard to case, to blanks and marks that nobody sees, and to how a
// domain with other letters than ASCII's is written; "" where nothing is left.
func (k *Key) Email(address string) string {
	if text, ok := k.fastEmail(address); ok {
		return nonEmpty(k, "email", text)
	}
	return nonEmpty(k, "email", foldEmail(address))
}

// Name returns the token of a person's first and last name, equal for names that differ in case, in how their letters are
// composed, in blanks, and in marks that nobody sees; "" where both are empty.
func (k *Key) Name(first, last string) string {
	if text, ok := k.fastName(first, last); ok {
		return nonEmpty(k, "name", text)
	}
	return nonEmpty(k, "name", foldName(first+" "+last))
}

// foldEmail writes equal addresses equally.
func foldEmail(address string) string {
	address = strings.Map(func(r rune) rune {
		if unseen(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return fold(address)
	}
	return fold(address[:at]) + "@" + domain(address[at+1:])
}

// domain writes a domain as it is looked up (UTS 46): a sharp s, for one, is a letter of its own there, and not two.
func domain(name string) string {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil {
		return fold(name) // no domain; equal all the same
	}
	return ascii
}

// foldName writes equal names equally.
func foldName(full string) string {
	full = strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, full)
	return fold(strings.Join(strings.FieldsFunc(full, unicode.IsSpace), " "))
}

// fold writes texts equally that a canonical caseless match holds for equal (Unicode, section 3.13, D145), and composes them.
func fold(text string) string { return norm.NFC.String(caser.String(norm.NFD.String(text))) }

var caser = cases.Fold()

// unseen reports whether a mark shows nothing, such as a zero-width space, a byte order mark or a soft hyphen: pasted texts are
// full of them.
func unseen(r rune) bool {
	return r > utf8.RuneSelf && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// fastEmail is foldEmail of the usual addresses; ok is false for others. It and fastName exist because most guests' are in
// ASCII: a property compares them.
func (k *Key) fastEmail(address string) (text []byte, ok bool) {
	out, at := k.text[:0], -1
	for i := range len(address) {
		c := address[i]
		switch {
		case c >= utf8.RuneSelf || c < ' ' || c == 0x7f || c == ' ' && at >= 0 && i+1 < len(address):
			return nil, false
		case c == ' ':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '@':
			at = len(out)
		}
		out = append(out, c)
	}
	k.text = out
	return out, at < 0 || plainDomain(out[at+1:])
}

// plainDomain reports whether a domain is written as it is looked up: small letters and digits, with single dots and hyphens
// between.
func plainDomain(name []byte) bool {
	between := true
	for _, c := range name {
		mark := c == '.' || c == '-'
		if mark && between || !mark && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
		between = mark
	}
	return !between
}

// fastName is foldName of names in ASCII and in the Latin letters beside it; ok is false for others.
func (k *Key) fastName(first, last string) (text []byte, ok bool) {
	out := k.text[:0]
	for _, part := range [2]string{first, last} {
		blank := len(out) > 0
		for _, r := range part {
			switch {
			case r == ' ' || r >= '\t' && r <= '\r':
				blank = len(out) > 0
				continue
			case r >= utf8.RuneSelf && !isLatin(r):
				return nil, false
			}
			if blank {
				out, blank = append(out, ' '), false
			}
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			} else if r >= utf8.RuneSelf {
				r = unicode.ToLower(r)
			}
			out = utf8.AppendRune(out, r)
		}
	}
	k.text = out
	return out, true
}

// isLatin reports whether a letter is composed, and folds to its small letter: those of Latin-1, of Latin Extended-A and -B, and
// of Latin Extended Additional, where most of Vietnamese is, but for the few that fold to another or to two.
func isLatin(r rune) bool {
	return r >= '\u00c0' && r < '\u0250' && r != '\u00df' && r != '\u0130' && r != '\u0149' && r != '\u017f' && r != '\u01f0' ||
		r >= '\u1e00' && r < '\u1e96' || r >= '\u1ea0' && r < '\u1f00'
}
