package mockapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// letters is a record of a size that no other has the content of.
func letters(n, size int) []byte {
	return fmt.Appendf(nil, `"%d-%s"`, n, strings.Repeat(string(rune('a'+n%26)), size))
}

// A body is what its spans say, whether the system sends a range from the file, it is gathered with others, or every sender
// is busy.
func TestBodiesAreTheirSpans(t *testing.T) {
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	fill := s.fill()
	var spans []span
	for n := range 40 {
		at, err := fill.add(letters(n, n*n*n)) // up to about the size of a piece, and neighbours together far beyond it
		if err != nil {
			t.Fatal(err)
		}
		spans = append(spans, at)
	}
	if err := fill.close(false); err != nil {
		t.Fatal(err)
	}
	order := map[string][]int{"one": {39}, "backwards": nil, "in order": nil, "with gaps": nil, "none": {}}
	for n := range 40 {
		order["in order"] = append(order["in order"], n)
		order["backwards"] = append(order["backwards"], 39-n)
		if n%13 != 5 {
			order["with gaps"] = append(order["with gaps"], n)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answer{status: http.StatusOK, before: []byte("["), after: []byte("]")}
		for _, n := range order[r.URL.Query().Get("order")] {
			a.spans = append(a.spans, spans[n])
		}
		if _, err := a.send(w, s); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	check := func() {
		var wg sync.WaitGroup
		for name, numbers := range order {
			for range 4 { // more at once than there are senders
				wg.Go(func() {
					var parts [][]byte
					for _, n := range numbers {
						parts = append(parts, letters(n, n*n*n))
					}
					want := "[" + string(bytes.Join(parts, comma)) + "]"
					res, err := http.Get(server.URL + "?order=" + strings.ReplaceAll(name, " ", "+"))
					if err != nil {
						t.Error(err)
						return
					}
					defer res.Body.Close()
					got, err := io.ReadAll(res.Body)
					if err != nil || string(got) != want || res.ContentLength != int64(len(want)) {
						t.Errorf("%s: %d bytes, want %d: %v", name, len(got), len(want), err)
					}
				})
			}
		}
		wg.Wait()
	}
	check()
	if len(s.senders) != sending {
		t.Fatalf("%d senders are back", len(s.senders))
	}
	var busy []*os.File
	for range sending {
		busy = append(busy, <-s.senders)
	}
	check()
	for _, f := range busy {
		s.senders <- f
	}
}
