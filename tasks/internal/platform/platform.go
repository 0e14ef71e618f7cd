// Package platform is the transport under the booking platforms' clients: a GET that is paced, authorised, retried and read
// to its end before anybody sees it, and the JSON envelopes that lists come in.
//
// Start with New and Client.Get. The package knows no platform: what differs between them (how a token is asked for, what an
// error's body looks like, which header names a request) comes in with Settings. It maps nothing and stores nothing; a
// record is the bytes that were received.
//
// What passes and what does not is decided here alone (pass.go, obstacle.go). What passes is tried again: 408, 425, 429, 5xx, a
// broken connection, silence, a body cut off or of another form than documented. What does not pass is an error at once, each
// with its own next step (obstacle.go, status.go). A refusal that may be the token's costs a new one and one more try
// (token.go).
package platform

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// Settings say what is particular to a platform and to a run. The zero values of the second group are the defaults given.
type Settings struct {
	Name       string            // begins each error's text: "opentable"
	APIURL     string            // base of all API paths
	AuthURL    string            // base of the token's path; named in error texts
	Credential string            // names COVERS_<CREDENTIAL>_CLIENT_ID and _CLIENT_SECRET in error texts
	PageSize   int               // entries a page of a list, 1 to MaxPage
	MaxPage    int               // the platform's own limit
	Grant      Grant             // asks for a token
	TokenLife  time.Duration     // of a token whose reply does not say; 0: until it is refused
	ErrorForm  func([]byte) Form // reads an error's body; required
	Machine    machine.Machine   // time, waiting, jitter and the ids of requests; required

	RequestIDHeader string // the reply's header that names the request; empty: the client numbers its requests itself
	RequestIDPrefix string // of ids that the client makes: "tf" for tf-<random>-<n>

	RequestsPerSecond float64       // of API calls, retries included; 0: no limit
	InFlight          int           // idle connections kept; 8
	Attempts          int           // of one call; 8
	WaitMin, WaitMax  time.Duration // between attempts, doubling, half of it jitter; 500ms, 30s
	AskedMax          time.Duration // the longest Retry-After that is waited for; 5m. More is an error at once
	Silence           time.Duration // the longest wait for the next byte of an answer; 30s
	LeastRate         int64         // bytes a second at which an answer has to come, after a first Silence; 1024
	Transport         http.RoundTripper

	MaxRequests int64 // attempts of every sort, those for tokens included; 0: no limit
	MaxReceived int64 // bytes of answers, uncompressed; 0: no limit
	AllowHTTP   bool  // http:// is taken for every host, and not for loopback alone

	// Attempted is told of each attempt once it has ended, from several goroutines; nil: nobody asks.
	Attempted func(ctx context.Context, a Attempt)
}

// Client calls one platform's API with one credential. It is safe for concurrent use; its pace is shared by all callers.
type Client struct {
	set     Settings
	api     *url.URL
	http    *http.Client // the API: authorised, paced, counted
	auth    *http.Client // the token endpoint: counted, with retries inside
	tokens  *tokens
	limit   *rate.Limiter
	machine machine.Machine
	ids     idSource
	base    *http.Transport // ours to close; nil when Settings.Transport was given
	proxies *proxies        // nil when Settings.Transport was given

	answered, granted atomic.Bool // whether any call, any request for a token, was answered as documented

	requests, tokenRequests, retries, received atomic.Int64

	allowed atomic.Int64 // attempts let through MaxRequests
	taken   atomic.Int64 // bytes of their answers, for MaxReceived
}

// Stats are what a client has done so far. Every attempt counts as a request.
type Stats struct {
	Requests      int64 `json:"requests"`       // sent to the API
	TokenRequests int64 `json:"token_requests"` // sent to the token endpoint
	Retries       int64 `json:"retries"`        // attempts after a first one
	Received      int64 `json:"received_bytes"` // of bodies, uncompressed
}

