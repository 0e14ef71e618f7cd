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
