package step

import (
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// lines is a log that waits for a word.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
	word string
	met  chan struct{} // closed when the word came
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	had := strings.Contains(l.text.String(), l.word)
	l.text.Write(p)
	if !had && strings.Contains(l.text.String(), l.word) {
		close(l.met)
	}
	return len(p), nil
}

// An answer may be longer than it says. net/http then writes the rest of it into the log.
func TestNoAnswerIsQuotedInTheLog(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		_, _ = io.WriteString(conn, `"first_name":"Ada"`)
		_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
	}()
	out := &lines{word: "Unsolicited", met: make(chan struct{})}
	writer := log.Writer()
	defer log.SetOutput(writer)
	log.SetOutput(standardLog{newRun(Step{Name: "test"}, IO{Stderr: out}.withDefaults())})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	<-out.met
	out.mu.Lock()
	defer out.mu.Unlock()
	if text := out.text.String(); strings.Contains(text, "Ada") || !strings.Contains(text, `"library":"log"`) {
		t.Errorf("the log: %s", text)
	}
}
