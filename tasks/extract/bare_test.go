//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// bareClient is the least that reading over HTTP takes: a program of its own, which asks for the addresses on stdin, as many
// at once as it has arguments, and throws away what it gets.
func bareClient() {
	transport := &http.Transport{MaxIdleConnsPerHost: len(os.Args), DisableCompression: true}
	addresses := make(chan string)
	var wg sync.WaitGroup
	for range os.Args[1:] {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			for address := range addresses {
				res, err := (&http.Client{Transport: transport}).Get(address)
				if err != nil {
					panic(err)
				}
				for err == nil {
					_, err = res.Body.Read(buf)
				}
				if !errors.Is(err, io.EOF) {
					panic(err)
				}
				_ = res.Body.Close()
			}
		})
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		addresses <- lines.Text()
	}
	close(addresses)
	wg.Wait()
}

// listed notes what is asked for behind the token.
type listed struct {
	next      http.Handler
	mu        sync.Mutex
	addresses []string
}

func (l *listed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/oauth/token") {
		l.mu.Lock()
		l.addresses = append(l.addresses, "http://"+r.Host+r.URL.String())
		l.mu.Unlock()
	}
	l.next.ServeHTTP(w, r)
}

// bareReading asks for the addresses again with the bare client, and gives its CPU time and the time it took, in seconds.
func bareReading(b *testing.B, addresses []string, atOnce int) (cpu, wall float64) {
	b.Helper()
	run := exec.Command("bare", strings.Fields(strings.Repeat("x ", atOnce))...)
	run.Stdin, run.Stderr = strings.NewReader(strings.Join(addresses, "\n")+"\n"), os.Stderr
	began := time.Now()
	if err := run.Run(); err != nil {
		b.Fatal(err)
	}
	return run.ProcessState.UserTime().Seconds() + run.ProcessState.SystemTime().Seconds(), time.Since(began).Seconds()
}
