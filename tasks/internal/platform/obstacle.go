package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"covers/tasks/internal/fault"
)

// obstacle is what a failed connection, or an answer that is none, means.
type obstacle struct {
	kind  fault.Kind
	tries int // how many attempts it is worth; 1: it does not pass
	why   string
	next  string
}

// firstTries is how many attempts are made at what may pass, but looks like a mistake in a setting while no call was ever let in.
const firstTries = 3

// first is how many attempts such a thing is worth.
func (k *call) first() int {
	if k.answered.Load() {
		return k.c.set.Attempts
	}
	return min(k.c.set.Attempts, firstTries)
}

// obstacle tells what passes from what does not, and each from the others.
func (k *call) obstacle(err error) obstacle {
	if known := (*fault.Error)(nil); errors.As(err, &known) {
		return obstacle{known.Kind, 1, known.Err.Error(), known.Next}
	}
	looks := []func(error) (obstacle, bool){k.proxyObstacle, k.tlsObstacle, k.answerObstacle, k.nameObstacle, k.wayObstacle}
	for _, look := range looks {
		if o, ok := look(err); ok {
			return o
		}
	}
	up := obstacle{fault.Unavailable, k.c.set.Attempts, reason(err), "see whether the platform is up, and run again"}
	op := (*net.OpError)(nil)
	switch {
	case errors.As(err, &op), errors.Is(err, errSilence), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		// What the library knows never to pass, as an impossible header.
		if again, _ := retryablehttp.DefaultRetryPolicy(context.Background(), nil, err); !again {
			up.tries = 1
		}
	}
	return up
}

// answerObstacle is an answer that came, and is none.
func (k *call) answerObstacle(err error) (obstacle, bool) {
	var (
		broken *brokenError
		form   *formError
		large  *TooLargeError
		status *StatusError
	)
	o := obstacle{fault.Unavailable, k.c.set.Attempts, reason(err), "see whether the platform is up, and run again"}
	switch {
	case errors.As(err, &status), errors.As(err, &large):
		o.tries = 1 // said for good
	case errors.As(err, &form):
		o.kind, o.tries, o.next = fault.Data, 1, "ask the platform for JSON in UTF-8, compressed by gzip at most"
	case errors.As(err, &broken) && broken.page:
		o.tries = k.first()
		o.next = "see whether the platform is up, or whether a gateway or the network's own sign-in answers in its place"
	case errors.As(err, &broken):
	case strings.Contains(err.Error(), "malformed HTTP") && k.answered.Load():
		o.why = "the connection was out of step" // what is left of an answer before, which was longer than it said
	case strings.Contains(err.Error(), "malformed HTTP") && k.url.Scheme == "http":
		o.kind, o.tries, o.why = fault.Usage, k.first(), "the server at "+k.url.Host+" does not speak plain http"
		o.next = "write " + k.setting() + " with https://, or correct its port"
	case strings.Contains(err.Error(), "malformed HTTP"):
		o.kind, o.tries, o.why = fault.Usage, k.first(), "the server at "+k.url.Host+" does not speak http"
		o.next = "correct " + k.setting() + " and its port"
	default:
		return o, false
	}
	return o, true
}

// nameObstacle is a host whose name leads nowhere. A name that was there before may come back.
func (k *call) nameObstacle(err error) (obstacle, bool) {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return obstacle{}, false
	case !dns.IsNotFound:
		return obstacle{fault.Unavailable, k.c.set.Attempts, "no address for " + dns.Name + " at present",
			"see whether this machine's name service is up, and run again"}, true
	}
	kind := fault.Usage
	if k.answered.Load() {
		kind = fault.Unavailable
	}
	return obstacle{kind, k.first(), "there is no host of the name " + dns.Name,
		"correct " + k.setting() + ", or this machine's name service"}, true
}

// wayObstacle is an address that is not reached.
func (k *call) wayObstacle(err error) (obstacle, bool) {
	o := obstacle{fault.Unavailable, k.first(), reason(err), ""}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && k.loopback():
		o.next = "start the server there; in a container, localhost is the container itself: then correct " + k.setting()
	case errors.Is(err, syscall.ECONNREFUSED):
		o.tries = k.c.set.Attempts
		o.next = "see whether the platform is up and the port in " + k.setting() + " is right, and run again"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		o.next = "see whether this machine has a way to " + k.url.Host + ": a route, or IPv6 where the host has nothing else"
	default:
		return o, false
	}
	return o, true
}

