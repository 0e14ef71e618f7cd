package lake

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/machine"
)

// between puts a proxy before a server. It may answer a request itself, or not at all, and then says so.
func between(t *testing.T, server string, meddle func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool) string {
	t.Helper()
	target, err := url.Parse(server)
	need(t, err)
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !meddle(w, r, pass) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// s3Server starts a server and gives it with its credentials in the environment.
func s3Server(t *testing.T) *laketest.Server {
	t.Helper()
	s := laketest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.Key)
	return s
}

// through returns a zone of a server behind a proxy.
func through(t *testing.T, s *laketest.Server, prefix string,
	meddle func(http.ResponseWriter, *http.Request, http.Handler) bool) *Zone {
	t.Helper()
	via := *s
	via.URL = between(t, s.URL, meddle)
	return openZone(t, via.Zone(prefix))
}

// hangUp ends a connection without an answer.
func hangUp() { panic(http.ErrAbortHandler) }

func TestS3LostAnswer(t *testing.T) {
	s := s3Server(t)
	var puts atomic.Int64
	z := through(t, s, "lost", func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		if r.Method != http.MethodPut || puts.Add(1) > 1 {
			return false
		}
		pass.ServeHTTP(httptest.NewRecorder(), r) // carried out, but nobody hears of it
		hangUp()
		return true
	})
	need(t, z.Create(t.Context(), "a", strings.NewReader("mine")))
	if n := puts.Load(); n != 2 {
		t.Fatalf("%d requests, want the first and its repetition", n)
	}
	// The same bytes from somebody else are not one's own.
	if err := z.Create(t.Context(), "a", strings.NewReader("mine")); !errors.Is(err, ErrExists) {
		t.Errorf("want ErrExists, got %v", err)
	}
	// Nor is what was there before the first try.
	puts.Store(0)
	if err := z.Create(t.Context(), "a", strings.NewReader("other")); !errors.Is(err, ErrExists) {
		t.Errorf("want ErrExists, got %v", err)
	}
}

// A server that refuses early hangs up while the body is still being sent: the refusal is lost.
func TestS3LostRefusal(t *testing.T) {
	s := s3Server(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	need(t, openZone(t, s.Zone("refused")).Create(t.Context(), "a", strings.NewReader("theirs")))
	z := through(t, s, "refused", func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method == http.MethodPut {
			hangUp()
		}
		return false
	})
	if err := z.Create(t.Context(), "a", strings.NewReader("mine")); !errors.Is(err, ErrExists) {
		t.Errorf("want ErrExists, got %v", err)
	}
	err := z.Create(t.Context(), "b", strings.NewReader("mine"))
	wantFault(t, err, fault.Unavailable, "create "+z.URL()+"/b", "EOF")
	if errors.Is(err, io.EOF) {
		t.Errorf("a broken connection is taken for the end: %v", err)
	}
}

// A conflict may pass: the other writer fails, or what was there is deleted.
func TestS3ConflictIsTriedAgain(t *testing.T) {
	s := s3Server(t)
	for code, status := range map[string]int{"ConditionalRequestConflict": http.StatusConflict,
		"PreconditionFailed": http.StatusPreconditionFailed} {
		for times, want := range map[int64]bool{2: true, 1 << 30: false} {
			var puts atomic.Int64
			z := through(t, s, unique("conflict"), func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if r.Method != http.MethodPut || puts.Add(1) > times {
					return false
				}
				refuse(w, r, status, code)
				return true
			})
			err := z.Create(t.Context(), "a", strings.NewReader("x"))
			switch {
			case want:
				need(t, err)
			default:
				wantFault(t, err, fault.Temporary, code)
			}
			if n := puts.Load(); n != min(times+1, 5) {
				t.Errorf("%s: %d requests", code, n)
			}
		}
	}
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>no</Message></Error>")
}

