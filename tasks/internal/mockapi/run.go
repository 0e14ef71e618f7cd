package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
)

// Options are what the server is asked for.
type Options struct {
	Listen      string // host:port; port 0 takes a free one
	URLFile     string // written with the server's URL once it serves; empty for none
	Data        string // the simulator zone's URL
	Restaurants string // path of restaurants.yaml
	Settings    Settings
}

// drain is how long requests that are being answered may take once the server is told to stop: less than a container is given.
const drain = 2 * time.Second

// Serve serves until ctx ends, then answers what it has begun and gives the number of replies by status. That is how a server's
// work is done, and no error. Where that takes too long, requests are cut off, and the error is ctx's.
func Serve(ctx context.Context, o Options) (map[string]int64, error) {
	log := zerolog.Ctx(ctx)
	// What is held has no pointers, so that collecting often costs next to nothing and saves most of what would wait to be.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	registry, err := source.Load(o.Restaurants)
	if err != nil {
		return nil, err
	}
	zone, err := lake.Open(ctx, machine.This(), o.Data)
	if err != nil {
		return nil, err
	}
	defer zone.Close()
	s, err := NewServer(ctx, zone, registry, o.Settings)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fault.New(fault.Usage, "choose another --listen", "listen: %w", err)
	}
	// Requests are answered to their end, whatever ends ctx: only their logger is taken from it.
	base := log.WithContext(context.Background())
	server := &http.Server{
		Handler: s, BaseContext: func(net.Listener) context.Context { return base },
		ConnContext: limitWaiting, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
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
		return nil, err
	}
	select {
	case err := <-failed:
		return s.Requests(), fault.New(fault.Unavailable, "start it again", "serve: %w", err)
	case <-ctx.Done():
	}
	log.Info().Msg("draining")
	limited, cancel := context.WithTimeout(base, drain)
	defer cancel()
	err = server.Shutdown(limited)
	if err != nil {
		log.Warn().Err(err).Msg("requests cut off")
		_ = server.Close()
		err = fmt.Errorf("serve: requests cut off: %w", ctx.Err())
	}
	if o.URLFile != "" {
		_ = os.Remove(o.URLFile) // nobody answers there any more
	}
	return s.Requests(), err
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

// announce writes the server's URL into a file, at once or not at all.
func announce(path, url string) error {
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".url-*")
	if err != nil {
		return fault.New(fault.Usage, "choose another --url-file", "write the URL: %w", err)
	}
	_, err = f.WriteString(url + "\n")
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fault.New(fault.Usage, "choose another --url-file", "write the URL: %w", err)
	}
	return nil
}