// proxyObstacle is what a proxy does, or one that is not there.
func (k *call) proxyObstacle(err error) (obstacle, bool) {
	var refused *proxyError
	name, host := k.proxy()
	if errors.As(err, &refused) {
		switch {
		case refused.Status == http.StatusProxyAuthRequired:
			return obstacle{fault.Denied, 1, reason(err) + ": it wants a password, and nothing is wrong with the platform",
				"write the proxy's user and password into " + name + ", as http://user:password@host:port"}, true
		case refused.Status == http.StatusForbidden, refused.Status == http.StatusUnauthorized:
			return obstacle{fault.Denied, 1, reason(err) + ": it does not let calls through to " + k.url.Host,
				"have the proxy of " + name + " let " + k.url.Host + " through"}, true
		case passingStatus(refused.Status):
			return obstacle{fault.Unavailable, k.c.set.Attempts, reason(err) + ": it does not reach " + k.url.Host,
				"see whether the proxy of " + name + " and the platform are up, and run again"}, true
		}
		return obstacle{fault.Usage, 1, reason(err) + " to CONNECT: it is no proxy for https", "correct " + name}, true
	}
	op := (*net.OpError)(nil)
	if host == "" || !errors.As(err, &op) || op.Op != "proxyconnect" && (op.Op != "dial" || k.url.Scheme != "http") &&
		!strings.HasPrefix(op.Op, "socks") {
		return obstacle{}, false
	}
	o := obstacle{fault.Unavailable, k.c.set.Attempts, "the proxy of " + name + " is not reached: " + reason(op.Err),
		"see whether the proxy of " + name + " is up, or correct or unset it"}
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) && dns.IsNotFound {
		o.kind, o.tries = fault.Usage, min(firstTries, o.tries)
		o.why = "the proxy of " + name + " is not reached: there is no host of the name " + dns.Name
	}
	if !k.answered.Load() {
		o.tries = min(firstTries, o.tries)
	}
	return o, true
}

// tlsObstacle is what keeps two sides from a secure connection.
func (k *call) tlsObstacle(err error) (obstacle, bool) {
	var (
		unknown x509.UnknownAuthorityError
		roots   x509.SystemRootsError
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		cert    *tls.CertificateVerificationError
		header  tls.RecordHeaderError
		alert   tls.AlertError
	)
	address, host := k.setting(), k.url.Host
	switch {
	case errors.As(err, &unknown), errors.As(err, &roots):
		next := "name the file with the certificate of the authority by SSL_CERT_FILE"
		if file := k.c.machine.Getenv("SSL_CERT_FILE"); file != "" {
			next = "add the certificate of the authority to the file that SSL_CERT_FILE names"
			if f, err := os.Open(file); err != nil {
				next = "correct SSL_CERT_FILE: the file that it names cannot be read"
			} else {
				_ = f.Close()
			}
		}
		return obstacle{
			fault.Usage,
			1,
			"the certificate of " + host + " is by an authority that is not known here: " + reason(err),
			next,
		}, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		why, next := "the certificate of "+host+" has ended", "have it renewed"
		if c := invalid.Cert; c != nil {
			if now := k.c.machine.Now(); now.Before(c.NotBefore) {
				why, next = "the certificate of "+host+" begins only on "+c.NotBefore.UTC().Format(time.RFC3339), "run again then"
			} else {
				why += " on " + c.NotAfter.UTC().Format(time.RFC3339)
			}
			why += "; it is " + k.c.machine.Now().UTC().Format(time.RFC3339) + " on this machine"
		}
		return obstacle{fault.Usage, 1, why, "set this machine's clock if it is wrong, or " + next}, true
	case errors.As(err, &name):
		return obstacle{fault.Usage, 1, "the certificate is not for " + host + ": " + reason(err),
			"correct " + address + ", or the name service or gateway that leads elsewhere"}, true
	case errors.As(err, &invalid), errors.As(err, &cert):
		return obstacle{fault.Usage, 1, reason(err), "have the certificate of " + host + " corrected"}, true
	case errors.As(err, &header), errors.Is(err, http.ErrSchemeMismatch),
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return obstacle{
			fault.Usage,
			1,
			"the server at " + host + " does not speak TLS",
			"correct " + address + ": its port, or http for https",
		}, true
	case errors.As(err, &alert):
		return k.alertObstacle(alert), true
	}
	return obstacle{}, false
}

// alertObstacle is what a server refuses of a handshake (RFC 8446, section 6.2).
func (k *call) alertObstacle(alert tls.AlertError) obstacle {
	const internalError, badCertificate, unknownCA, certificateRequired = 80, 42, 48, 116
	o := obstacle{fault.Usage, 1, "the server at " + k.url.Host + " ends the handshake: " + alert.Error(),
		"correct " + k.setting() + ", or look for a gateway in between that speaks another TLS"}
	switch alert {
	case internalError:
		o.kind, o.tries, o.next = fault.Unavailable, k.c.set.Attempts, "see whether the platform is up, and run again"
	case badCertificate, unknownCA, certificateRequired:
		o.kind = fault.Denied
		o.next = "look for a gateway at " + k.setting() + " that wants a certificate of this machine: the platform does not"
	}
	return o
}

// loopback reports whether the call is to this machine itself.
func (k *call) loopback() bool { return isLoopback(k.url.Hostname()) }
