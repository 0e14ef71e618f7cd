package platform_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platform"
	"covers/tasks/internal/platform/platformtest"
)

// obstacle is what stands in the way of a list, and what is to be said of it.
type obstacle struct {
	kind     fault.Kind
	requests int64
	text     string
	next     string
}

func (o obstacle) check(t *testing.T, r *rig, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("no fault: %v", err)
	}
	if f.Kind != o.kind || !strings.Contains(f.Err.Error(), o.text) || !strings.Contains(f.Next, o.next) {
		t.Errorf("kind %v, %q, next %q; want %v, %q, %q", f.Kind, f.Err, f.Next, o.kind, o.text, o.next)
	}
	if n := r.client.Stats().Requests; n != o.requests {
		t.Errorf("%d requests, want %d", n, o.requests)
	}
	for _, secret := range []string{"zoe", "hunter2", platformtest.ClientSecret, "token-", "rid=1"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the text holds %q: %v", secret, err)
		}
	}
}

// Each status that does not pass ends at once, with its own next step (RFC 9110, section 15; RFC 6585; RFC 5842; RFC 7725).
func TestStatusesThatDoNotPass(t *testing.T) {
	page := `<!DOCTYPE html><html><head><title>Access Denied</title></head>zoe@example.org Reference #18.2d3c</html>`
	s := func(status int, body string, header ...string) platformtest.Fault {
		f := answers(body, "application/json", header...)
		f.Status = status
		return f
	}
	for name, test := range map[string]struct {
		fault platformtest.Fault
		obstacle
	}{
		"401": {s(401, `{}`), obstacle{fault.Denied, 2, "with a new token too", "COVERS_TEST_CLIENT_ID"}},
		"401 of a gateway's own": {
			s(401, `{}`, "WWW-Authenticate", `Basic realm="zoe"`),
			obstacle{fault.Denied, 2, "wants a sign-in of its own (basic)", "gateway between this machine and api_url"},
		},
		"401 with a challenge": {
			s(401, `{"message":"Unauthorized"}`, "WWW-Authenticate", `Bearer realm="x", error="invalid_token"`),
			obstacle{fault.Denied, 2, "with a new token too", "COVERS_TEST_CLIENT_ID"},
		},
		"402": {s(402, ``), obstacle{fault.Denied, 1, "402 Payment Required", "ask the platform about the account"}},
		"403": {s(403, `{}`), obstacle{fault.Denied, 2, "403 Forbidden, with a new token too", "COVERS_TEST_CLIENT_ID"}},
		"403 of the edge": {
			s(403, page, "Content-Type", "text/html", "Server", "AkamaiGHost"),
			obstacle{fault.Denied, 1, "a page for people, from Akamai", "let this machine's address through"},
		},
		"403 as a page": {
			s(403, page, "Content-Type", "text/html"),
			obstacle{fault.Denied, 1, "not the API that refuses", "let this machine's address"},
		},
		"400": {s(400, `{}`), obstacle{fault.Usage, 2, "with a new token too", "takes the token away"}},
		"400 of a server that speaks TLS alone": {
			s(400, "<html>400 The plain HTTP request was sent to HTTPS port</html>", "Content-Type", "text/html"),
			obstacle{fault.Usage, 1, "speaks https alone", "write api_url with https://"},
		},
		"404": {s(404, `{}`), obstacle{fault.Usage, 1, "404 Not Found", "compare api_url"}},
		"404 as a page": {
			s(404, page, "Content-Type", "text/html"), obstacle{fault.Usage, 1, "404 Not Found", "compare api_url"},
		},
		"405":                 {s(405, ``), obstacle{fault.Usage, 2, "405 Method Not Allowed", "compare api_url"}},
		"406":                 {s(406, ``), obstacle{fault.Usage, 1, "does not give JSON", "compare api_url"}},
		"407":                 {s(407, ``), obstacle{fault.Denied, 1, "the proxy wants a password", "HTTP_PROXY"}},
		"410":                 {s(410, ``), obstacle{fault.Usage, 1, "this part of the API has ended", "announcements"}},
		"411":                 {s(411, ``), obstacle{fault.Usage, 1, "wants a length", "proxy or gateway"}},
		"413":                 {s(413, ``), obstacle{fault.Usage, 1, "too large", "proxy or gateway"}},
		"414":                 {s(414, ``), obstacle{fault.Usage, 1, "too long", "source's ids"}},
		"415":                 {s(415, ``), obstacle{fault.Usage, 1, "415", "compare api_url"}},
		"421":                 {s(421, ``), obstacle{fault.Usage, 1, "not that of the name", "name service"}},
		"426":                 {s(426, ``), obstacle{fault.Usage, 1, "another protocol", "https://"}},
		"431":                 {s(431, ``), obstacle{fault.Usage, 1, "headers", "shorter tokens"}},
		"451":                 {s(451, ``), obstacle{fault.Denied, 1, "legal reasons", "ask the platform"}},
		"501":                 {s(501, ``), obstacle{fault.Usage, 1, "does not know the call", "compare api_url"}},
		"505":                 {s(505, ``), obstacle{fault.Usage, 1, "version of HTTP", "gateway"}},
		"508":                 {s(508, ``), obstacle{fault.Usage, 1, "in a circle", "api_url"}},
		"511":                 {s(511, page), obstacle{fault.Denied, 1, "wants a sign-in", "sign this machine in"}},
		"301 without a place": {s(301, ``), obstacle{fault.Usage, 1, "without saying where", "correct api_url"}},
		"304":                 {s(304, ``), obstacle{fault.Usage, 1, "304 Not Modified", "correct api_url"}},
		"302 to a sign-in": {
			s(302, ``, "Location", "https://login.example.com/oauth?client_id=zoe"),
			obstacle{fault.Usage, 1, "sends to https://login.example.com, which is not followed", "wants a sign-in"},
		},
		"308 to https": {
			s(308, ``, "Location", "https://127.0.0.1/sync"),
			obstacle{fault.Usage, 1, "sends to https://127.0.0.1", "write api_url with https://"},
		},
		"a wait of more than any": {
			s(503, ``, "Retry-After", "99999999999999999999999"),
			obstacle{fault.Temporary, 1, "asks to wait", "run again after that"},
		},
		"a page instead of the list": {
			platformtest.Fault{HTML: true}, obstacle{fault.Unavailable, 3, "a page for people", "the network's own sign-in"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.fake.Before = always(test.fault)
			_, _, err := r.get(t.Context())
			test.check(t, r, err)
		})
	}
}

