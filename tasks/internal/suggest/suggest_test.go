package suggest

import "testing"

func TestWord(t *testing.T) {
	words := []string{"status", "explain", "--day", "--dry-run"}
	for word, want := range map[string]string{
		"stats": "status", "statsu": "status", "explian": "explain", "--dya": "--day", "--dryrun": "--dry-run",
		"forget": "", "x": "", "": "", "--nothing-like-it": "",
	} {
		if got := Word(word, words); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
