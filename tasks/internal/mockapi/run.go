package mockapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/source"
)

// Options are what the server is asked for.
type Options struct {
	Listen   string     // host:port; port 0 takes a free one
	URLFile  string     // written with the server's URL once it serves; empty for none
	Data     *lake.Zone // the simulator zone
	Registry *source.Registry
	Settings Settings
	Machine  machine.Machine // many goroutines use it at once
}

// Outcome is what the server did until it was stopped.
type Outcome struct {
	Replies map[string]int64 // by status
}

// drain is how long requests that are being answered may take once the server is told to stop: less than a container is given.
const drain = 2 * time.Second

// Run serves until ctx ends, then answers what it has begun. That is how a server's work is done, and no error. Where that
// takes too long, requests are cut off, and the error is ctx's.
func Run(ctx context.Context, o Options) (Outcome, error) {
	log := zerolog.Ctx(ctx)
	// What is held has no pointers, so that collecting often costs next to nothing and saves most of what would wait to be.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	s, err := NewServer(ctx, o)
	if err != nil {
		return Outcome{}, err
	}
	defer s.Close()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return Outcome{}, fault.New(fault.Usage, "choose another --listen", "listen: %w", err)
	}
	// Requests are answered to their end, whatever ends ctx: only their logger is taken from it.
	base := log.WithContext(context.Background())
	server := &http.Server{
		Handler: s, BaseContext: func(net.Listener) context.Context { return base },
		ConnContext: limitWaiting, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	pushed, stop := context.WithCancel(ctx)
	defer stop()
	s.pushing.run(pushed)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	url := "http://" + listener.Addr().String()
	listening := log.Info().Str("url", url)
	if o.Settings.Scenario != nil {
		listening = listening.Str("scenario", o.Settings.Scenario.Name)
	}
	listening.Msg("listening")
	if err := announce(o.URLFile, url); err != nil {
		_ = server.Close()
		return Outcome{}, err
	}
	select {
	case err := <-failed:
		return Outcome{s.Requests()}, fault.New(fault.Unavailable, "start it again", "serve: %w", err)
	case <-ctx.Done():
	}
	log.Info().Msg("draining")
	err = shutDown(ctx, base, server)
	if o.URLFile != "" {
		_ = os.Remove(o.URLFile) // nobody answers there any more
	}
	return Outcome{s.Requests()}, err
}

// shutDown answers what has begun, and cuts off what takes too long. base has no end but the logger of ctx.
func shutDown(ctx, base context.Context, server *http.Server) error {
	limited, cancel := context.WithTimeout(base, drain)
	defer cancel()
	err := server.Shutdown(limited)
	if err == nil {
		return nil
	}
	zerolog.Ctx(ctx).Warn().Err(err).Msg("requests cut off")
	_ = server.Close()
	return fmt.Errorf("serve: requests cut off: %w", ctx.Err())
}

// waiting is how much of a reply waits in the kernel for its reader, in bytes. Left to grow, a connection's buffer holds some MB,
// which have left the processor's cache before they are read: with this, pages of 1,000 took half the server's CPU time
// (BenchmarkServer's pages on loopback, both in one run; 128 and 512 KiB were nearly as good, 1 MiB was not).
const waiting = 256 << 10

// limitWaiting is for http.Server.ConnContext. A connection that takes no limit serves all the same.
func limitWaiting(ctx context.Context, c net.Conn) context.Context {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(waiting)
	}
	return ctx
}

// announce writes the server's URL into a file, whole or not at all.
func announce(path, url string) error {
	if path == "" {
		return nil
	}
	if err := replace.File(path, []byte(url+"\n")); err != nil {
		return fault.New(fault.Usage, "choose another --url-file", "write the URL: %w", err)
	}
	return nil
}