// failing is a wire that is cut in one way.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A connection that fails tells by how it fails whether it passes. The token's own server is another one, and is there.
func TestConnectionsThatFail(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	for name, test := range map[string]struct {
		host string
		err  error
		obstacle
	}{
		"no such name": {
			"platform.example",
			&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "platform.example", IsNotFound: true}},
			obstacle{fault.Usage, 3, "there is no host of the name platform.example", "correct api_url"},
		},
		"no name for now": {
			"platform.example",
			&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "platform.example", IsTemporary: true}},
			obstacle{fault.Unavailable, 8, "no address for platform.example at present", "name service"},
		},
		"nobody there": {
			"platform.example", dial(syscall.ECONNREFUSED),
			obstacle{fault.Unavailable, 8, "connection refused", "the port in api_url"},
		},
		"nobody on this machine": {
			"localhost:1", dial(syscall.ECONNREFUSED),
			obstacle{fault.Unavailable, 3, "connection refused", "localhost is the container itself"},
		},
		"no way there": {
			"[2001:db8::1]", dial(syscall.ENETUNREACH), obstacle{fault.Unavailable, 3, "network is unreachable", "IPv6"},
		},
		"another language": {
			"platform.example",
			errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03\x01 zoe"`),
			obstacle{fault.Usage, 3, "does not speak plain http", "https://"},
		},
		"an HTTP/2 server that goes away": {
			"platform.example",
			errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=\"zoe\""),
			obstacle{fault.Unavailable, 8, "GOAWAY", "see whether the platform is up"},
		},
		"reset": {
			"platform.example", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
			obstacle{fault.Unavailable, 8, "connection reset", "see whether the platform is up"},
		},
		"ended early": {
			"platform.example", io.EOF, obstacle{fault.Unavailable, 8, "ended early", "see whether the platform is up"},
		},
		"a certificate of this machine's": {
			"platform.example", &net.OpError{Op: "remote error", Err: tls.AlertError(116)},
			obstacle{fault.Denied, 1, "certificate required", "a certificate of this machine"},
		},
		"another TLS": {
			"platform.example", &net.OpError{Op: "remote error", Err: tls.AlertError(70)},
			obstacle{fault.Usage, 1, "protocol version", "another TLS"},
		},
		"TLS that fails for now": {
			"platform.example", &net.OpError{Op: "remote error", Err: tls.AlertError(80)},
			obstacle{fault.Unavailable, 8, "internal error", "see whether the platform is up"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(s *platform.Settings) {
				s.AuthURL, s.APIURL, s.AllowHTTP = s.APIURL, "http://"+test.host, true
				s.Transport = besides{test.host, failing{test.err}}
			})
			_, _, err := r.get(t.Context())
			test.check(t, r, err)
		})
	}
}

