package mockapi

import (
	"io"
	"net/http"
	"testing"
)

// TestNothingOfTheProgramIsServed: neither Go's own pages for looking into a program nor files are, to nobody.
func TestNothingOfTheProgramIsServed(t *testing.T) {
	w := newWorld(t)
	w.start(Settings{})
	t.Cleanup(w.http.Close)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/..%2f..%2fetc/passwd", "/.git/config"} {
		res, err := http.Get(w.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if res.Body.Close(); err != nil || res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %.60s", path, res.StatusCode, body)
		}
	}
}
