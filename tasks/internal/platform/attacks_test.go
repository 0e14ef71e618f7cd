package platform_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
)

// TestNoOtherHostIsAsked: where a platform sends elsewhere, nobody is asked there, with a token or without.
func TestNoOtherHostIsAsked(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		elsewhere := always(platformtest.Fault{Status: status, Header: map[string]string{"Location": other.URL + "/collect"}})
		for name, set := range map[string]func(*platformtest.Server){
			"a call":  func(s *platformtest.Server) { s.Before = elsewhere },
			"a token": func(s *platformtest.Server) { s.BeforeToken = elsewhere },
		} {
			r := newRig(t)
			set(r.fake)
			if _, _, err := r.get(t.Context()); fault.KindOf(err) != fault.Usage {
				t.Errorf("%s, %d: %v", name, status, err)
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

// gzipped is so many zeros, a thousandth of the size.
func gzipped(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range n >> 20 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAnswersThatAreMoreThanTheySay: an answer that unpacks to very much, or lies in itself millions of times, takes no more
// memory than the largest that is read.
func TestAnswersThatAreMoreThanTheySay(t *testing.T) {
	json := map[string]string{"Content-Type": "application/json"}
	for name, c := range map[string]struct {
		answer platformtest.Fault
		large  bool
	}{
		"a gzip bomb": {platformtest.Fault{Status: 200, Body: gzipped(t, 256<<20),
			Header: map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}}, true},
		"five million lists in each other": {
			platformtest.Fault{Status: 200, Header: json, Body: `{"items":[` + strings.Repeat("[", 5<<20)}, false,
		},
	} {
		r := newRig(t)
		r.fake.Before = always(c.answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := r.get(t.Context())
		runtime.ReadMemStats(&after)
		if err == nil || platform.IsTooLarge(err) != c.large {
			t.Errorf("%s: got %v", name, err)
		}
		tries := uint64(r.client.Stats().Requests)
		if n := after.TotalAlloc - before.TotalAlloc; n > tries*(8*platform.MaxBody) {
			t.Errorf("%s: it took %d MiB in %d tries", name, n>>20, tries)
		}
	}
}