// A connection that breaks is taken up where it broke; one that breaks without end is given up.
func TestS3BrokenConnection(t *testing.T) {
	s := s3Server(t)
	const size = 1 << 20
	o := stored(t, openZone(t, s.Zone("broken")), "a/", content(size))
	var gets, cuts atomic.Int64
	z := through(t, s, "broken", func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		if r.Method != http.MethodGet || gets.Add(1) > cuts.Load() {
			return false
		}
		answer := httptest.NewRecorder()
		pass.ServeHTTP(answer, r)
		w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()[:min(answer.Body.Len()/4, int(cuts.Load()-gets.Load())*size)])
		hangUp()
		return true
	})
	cuts.Store(3)
	r, err := z.OpenObject(t.Context(), o)
	need(t, err)
	got, err := readBy(r, 10_000)
	if !errors.Is(err, io.EOF) || !bytes.Equal(got, content(size)) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	need(t, r.Close())
	if n := gets.Load(); n != 4 {
		t.Errorf("%d requests, want 4", n)
	}

	gets.Store(1 << 20)
	cuts.Store(1 << 30)
	z = through(t, s, "broken", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		hangUp()
		return true
	})
	r, err = z.OpenObject(t.Context(), o)
	need(t, err)
	_, err = readBy(r, 10_000)
	wantFault(t, err, fault.Unavailable, "read "+z.URL()+"/"+o.Key, "run again")
	_ = r.Close()
}