// New makes a client. It sends nothing. Settings that cannot be used are usage faults.
func New(s Settings) (*Client, error) {
	if s.PageSize < 1 || s.PageSize > s.MaxPage {
		return nil, fault.New(fault.Usage, "correct page_size in restaurants.yaml",
			"%s: page_size is %d, and the platform takes 1 to %d", s.Name, s.PageSize, s.MaxPage)
	}
	api, err := s.baseURL(s.APIURL)
	if err == nil {
		_, err = s.baseURL(s.AuthURL)
	}
	if errors.Is(err, errHTTP) {
		return nil, fault.New(fault.Usage, "write https://, or give --allow-http where the network between is yours alone",
			"%s: %w", s.Name, err)
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "correct the platform's api_url and auth_url", "%s: %w", s.Name, err)
	}
	s.withDefaults()
	c := &Client{
		set: s, api: api, machine: s.Machine,
		limit: limiter(s.RequestsPerSecond), ids: newIDs(s.RequestIDPrefix, s.Machine.Name(4)),
	}
	wire := s.Transport
	if wire == nil {
		c.base = http.DefaultTransport.(*http.Transport).Clone()
		c.base.MaxIdleConnsPerHost = s.InFlight
		if c.proxies, err = proxiesOf(s.Machine); err != nil {
			return nil, err
		}
		c.base.Proxy = func(req *http.Request) (*url.URL, error) { return c.proxies.of(req.URL) }
		c.base.OnProxyConnectResponse = connected
		wire = c.base
	}
	wire = &watched{next: wire, machine: s.Machine, silence: s.Silence, leastRate: s.LeastRate}
	c.auth = &http.Client{
		Transport:     &retrying{c: c, next: noRedirects(&counted{next: wire, c: c, n: &c.tokenRequests, token: true})},
		CheckRedirect: keepRedirect,
	}
	c.tokens = &tokens{client: c}
	c.http = noRedirects(&authorised{next: &paced{next: &counted{next: wire, c: c, n: &c.requests}, c: c}, tokens: c.tokens})
	return c, nil
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	return Stats{c.requests.Load(), c.tokenRequests.Load(), c.retries.Load(), c.received.Load()}
}

// Close drops idle connections. A client may be used after it, only slower.
func (c *Client) Close() {
	if c.base != nil {
		c.base.CloseIdleConnections()
	}
}

// URL returns the address of an API path (beginning with a slash) with a query.
func (c *Client) URL(path string, query url.Values) *url.URL {
	u := *c.api
	u.Path += path
	u.RawQuery = query.Encode()
	return &u
}

// Under returns the address of what has an id below an API path. The id is one part of the address, whatever is in it.
func (c *Client) Under(path, id string) *url.URL {
	u := *c.api
	u.Path += path + "/" + id
	u.RawPath = (&url.URL{Path: c.api.Path + path}).EscapedPath() + "/" + url.PathEscape(id)
	return &u
}

func (s *Settings) withDefaults() {
	def(&s.InFlight, 8)
	def(&s.Attempts, 8)
	def(&s.WaitMin, 500*time.Millisecond)
	def(&s.WaitMax, 30*time.Second)
	def(&s.AskedMax, 5*time.Minute)
	def(&s.Silence, 30*time.Second)
	def(&s.LeastRate, 1024)
	if s.Attempted == nil {
		s.Attempted = func(context.Context, Attempt) {}
	}
}

func def[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// limiter lets a tenth of a second's calls go at once, so that a high rate does not become a timer for each call.
func limiter(perSecond float64) *rate.Limiter {
	if perSecond <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/10)))
}

func (s *Settings) baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.User != nil {
		// The text is not repeated: it could hold a password.
		return nil, errAddress
	}
	if u.Scheme == "http" && !s.AllowHTTP && !isLoopback(u.Hostname()) {
		return nil, errHTTP
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath, u.Fragment = "", ""
	return u, nil
}

// isLoopback reports whether a host is this machine, by its address or by the name that RFC 6761 keeps for it.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// A redirect is never followed: it would carry the call, and perhaps the token, to an address that nobody configured.
func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func noRedirects(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: keepRedirect}
}
