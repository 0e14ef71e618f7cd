package platform

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// proxies says which proxy a call goes through, by the usual variables.
type proxies struct {
	names map[string]string // the variable that is set, by the scheme of what is asked
	of    func(*url.URL) (*url.URL, error)
}

// proxiesOf reads the variables. One that is no address is a usage fault, where the library would take it for a host.
func proxiesOf(m machine.Machine) (*proxies, error) {
	get := func(names ...string) (name, value string) {
		for _, name := range names {
			if v := m.Getenv(name); v != "" {
				return name, v
			}
		}
		return names[0], ""
	}
	p := &proxies{names: map[string]string{}}
	var c httpproxy.Config
	for scheme, to := range map[string]*string{"http": &c.HTTPProxy, "https": &c.HTTPSProxy} {
		p.names[scheme], *to = get(strings.ToUpper(scheme)+"_PROXY", scheme+"_proxy")
		if *to == "" {
			continue
		}
		if !isProxy(*to) {
			return nil, fault.New(
				fault.Usage,
				"write it as http://host:port, or unset it",
				"%s is not the address of a proxy",
				p.names[scheme],
			)
		}
	}
	_, c.NoProxy = get("NO_PROXY", "no_proxy")
	p.of = c.ProxyFunc()
	return p, nil
}

// isProxy reports whether text is what the library takes for a proxy as it is meant: with a scheme that it knows, or host and
// port.
func isProxy(text string) bool {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return false
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return true
	}
	return false
}

// through returns the variable that names the proxy of an address, and the proxy's host. Both are empty where there is none.
func (p *proxies) through(u *url.URL) (name, host string) {
	if p == nil {
		return "", ""
	}
	proxy, err := p.of(u)
	if err != nil || proxy == nil {
		return "", ""
	}
	return p.names[u.Scheme], proxy.Host
}

// proxyError is a proxy that does not make the connection.
type proxyError struct{ Status int }

// Error implements error.
func (e *proxyError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the proxy answers %d %s", e.Status, http.StatusText(e.Status)))
}

// connected is the transport's hook for what a proxy answers to CONNECT.
func connected(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{resp.StatusCode}
}

// proxy returns the variable that names the call's proxy, and its host.
func (k *call) proxy() (name, host string) {
	name, host = k.c.proxies.through(k.url)
	if name == "" {
		name = strings.ToUpper(k.url.Scheme) + "_PROXY" // a proxy that nothing here names, but one answered
	}
	return name, host
}
