// Package person says who is meant, in the words of the person: an e-mail address, a telephone number. Start with Read, then
// Tokens: the same that validate makes of a guest's record, under the same key. No error repeats what was given.
package person

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/token"
)

// Person is who is meant: by any of these.
type Person struct {
	Emails []string // as they were given
	Phones []string
}

// The most that is read: nobody has more lines, and a whole file by mistake is not held.
const (
	maxLines = 100
	maxLine  = 1000
)

// Lines reads what was given, a line each, without blanks around it and without empty lines. None, and too many, are a usage
// fault.
func Lines(in io.Reader) (lines []string, err error) {
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		if line := strings.TrimSpace(string(bytes.TrimPrefix(scan.Bytes(), []byte("\ufeff")))); line != "" {
			lines = append(lines, line)
		}
		if len(lines) > maxLines {
			return nil, fault.New(fault.Usage, "give one person at a time", "standard input has more than %d lines", maxLines)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fault.New(fault.Usage, "give one address, number or id a line",
			"read standard input: a line is longer than %d bytes, or it cannot be read", maxLine)
	}
	if len(lines) == 0 {
		return nil, fault.New(fault.Usage, "give the person's e-mail address or telephone number on standard input, a line each",
			"standard input names nobody")
	}
	return lines, nil
}

// Read reads who is meant: of each line, what has an @ is an e-mail address, and anything else a telephone number.
func Read(in io.Reader) (p Person, err error) {
	lines, err := Lines(in)
	for _, line := range lines {
		if strings.Contains(line, "@") {
			p.Emails = append(p.Emails, line)
		} else {
			p.Phones = append(p.Phones, line)
		}
	}
	return p, err
}

// Tokens are a person's tokens under one key.
type Tokens struct {
	Emails []string
	Phones []string
}

// Tokens returns the tokens of all that was given. A number without its country's code is looked for in each of the countries
// (ISO 3166) of the group: which of them the platform took it for is not known. One that cannot be read is a usage fault.
func (p Person) Tokens(key *token.Key, countries []string) (t Tokens, err error) {
	for _, address := range p.Emails {
		if made := key.Email(address); made != "" {
			t.Emails = append(t.Emails, made)
		}
	}
	for i, number := range p.Phones {
		var made []string
		for _, country := range append([]string{""}, countries...) {
			if m := key.Phone(number, "", country); m != "" && !slices.Contains(made, m) {
				made = append(made, m)
			}
		}
		if len(made) == 0 {
			return t, fault.New(fault.Usage, "give it with its country's code, as +44 20 7946 0999",
				"number %d on standard input cannot be read as a telephone number", i+1)
		}
		t.Phones = append(t.Phones, made...)
	}
	return t, nil
}
