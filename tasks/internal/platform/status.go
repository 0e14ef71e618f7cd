package platform

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"covers/tasks/internal/fault"
)

// statusError reads what came instead of an answer; body may be cut or nil. It keeps nothing of it but words that are safe.
func (k *call) statusError(resp *http.Response, form Form, body []byte) *StatusError {
	id := safeWord(resp.Header.Get(k.c.set.RequestIDHeader))
	if id == "" {
		id = safeWord(form.RequestID)
	}
	e := &StatusError{
		Status:    resp.StatusCode,
		Code:      safeWord(form.Code),
		RequestID: id,
		Asked:     asked(resp.Header, k.c.machine.Now()),
		own:       form.Own,
	}
	e.page = !form.Own && isPage(resp.Header, body)
	if server := resp.Header.Get("Server"); !form.Own && strings.HasPrefix(server, "AkamaiGHost") {
		e.edge = "Akamai"
	} else if !form.Own && strings.EqualFold(server, "cloudflare") {
		e.edge = "Cloudflare"
	}
	if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
		e.to = to.Scheme + "://" + to.Host
	}
	scheme, _, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), " ")
	e.challenge = strings.ToLower(safeWord(scheme))
	e.wantsTLS = resp.StatusCode == http.StatusBadRequest && bytes.Contains(body, []byte("HTTP request")) &&
		bytes.Contains(body, []byte("HTTPS"))
	return e
}

// isPage reports whether an answer is a page for people; body may be nil.
func isPage(h http.Header, body []byte) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 512)], " \t\r\n\xef\xbb\xbf"))
	return bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html")) ||
		kind == "text/html" && !bytes.HasPrefix(start, []byte("{"))
}

// verdict is what an answer's status means to whoever runs the step.
type verdict struct {
	kind fault.Kind
	why  string // behind the status
	next string
}

// explainStatus classifies an answer that was refused for good, or that did not pass in all attempts.
func (k *call) explainStatus(what string, status *StatusError) error {
	switch {
	case status.Asked > k.c.set.AskedMax:
		return fault.New(fault.Temporary, "run again after that", "%s: %w asks to wait %s, and a run waits for %s at most",
			what, status, status.Asked, k.c.set.AskedMax)
	case status.Status == http.StatusTooManyRequests, passingStatus(status.Status) && status.Asked > 0:
		return fault.New(fault.Temporary, "run again later, or lower requests_per_second in restaurants.yaml",
			"%s: %w, still after %d attempts", what, status, k.again+1)
	case passingStatus(status.Status):
		return fault.New(fault.Unavailable, "see whether the platform is up, and run again",
			"%s: %w, still after %d attempts", what, status, k.again+1)
	}
	if k.token {
		what = k.c.set.Name + ": ask " + k.c.set.AuthURL + " for a token"
	}
	v := k.verdict(status)
	return fault.New(v.kind, v.next, "%s: %w%s", what, status, v.why)
}

// verdict tells each status that does not pass from the others (RFC 9110, section 15, and the RFCs named).
func (k *call) verdict(s *StatusError) verdict {
	address := k.setting()
	switch {
	case s.Status == http.StatusProxyAuthRequired:
		name, _ := k.proxy()
		return verdict{fault.Denied, ": the proxy wants a password, and nothing is wrong with the platform",
			"write the proxy's user and password into " + name + ", as http://user:password@host:port"}
	case s.Status >= 300 && s.Status < 400:
		return k.redirected(s, address)
	case s.wantsTLS:
		return verdict{fault.Usage, ": the server there speaks https alone", "write " + address + " with https://"}
	case s.Status == http.StatusUnauthorized, s.Status == http.StatusForbidden:
		return k.refusal(s)
	case s.Status == http.StatusBadRequest && k.token:
		return verdict{fault.Denied, "", k.checkCredential()}
	case s.page && s.Status == http.StatusNotFound:
		return verdict{
			fault.Usage,
			": the platform does not take the call",
			"compare " + address + " with the platform's documentation",
		}
	}
	if v, ok := verdicts[s.Status]; ok {
		v.next = strings.ReplaceAll(v.next, "api_url", address)
		return v
	}
	switch {
	case k.token:
		return verdict{fault.Usage, "", "correct auth_url"}
	case s.Status == http.StatusBadRequest && k.renewed:
		return verdict{fault.Usage, ": the platform does not take the call, with a new token too",
			"compare api_url and the source's ids in restaurants.yaml with the platform's; " +
				"or look for a gateway that takes the token away, which a platform may answer so too"}
	}
	return verdict{fault.Usage, ": the platform does not take the call",
		"compare api_url and the source's ids in restaurants.yaml with the platform's"}
}

