// Package snowflaketest gives tests a Snowflake stand-in (tools/fakesnow) and the S3 server that it reads from. Start with
// Start; a whole test binary shares a server with Main. The package knows nothing of the warehouse.
package snowflaketest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"covers/tasks/internal/lake/laketest"
)

// PythonVar names the environment variable that holds the Python which tools/fakesnow's requirements are installed for.
// Without it bin/fakesnow/bin/python is used, which `make e2e-snowflake` makes.
const PythonVar = "COVERS_FAKESNOW_PYTHON"

// Server is a running stand-in.
type Server struct {
	S3      *laketest.Server
	Address string // host:port
	Process *os.Process

	databases atomic.Int64
	again     func() // ends the stand-in and starts another one
}

// Start starts both servers; they end with the test. args are the launcher's, such as --idle.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{S3: laketest.Start(t)}
	end := s.start(t, args)
	s.again = func() {
		end()
		s.databases.Store(0)
		end = s.start(t, args)
	}
	return s
}

// Renew starts the stand-in again, with no database, where it has made more than so many: each of them makes each statement that
// looks a name up a little slower. Nobody may be at work.
func (s *Server) Renew(most int64) {
	if s.databases.Load() > most {
		s.again()
	}
}

func (s *Server) start(t testing.TB, args []string) (end func()) {
	t.Helper()
	folder := t.TempDir()
	portFile := filepath.Join(folder, "port")
	root := moduleRoot(t)
	cmd := exec.Command(Python(t), append([]string{filepath.Join(root, "tools", "fakesnow", "serve.py"), "--port", "0",
		"--port-file", portFile, "--while-stdin", "--account", account(t, root, folder), "--strict",
		"all", "--lock-seconds", "5"}, args...)...)
	cmd.Env = append(append(os.Environ(), s.Env()...), "TMPDIR="+folder) // it ends by a kill, and so removes nothing itself
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if _, err := cmd.StdinPipe(); err != nil { // it ends when the pipe does: not even a killed test leaves it behind
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the stand-in (make e2e-snowflake installs it): %v", err)
	}
	s.Process = cmd.Process
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	end = func() {
		_ = cmd.Process.Kill()
		<-ended
	}
	t.Cleanup(func() {
		end()
		if t.Failed() && said.Len() > 0 {
			t.Logf("the stand-in said:\n%s", said.String())
		}
	})
	deadline := time.After(time.Minute)
	for {
		if port, err := os.ReadFile(portFile); err == nil {
			s.Address = "127.0.0.1:" + string(port)
			return end
		}
		select {
		case <-ended:
			t.Fatalf("the stand-in ended at once:\n%s", said.String())
		case <-deadline:
			t.Fatalf("the stand-in does not listen:\n%s", said.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Env are the variables under which programs reach both servers. Whoever signs in has the one key.
func (s *Server) Env() []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + s.S3.Access, "AWS_SECRET_ACCESS_KEY=" + s.S3.Key, "AWS_REGION=us-east-1",
		"AWS_ENDPOINT_URL_S3=" + s.S3.URL, "AWS_EC2_METADATA_DISABLED=true",
		"COVERS_SNOWFLAKE_PRIVATE_KEY=" + privateKey(),
	}
}

// URL is a warehouse's in a database, reached at an address (the server's own, or a proxy's) by the user who loads.
func (s *Server) URL(address, database string) string {
	host, port, _ := strings.Cut(address, ":")
	q := url.Values{"protocol": {"http"}, "host": {host}, "port": {port}, "stage": {"EXTERNAL.PROCESSED"}}
	return (&url.URL{Scheme: "snowflake", User: url.User(Loader), Host: "standin", Path: "/" + database + "/MAIN",
		RawQuery: q.Encode()}).String()
}

// As is the URL of the same warehouse for another user.
func As(user, rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err)
	}
	u.User = url.User(user)
	return u.String()
}

// DatabaseOf is the database of a warehouse's URL.
func DatabaseOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err)
	}
	database, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return database
}

// Fresh returns the URL of a new warehouse.
func (s *Server) Fresh() string { return s.URL(s.Address, s.Database()) }

// Database returns a name that no database has yet.
func (s *Server) Database() string { return fmt.Sprintf("T%d", s.databases.Add(1)) }

// Python is the interpreter that has what tools/fakesnow needs, Snowflake's own client included.
func Python(t testing.TB) string {
	t.Helper()
	if python := os.Getenv(PythonVar); python != "" {
		return python
	}
	return filepath.Join(moduleRoot(t), "bin", "fakesnow", "bin", "python")
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatalf("find the module: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

// Main runs a binary's tests with a server that all of them share, and ends it. The credentials of its S3 server are in the
// environment until then.
func Main(run func() int, use func(*Server)) int {
	t := &lifetime{}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	defer t.end()
	s := Start(t)
	for _, v := range s.Env() {
		name, value, _ := strings.Cut(v, "=")
		if err := os.Setenv(name, value); err != nil {
			t.Fatal(err)
		}
	}
	use(s)
	return run()
}

// lifetime is what a server needs of a test, for as long as the binary runs.
type lifetime struct {
	testing.TB // nil: nothing else is called
	ctx        context.Context
	cancel     context.CancelFunc
	cleanups   []func()
}

func (l *lifetime) Helper()                  {}
func (l *lifetime) Failed() bool             { return false }
func (l *lifetime) Context() context.Context { return l.ctx }
func (l *lifetime) Cleanup(f func())         { l.cleanups = append(l.cleanups, f) }
func (l *lifetime) Fatal(args ...any)        { panic(errors.New(fmt.Sprint(args...))) }
func (l *lifetime) Fatalf(format string, args ...any) {
	panic(fmt.Errorf(format, args...))
}

func (l *lifetime) TempDir() string {
	dir, err := os.MkdirTemp("", "covers-snowflake-")
	if err != nil {
		panic(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *lifetime) end() {
	l.cancel()
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
}