// besides sends what is for one host another way.
type besides struct {
	host string
	next http.RoundTripper
}

func (b besides) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == b.host {
		return b.next.RoundTrip(req)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// A name that was there may be away for a moment.
func TestANameThatWasThereMayComeBack(t *testing.T) {
	gone := false
	err := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "127.0.0.1", IsNotFound: true}}
	r := newRig(t, func(s *platform.Settings) { s.Transport = switched{&gone, err} })
	r.mustGet(t)
	gone = true
	_, _, got := r.get(t.Context())
	obstacle{fault.Unavailable, 9, "no host of the name", "correct api_url"}.check(t, r, got)
}

type switched struct {
	on  *bool
	err error
}

func (s switched) RoundTrip(req *http.Request) (*http.Response, error) {
	if *s.on {
		return nil, s.err
	}
	return http.DefaultTransport.RoundTrip(req)
}

// A proxy that does not let a call through is named by its variable, and the platform is not blamed.
func TestProxies(t *testing.T) {
	proxy := func(status int) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Proxy-Authenticate", `Basic realm="zoe"`)
				w.WriteHeader(status)
			}))
			t.Cleanup(s.Close)
			return strings.Replace(s.URL, "http://", "http://zoe:hunter2@", 1)
		}
	}
	away := func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		return "http://" + l.Addr().String()
	}
	for name, test := range map[string]struct {
		scheme string
		proxy  func(*testing.T) string
		obstacle
	}{
		"wants a password, https": {
			"https", proxy(407), obstacle{fault.Denied, 1, "the proxy answers 407", "password into HTTPS_PROXY"},
		},
		"wants a password, http": {
			"http", proxy(407), obstacle{fault.Denied, 1, "the proxy wants a password", "password into HTTP_PROXY"},
		},
		"forbids": {
			"https", proxy(403), obstacle{fault.Denied, 1, "does not let calls through to platform.example", "HTTPS_PROXY"},
		},
		"does not reach it": {"https", proxy(502), obstacle{fault.Unavailable, 8, "the proxy answers 502", "HTTPS_PROXY"}},
		"is none": {
			"https", proxy(405), obstacle{fault.Usage, 1, "it is no proxy for https", "correct HTTPS_PROXY"},
		},
		"is not there, https": {
			"https", away, obstacle{fault.Unavailable, 3, "the proxy of HTTPS_PROXY is not reached", "HTTPS_PROXY is up"},
		},
		"is not there, http": {
			"http", away, obstacle{fault.Unavailable, 3, "the proxy of HTTP_PROXY is not reached", "HTTP_PROXY is up"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			address := test.proxy(t)
			r := newRig(t, func(s *platform.Settings) {
				s.AuthURL, s.APIURL, s.AllowHTTP = s.APIURL, test.scheme+"://platform.example", true
				s.Machine.Getenv = func(name string) string {
					return map[string]string{strings.ToUpper(test.scheme) + "_PROXY": address}[name]
				}
			})
			_, _, err := r.get(t.Context())
			test.check(t, r, err)
		})
	}
}

