package platform

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// formError is an answer in a form that this program does not read: it will not be another one the next time.
type formError struct{ why string }

func (e *formError) Error() string { return e.why }

// marks are byte order marks and what they say; the longer ones first.
var marks = []struct {
	mark string
	is   encoding.Encoding // nil: UTF-8
}{
	{"\xef\xbb\xbf", nil},
	{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	// Without a mark, but the first character of JSON is ASCII (RFC 4627, section 3).
	{"{\x00", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\x00{", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// toUTF8 returns a body as UTF-8, without a byte order mark, which a reader of JSON may pass over (RFC 8259, section 8.1). JSON
// is UTF-8 whatever the header says, so that a charset is heeded only where the body is nothing else.
func toUTF8(h http.Header, body []byte) ([]byte, error) {
	switch packed := strings.ToLower(h.Get("Content-Encoding")); packed {
	case "br", "deflate", "zstd", "lz4", "compress", "gzip", "x-gzip":
		return nil, &formError{"the answer is compressed in a way that was not asked for (Content-Encoding: " + packed + ")"}
	}
	for _, m := range marks {
		if rest, ok := bytes.CutPrefix(body, []byte(m.mark)); ok {
			if m.is == nil {
				return rest, nil
			}
			if m.mark[0] == '{' || m.mark[1] == '{' {
				rest = body
			}
			return decoded(m.is, "UTF-16 or UTF-32", rest)
		}
	}
	_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	name := params["charset"]
	if name == "" || utf8.Valid(body) {
		return body, nil
	}
	switch plain(name) {
	case "utf8", "usascii", "ascii":
		return body, nil // what is broken in it is for validation to say
	}
	for _, is := range charmap.All {
		if one, ok := is.(*charmap.Charmap); ok && plain(one.String()) == plain(name) {
			return decoded(is, name, body)
		}
	}
	return nil, &formError{"the answer is in the encoding " + safeWord(name) + ", which is not read here"}
}

// plain returns a charset's name in one form: "ISO 8859-1" and "iso-8859-1" are "iso88591".
func plain(name string) string {
	name = strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	switch name {
	case "latin1", "l1":
		return "iso88591"
	}
	if rest, ok := strings.CutPrefix(name, "cp125"); ok {
		return "windows125" + rest
	}
	return name
}

func decoded(is encoding.Encoding, name string, body []byte) ([]byte, error) {
	out, err := is.NewDecoder().Bytes(body)
	if err != nil {
		return nil, &formError{"the answer is not in the encoding that it says it is: " + safeWord(name)}
	}
	return out, nil
}