// verdicts are the statuses that say all by themselves.
var verdicts = map[int]verdict{
	http.StatusPaymentRequired: {fault.Denied, ": the platform wants the contract settled", "ask the platform about the account"},
	http.StatusNotAcceptable: {
		fault.Usage,
		": the address does not give JSON",
		"compare api_url with the platform's documentation",
	},
	http.StatusUnsupportedMediaType: {fault.Usage, ": the address does not take such a call",
		"compare api_url with the platform's documentation"},
	http.StatusMethodNotAllowed: {fault.Usage, ": the address does not take such a call",
		"compare api_url with the platform's documentation"},
	http.StatusGone: {fault.Usage, ": this part of the API has ended",
		"read the platform's announcements, and compare api_url with its documentation"},
	http.StatusLengthRequired: {fault.Usage, ": something in between wants a length for a call without a body",
		"look for a proxy or gateway between this machine and api_url"},
	http.StatusRequestEntityTooLarge: {fault.Usage, ": something in between finds the call too large",
		"look for a proxy or gateway between this machine and api_url"},
	http.StatusRequestURITooLong: {fault.Usage, ": the call's address is too long for what takes it",
		"compare api_url and the source's ids in restaurants.yaml with the platform's"},
	http.StatusMisdirectedRequest: {fault.Usage, ": the server that answers is not that of the name asked for",
		"correct api_url, or the name service that leads it there"},
	http.StatusUpgradeRequired: {fault.Usage, ": the server wants another protocol", "write api_url with https://"},
	// RFC 6585, section 5: the token is the largest of the headers.
	http.StatusRequestHeaderFieldsTooLarge: {
		fault.Usage,
		": the call's headers, the token among them, are too large for what takes it",
		"ask the platform for shorter tokens, or look for a gateway in between",
	},
	http.StatusUnavailableForLegalReasons: {fault.Denied, ": refused for legal reasons, which may go by this machine's country",
		"ask the platform, or run it elsewhere"},
	http.StatusNotImplemented: {
		fault.Usage,
		": the server does not know the call",
		"compare api_url with the platform's documentation",
	},
	http.StatusHTTPVersionNotSupported: {fault.Usage, ": the server does not speak this version of HTTP",
		"look for a proxy or gateway between this machine and api_url"},
	// RFC 5842, section 7.2.
	http.StatusLoopDetected: {
		fault.Usage,
		": the call goes round in a circle behind the address",
		"correct api_url, or tell the platform",
	},
	// RFC 6585, section 6.
	http.StatusNetworkAuthenticationRequired: {fault.Denied, ": the network wants a sign-in before it lets calls out",
		"sign this machine in to its network"},
}

// redirected tells where an answer sends to. It is not followed.
func (k *call) redirected(s *StatusError, address string) verdict {
	here := k.url.Scheme + "://" + k.url.Host
	switch {
	case s.Status == http.StatusNotModified, s.to == "":
		return verdict{fault.Usage, " sends elsewhere without saying where", "correct " + address}
	case s.to == here:
		return verdict{fault.Usage, " sends elsewhere on the same host, which is not followed", "correct " + address}
	case s.to == "https://"+k.url.Hostname():
		return verdict{fault.Usage, " sends to " + s.to + ", which is not followed", "write " + address + " with https://"}
	}
	return verdict{fault.Usage, " sends to " + s.to + ", which is not followed: another address, or a page to sign in",
		"correct " + address + ", or look for a gateway in between that wants a sign-in"}
}

// refusal is a 401 or a 403: of the API, or of something before it.
func (k *call) refusal(s *StatusError) verdict {
	again := ""
	if k.renewed {
		again = ", with a new token too"
	}
	switch {
	case s.page || s.edge != "":
		return verdict{fault.Denied, again + ": it is not the API that refuses, but what stands before it",
			"ask the platform to let this machine's address through, or look for a gateway in between"}
	case s.challenge != "" && s.challenge != "bearer" && !k.token:
		return verdict{fault.Denied, again + ": something in between wants a sign-in of its own (" + s.challenge + ")",
			"look for a gateway between this machine and api_url"}
	case k.token:
		return verdict{fault.Denied, "", k.checkCredential()}
	}
	return verdict{fault.Denied, again, "check that " + k.env() + "_CLIENT_ID may read what restaurants.yaml asks for"}
}

func (k *call) env() string { return "COVERS_" + strings.ToUpper(k.c.set.Credential) }

func (k *call) checkCredential() string {
	return "check " + k.env() + "_CLIENT_ID and " + k.env() + "_CLIENT_SECRET"
}

// setting names the setting that the call's address comes from.
func (k *call) setting() string {
	if k.token {
		return "auth_url"
	}
	return "api_url"
}
