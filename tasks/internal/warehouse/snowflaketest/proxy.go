package snowflaketest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Cut is what a proxy does to a statement.
type Cut string

// The cuts.
const (
	Before   Cut = "before"   // the connection breaks before the statement reaches the server
	After    Cut = "after"    // the server has executed it, and the connection breaks before the answer
	Short    Cut = "short"    // half of the answer comes
	Answered Cut = "answered" // the server has executed it, and something on the way answers with HTTP 500
	Silent   Cut = "silent"   // it does not reach the server, and from then on nobody gets an answer
)

// Step is a cut of one statement, by its number in a try: the first is 1.
type Step struct {
	At  int64
	Cut Cut
}

// Proxy stands between the driver and a server.
type Proxy struct {
	Address string // host:port

	server     string
	client     *http.Client
	mu         sync.Mutex
	statements int64
	steps      []Step
	at         int64  // the number of the statement that was cut last
	cut        string // and its request's id
	silent     chan struct{}
	hush       func() // closes silent
}

// NewProxy starts a proxy that ends with the test and cuts nothing.
func NewProxy(t testing.TB, server string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: l.Addr().String(), server: server, client: &http.Client{Timeout: 5 * time.Minute}}
	p.Arm()
	s := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("proxy: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return p
}

// Arm counts statements from 1 again, and carries out the steps in their order. Where the statement that was cut is sent again,
// the next step is done to it if it is of the same number; else counting goes on behind it. A statement that is not sent again
// was the end of a try, and the next one is counted from 1. A ROLLBACK is not counted: each try of a load is counted alike.
func (p *Proxy) Arm(steps ...Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statements, p.steps, p.at, p.cut = 0, steps, 0, ""
	silent := make(chan struct{})
	p.silent, p.hush = silent, sync.OnceFunc(func() { close(silent) })
}

// Silent is closed once the proxy answers nobody any more.
func (p *Proxy) Silent() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

// Statements is how many have come since it was armed or carried out its last step, and left are the steps that are not done.
func (p *Proxy) Statements() (statements int64, left []Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.statements, p.steps
}

// count returns the cut of a statement, "" for none. The driver keeps a request's id where it sends it again.
func (p *Proxy) count(statement []byte, id string) Cut {
	if bytes.Contains(statement, []byte(`"sqlText":"ROLLBACK"`)) {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id != "" && id == p.cut {
		p.statements = p.at
	} else {
		p.statements++
	}
	if len(p.steps) == 0 || p.steps[0].At != p.statements {
		return ""
	}
	step := p.steps[0]
	p.statements, p.steps, p.at, p.cut = 0, p.steps[1:], step.At, id
	if step.Cut == Silent {
		p.hush()
	}
	return step.Cut
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		hangUp(w, nil)
		return
	}
	var cut Cut
	if strings.HasPrefix(r.URL.Path, "/queries/v1/query-request") {
		cut = p.count(asked, r.URL.Query().Get("requestId"))
	}
	select {
	case <-p.Silent():
		<-r.Context().Done() // until the client gives up
		return
	default:
	}
	if cut == Before {
		hangUp(w, nil)
		return
	}
	url := "http://" + p.server + r.URL.RequestURI()
	out, err := http.NewRequestWithContext(r.Context(), r.Method, url, bytes.NewReader(asked)) //nolint:gosec // to the one server
	if err != nil {
		hangUp(w, nil)
		return
	}
	out.Header = r.Header.Clone()
	answer, err := p.client.Do(out) //nolint:gosec // to the one server
	if err != nil {
		hangUp(w, nil)
		return
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil || cut == After:
		hangUp(w, nil)
	case cut == Short:
		hangUp(w, body[:len(body)/2])
	case cut == Answered:
		w.WriteHeader(http.StatusInternalServerError)
	default:
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(body)
	}
}

// hangUp breaks the connection, after a part of an answer where there is one.
func hangUp(w http.ResponseWriter, part []byte) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if len(part) > 0 {
		head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
		_, _ = io.Copy(conn, io.MultiReader(strings.NewReader(head), bytes.NewReader(part)))
	}
	_ = conn.Close()
}
