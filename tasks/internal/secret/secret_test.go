package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"covers/tasks/internal/fault"
)

const planted = "open sesame"

func TestFromEnv(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := []struct {
		name, value, file, want, problem string
	}{
		{"variable", planted, "", planted, ""},
		{"variable with line end", planted + "\r\n", "", planted, ""},
		{"file", "", write("plain", planted), planted, ""},
		{"file with line end", "", write("line", planted+"\n"), planted, ""},
		{"spaces belong to it", "", write("spaces", " a b \n"), " a b ", ""},
		{"neither", "", "", "", "COVERS_KEY is not set; set it, or set COVERS_KEY_FILE"},
		{"both", planted, write("both", planted), "", "both COVERS_KEY and COVERS_KEY_FILE are set"},
		{"line end only", "\n", "", "", "nothing but a line end"},
		{"empty file", "", write("empty", "\n"), "", "the file of COVERS_KEY_FILE is empty"},
		{"many line ends", "", write("ends", planted+"\r\n\n"), planted, ""},
		{"a trailing blank may belong to it", "", write("blank end", planted+" \n"), planted + " ", ""},
		{"a quotation mark may belong to it", "", write("one mark", `"`+planted), `"` + planted, ""},
		{"letters of other alphabets", "", write("letters", "пароль-ß"), "пароль-ß", ""},
		{"a key in PEM", "", write("pem", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"),
			"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", ""},
		{"a file that all may read", "", func() string {
			path := write("open", planted)
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			return path
		}(), planted, ""},
		{"blanks only", "", write("blanks", "  \t \n"), "", "the file of COVERS_KEY_FILE holds nothing but blanks"},
		{"blanks only, in the variable", "   ", "", "", "COVERS_KEY holds nothing but blanks"},
		{"other blanks only", "", write("nbsp only", "\u00a0\u200b"), "", "nothing but blanks"},
		{"a byte order mark", "", write("bom", "\ufeff"+planted), "", "holds a byte order mark; save it as UTF-8 without one"},
		{"a byte order mark, in the variable", "\ufeff" + planted, "", "", "COVERS_KEY holds a byte order mark"},
		{"nothing but a byte order mark", "", write("only bom", "\ufeff\n"), "", "byte order mark"},
		{"UTF-16 of Windows", "", write("utf-16le", "\xff\xfeo\x00p\x00e\x00n\x00\r\x00\n\x00"), "", "is written in UTF-16"},
		{"UTF-16, the other way round", "", write("utf-16be", "\xfe\xff\x00o\x00p\x00\n"), "", "is written in UTF-16"},
		{"UTF-16 without a mark", "", write("utf-16", "o\x00p\x00\n\x00"), "", "NUL bytes"},
		{"NUL bytes", "", write("nul", planted+"\x00"), "", "NUL bytes"},
		{"a second line", "", write("two", planted+"\nand more\n"), "", "more than one line"},
		{"a first line that is empty", "", write("late", "\n"+planted), "", "more than one line"},
		{"a line end of old Macintoshes", "", write("cr", planted+"\rmore"), "", "more than one line"},
		{"a second line, in the variable", planted + "\nmore", "", "", "COVERS_KEY holds more than one line"},
		{"a tab within", "", write("tab", planted+"\tmore"), "", "a control character"},
		{"a blank of a web page at the end", "", write("nbsp", planted+"\u00a0\n"), "", "none of ASCII's"},
		{"a blank of no width", "", write("zero width", planted+"\u200b"), "", "none of ASCII's"},
		{"quotation marks of a .env", "", write("quoted", `"`+planted+"\"\n"), "", "within quotation marks"},
		{"single marks, in the variable", "'" + planted + "'", "", "", "COVERS_KEY holds the secret within quotation marks"},
		{"a file without an end", "", "/dev/zero", "", "longer than 65536 bytes"},
		{"no file", "", filepath.Join(folder, "none"), "", "read the file of COVERS_KEY_FILE: no such file"},
		{"a folder", "", folder, "", "read the file of COVERS_KEY_FILE: is a directory"},
		{"the secret itself", "", planted, "", "read the file of COVERS_KEY_FILE: no such file"},
		{"the secret itself, long", "", strings.Repeat(planted, 1000), "",
			"read the file of COVERS_KEY_FILE: file name too long"},
		{"the secret itself, no path", "", planted + "\x00", "", "read the file of COVERS_KEY_FILE: invalid argument"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := FromEnv(func(name string) string {
				return map[string]string{"COVERS_KEY": c.value, "COVERS_KEY_FILE": c.file}[name]
			}, "COVERS_KEY")
			if c.problem == "" {
				if err != nil || got != c.want {
					t.Fatalf("%q, %v", got, err)
				}
				return
			}
			if got != "" || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.problem) {
				t.Fatalf("%q, %v", got, err)
			}
			for _, kept := range []string{planted, folder} {
				if strings.Contains(err.Error(), kept) {
					t.Fatalf("%s is in %v", kept, err)
				}
			}
			if errors.Is(err, ErrNotSet) != (c.name == "neither") {
				t.Fatalf("ErrNotSet in %v", err)
			}
		})
	}
}

func TestFromFileNeedsAPath(t *testing.T) {
	_, err := FromFile(func(string) string { return "" }, "COVERS_KEY_FILE")
	if !errors.Is(err, ErrNotSet) || !strings.Contains(err.Error(), "COVERS_KEY_FILE is not set; set it to the path of a file") {
		t.Fatal(err)
	}
}
