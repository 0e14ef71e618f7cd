package demo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"covers/tasks/internal/fault"
)

// server is the running server of the simulated platforms.
type server struct {
	cmd  *exec.Cmd
	done chan error
}

// startPlatforms runs mockapi on a free port of loopback and waits until it serves; d.urls then point the steps to it.
func (d *demo) startPlatforms(ctx context.Context) (*server, error) {
	folder, err := os.MkdirTemp("", "covers-demo-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	urlFile := filepath.Join(folder, "url")
	log, err := os.OpenFile(filepath.Join(d.world.Dir, "logs", "mockapi.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(d.world.program("mockapi"), "--data", d.world.zone("simulator"), "--listen", "127.0.0.1:0",
		"--url-file", urlFile)
	cmd.Env = d.world.environment()
	cmd.Stderr = log
	dieWithParent(cmd)
	p := &server{cmd: cmd, done: make(chan error, 1)}
	started := make(chan error)
	go func() {
		// Linux takes the end of the thread that started the child for the end of its parent: the thread is kept.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fault.New(fault.Unavailable, "", "start the simulated platforms: %w", err)
	}
	for {
		text, err := os.ReadFile(urlFile)
		if err == nil {
			d.urls = urlsOf(strings.TrimSpace(string(text)))
			return p, nil
		}
		select {
		case err := <-p.done:
			return nil, fault.New(fault.Unavailable, "see logs/mockapi.log",
				"the simulated platforms ended before they served: %w", errors.Join(err))
		case <-ctx.Done():
			p.done <- p.stop()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server. That it was stopped (143) is no failure.
func (p *server) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	var err error
	select {
	case err = <-p.done:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		err = <-p.done
	}
	if p.cmd.ProcessState.ExitCode() == 143 {
		return nil
	}
	return err
}
