package step

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal: what is written to the second file can be read from the first.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// TestRealTerminal runs the example on a pseudo-terminal: readable lines and words, no JSON.
func TestRealTerminal(t *testing.T) {
	ours, theirs := openTerminal(t)
	path, err := exec.LookPath("example")
	if err != nil {
		t.Fatal(err)
	}
	p := exec.Command(path, "--day", "2026-03-27", "--raw", "file:///raw")
	p.Env, p.Stdout, p.Stderr = []string{"NO_COLOR=1", "GORACE=atexit_sleep_ms=0", "GOCOVERDIR=" + t.TempDir()}, theirs, theirs
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	screen, err := io.ReadAll(ours)
	if err != nil && !errors.Is(err, syscall.EIO) { // Linux's word for: nobody has the terminal open any more
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(screen), "\r\n", "\n")
	for _, want := range []string{"INF reading zone=file:///raw\n", "INF done ", "example: done in ",
		"  reservation: accepted 9, quarantined 1, received 10\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "{") {
		t.Errorf("JSON on a terminal:\n%s", text)
	}
}

// TestNobodyReadsStderr: a process that is stuck writing its log ends within the hard limit of a SIGTERM all the same.
func TestNobodyReadsStderr(t *testing.T) {
	path, err := exec.LookPath("example")
	if err != nil {
		t.Fatal(err)
	}
	fifo := t.TempDir() + "/ready"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	unread, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unread.Close() }()
	p := exec.Command(path, "--day", "2026-03-27", "--raw", "file:///raw", "--do", "fill-stderr", "--ready", fifo)
	var stdout bytes.Buffer
	p.Env, p.Stdout, p.Stderr = []string{"EXAMPLE_GRACE=1h", "EXAMPLE_HARD=1ms", "GOCOVERDIR=" + t.TempDir()}, &stdout, stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = stderr.Close()
	if _, err := os.ReadFile(fifo); err != nil { // it has begun, and will soon have filled the pipe
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := p.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Fatalf("%v", err)
	}
}