func TestAProxyVariableThatIsNoAddress(t *testing.T) {
	for _, value := range []string{
		"http://proxy.example:port", "http://zoe:hunter2@:3128", "ftp://proxy.example", "http://", "proxy.example:http", "://x",
		"http//proxy:1/%zz",
	} {
		_, err := platform.New(platform.Settings{
			Name: "test", PageSize: 1, MaxPage: 1, APIURL: "https://platform.example", AuthURL: "https://auth.example",
			Machine: withEnv("https_proxy", value),
		})
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "https_proxy is not the address of a proxy") ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", value, err)
		}
	}
	for _, value := range []string{"http://proxy.example:3128", "proxy.example:3128", "socks5://proxy.example",
		"https://zoe:hunter2@proxy.example"} {
		c, err := platform.New(platform.Settings{
			Name: "test", PageSize: 1, MaxPage: 1, APIURL: "https://platform.example", AuthURL: "https://auth.example",
			Machine: withEnv("HTTPS_PROXY", value),
		})
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		c.Close()
	}
}

// A certificate that does not hold tells which of its parts does not.
func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	own := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(own, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{NotBefore: start.Add(time.Hour), NotAfter: start.Add(2 * time.Hour)}
	old := &x509.Certificate{NotBefore: start.Add(-2 * time.Hour), NotAfter: start.Add(-time.Hour)}
	invalid := func(c *x509.Certificate) error {
		return &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: c, Reason: x509.Expired}}
	}
	for name, test := range map[string]struct {
		address string
		wire    http.RoundTripper
		env     string // SSL_CERT_FILE
		obstacle
	}{
		"an authority of one's own": {
			server.URL, nil, "", obstacle{fault.Usage, 1, "by an authority that is not known here", "SSL_CERT_FILE"},
		},
		"not in the file": {
			server.URL, nil, own,
			obstacle{fault.Usage, 1, "by an authority that is not known here",
				"add the certificate of the authority to the file"},
		},
		"no such file": {
			server.URL, nil, own + "x",
			obstacle{fault.Usage, 1, "by an authority that is not known here", "the file that it names cannot be read"},
		},
		"of another host": {
			server.URL, &http.Transport{
				DialContext: (&net.Dialer{}).DialContext, Proxy: nil,
				TLSClientConfig: &tls.Config{RootCAs: pool(server.Certificate()), ServerName: "platform.test"},
				DialTLSContext:  nil,
			}, "", obstacle{fault.Usage, 1, "the certificate is not for", "correct api_url"},
		},
		"ended": {
			"https://platform.example", failing{invalid(old)}, "",
			obstacle{fault.Usage, 1, "has ended on 2026-03-27T23:00:00Z; it is 2026-03-28T00:00:00Z", "set this machine's clock"},
		},
		"not begun": {
			"https://platform.example", failing{invalid(cert)}, "",
			obstacle{fault.Usage, 1, "begins only on 2026-03-28T01:00:00Z; it is 2026-03-28T00:00:00Z",
				"set this machine's clock"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(s *platform.Settings) {
				s.AuthURL, s.APIURL = s.APIURL, test.address
				if test.wire != nil {
					s.Transport = besides{strings.TrimPrefix(test.address, "https://"), test.wire}
				}
				s.Machine.Getenv = func(name string) string { return map[string]string{"SSL_CERT_FILE": test.env}[name] }
			})
			_, _, err := r.get(t.Context())
			test.check(t, r, err)
		})
	}
}

func pool(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}

// TLS where there is none, and the other way round.
func TestTheOtherOfHTTPAndHTTPS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	// Another protocol. It waits for the first byte: what is said before that reaches the client now before and now after the
	// client has asked, and then the two ends are an idle connection that closes, or an answer that is none.
	words, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = words.Close() })
	go func() {
		for {
			c, err := words.Accept()
			if err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, c, 1)
			_, _ = fmt.Fprint(c, "220 mail.example ESMTP\r\n")
			go func() { // what is left unread would break the connection before the words are read
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}()
		}
	}()
	for address, o := range map[string]obstacle{
		strings.Replace(plain.URL, "http:", "https:", 1):  {fault.Usage, 1, "does not speak TLS", "api_url"},
		strings.Replace(secure.URL, "https:", "http:", 1): {fault.Usage, 2, "speaks https alone", "write api_url with https://"},
		"https://" + words.Addr().String():                {fault.Usage, 1, "does not speak TLS", "api_url"},
		"http://" + words.Addr().String():                 {fault.Usage, 3, "does not speak plain http", "https://"},
	} {
		r := newRig(t, func(s *platform.Settings) { s.AuthURL, s.APIURL = s.APIURL, address })
		_, _, err := r.get(t.Context())
		o.check(t, r, err)
	}
}