// What the store says becomes what whoever runs the step must know.
func TestS3Faults(t *testing.T) {
	s := s3Server(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	everything := func(z *Zone, kind fault.Kind, part string) {
		t.Helper()
		_, err := z.Open(t.Context(), "a")
		wantFault(t, err, kind, "open "+z.URL()+"/a", "; ")
		err = z.Create(t.Context(), "a", strings.NewReader("x"))
		wantFault(t, err, kind, "create "+z.URL()+"/a", part)
		for _, err := range z.List(t.Context(), "a") {
			wantFault(t, err, kind, "list "+z.URL()+"/a", part)
		}
		wantFault(t, z.Delete(t.Context(), "a"), kind, "delete "+z.URL()+"/a")
	}
	for code, c := range map[string]struct {
		status int
		kind   fault.Kind
	}{
		"SlowDown":      {http.StatusServiceUnavailable, fault.Temporary},
		"InternalError": {http.StatusInternalServerError, fault.Unavailable},
		"AccessDenied":  {http.StatusForbidden, fault.Denied},
		"":              {http.StatusTooManyRequests, fault.Temporary},
	} {
		everything(through(t, s, "faults", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			refuse(w, r, c.status, code)
			return true
		}), c.kind, code)
	}
	gone := *s
	gone.URL = "http://127.0.0.1:1" // nobody listens below 1024 without being asked to
	everything(openZone(t, gone.Zone("x")), fault.Unavailable, "")

	none := *s
	none.Bucket = "no-such-bucket"
	z := openZone(t, none.Zone("x"))
	_, err := z.Open(t.Context(), "a")
	wantFault(t, err, fault.Usage, "NoSuchBucket", "correct the zone's bucket")
	wantFault(t, z.Create(t.Context(), "a", strings.NewReader("x")), fault.Usage, "NoSuchBucket")
	for _, err := range z.List(t.Context(), "") {
		wantFault(t, err, fault.Usage, "NoSuchBucket")
	}

	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret-of-this-server")
	z = openZone(t, s.Zone("x"))
	err = z.Create(t.Context(), "a", strings.NewReader("x"))
	wantFault(t, err, fault.Denied, "correct AWS_SECRET_ACCESS_KEY")
	if strings.Contains(err.Error(), "not-the-secret") {
		t.Errorf("the secret is in the message: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	err = openZone(t, s.Zone("x")).Create(t.Context(), "a", strings.NewReader("x"))
	wantFault(t, err, fault.Denied, "credentials")
}

// Region and endpoint from the environment; encryption from the URL.
func TestS3Settings(t *testing.T) {
	s := s3Server(t)
	t.Setenv("AWS_REGION", "us-east-1")
	var header atomic.Pointer[http.Header]
	t.Setenv("AWS_ENDPOINT_URL", between(t, s.URL, func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.Method == http.MethodPut && r.Header.Get("X-Amz-Server-Side-Encryption") != "" {
			h := r.Header.Clone()
			if header.Swap(&h) != nil {
				refuse(w, r, http.StatusPreconditionFailed, "PreconditionFailed")
			}
			return true
		}
		return false
	}))
	z := openZone(t, "s3://"+s.Bucket+"/plain/")
	if z.URL() != "s3://"+s.Bucket+"/plain" {
		t.Errorf("URL is %s", z.URL())
	}
	need(t, z.Create(t.Context(), "a/b", strings.NewReader("x")))
	whole := openZone(t, "s3://"+s.Bucket)
	if got := keys(t, whole, ""); len(got) != 1 || got[0] != "plain/a/b" {
		t.Errorf("the bucket holds %v", got)
	}
	need(t, openZone(t, "s3://"+s.Bucket+"/x?ssetype=aws:kms&kmskeyid=key1").Create(t.Context(), "a", strings.NewReader("x")))
	h := *header.Load()
	if h.Get("X-Amz-Server-Side-Encryption") != "aws:kms" || h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") != "key1" ||
		h.Get("If-None-Match") != "*" {
		t.Errorf("put with %v", h)
	}
}

// TestS3PageType: a browser is told that a page is one, and of other objects nothing.
func TestS3PageType(t *testing.T) {
	var told atomic.Pointer[string]
	z := through(t, s3Server(t), "pages", func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		pass.ServeHTTP(w, r)
		if r.Method == http.MethodGet {
			kind := w.Header().Get("Content-Type")
			told.Store(&kind)
		}
		return true
	})
	need(t, z.PutPage(t.Context(), PagePrefix+"2026-03-27.html", []byte("<p>")))
	need(t, z.Create(t.Context(), "a/b", strings.NewReader("<p>")))
	for key, want := range map[string]string{PagePrefix + "2026-03-27.html": "text/html; charset=utf-8",
		"a/b": "application/octet-stream"} {
		_, err := z.ReadAll(t.Context(), key, 10)
		need(t, err)
		if got := *told.Load(); got != want {
			t.Errorf("%s is of type %q, want %q", key, got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, bad := range []string{
		"", "demo/lake", "/demo/lake", "file://demo/lake", "file://", "file:///", "file:demo", "ftp://host/x", "s3://", "s3:///x",
		"mem://",
		"s3://bucket/a b", "s3://bucket/../x", "s3://bucket?unknown=1", "s3://bucket?ssetype=rot13", "s3://user:secret@bucket/x",
		"file://" + dir + "?x=1",
		"file://" + dir + "#x", "s3://bucket/%zz:secret", "mem://x?y=1",
	} {
		_, err := Open(t.Context(), machine.This(), bad)
		if err == nil {
			t.Errorf("%q was opened", bad)
			continue
		}
		wantFault(t, err, fault.Usage)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("a password is in the message: %v", err)
		}
	}
	_, err := OpenThere(t.Context(), machine.This(), "file://"+dir+"/new/folder/")
	wantFault(t, err, fault.Usage, "/new/folder: there is no such folder")
	if _, err := os.Stat(dir + "/new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opened to look, it was made: %v", err)
	}
	z := openZone(t, "file://"+dir+"/new/folder/")
	if z.URL() != "file://"+dir+"/new/folder" {
		t.Errorf("URL is %s", z.URL())
	}
	need(t, z.Create(t.Context(), "a", strings.NewReader("x")))
	there, err := OpenThere(t.Context(), machine.This(), "file://"+dir+"/new/folder/")
	need(t, err)
	need(t, there.Close())
	_, err = Open(t.Context(), machine.This(), "file://"+dir+"/new/folder/a")
	wantFault(t, err, fault.Usage, "/new/folder/a")
	err = z.Create(t.Context(), "a/b", strings.NewReader("x"))
	wantFault(t, err, fault.Usage, "a part of the key is an object already")
}
