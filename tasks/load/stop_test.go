//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// silent is a Snowflake that has an empty warehouse, and from a moment on answers nothing and nobody.
type silent struct {
	from func(path, statement string) bool
	met  chan struct{} // closed at that moment
	once sync.Once
	over chan struct{}
}

func (s *silent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var asked struct {
		Statement string `json:"sqlText"`
	}
	_ = json.Unmarshal(body, &asked) // what is no statement has none
	if s.from(r.URL.Path, asked.Statement) {
		s.once.Do(func() { close(s.met) })
	}
	select {
	case <-s.met:
		<-s.over
		return
	default:
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/session/v1/login-request"):
		_, _ = io.WriteString(w, `{"success":true,"data":{"token":"t","masterToken":"m","sessionId":1,"parameters":[]}}`)
	case strings.HasPrefix(asked.Statement, "SELECT MAX(passed)"):
		_, _ = io.WriteString(w, `{"success":true,"data":{"queryResultFormat":"json","rowtype":[{"name":"PASSED","type":"fixed",
			"scale":0,"precision":38}],"rowset":[["0"]],"total":1,"returned":1,"statementTypeId":4096}}`)
	default:
		_, _ = io.WriteString(
			w,
			`{"success":true,"data":{"queryResultFormat":"json","rowtype":[],"rowset":[],"total":0,"returned":0}}`,
		)
	}
}

// TestStopsWhileSnowflakeIsSilent: the program, told to stop while it waits for an answer that does not come, ends within three
// seconds with the exit code of being stopped. At its end, when the work is done, the code is the work's.
func TestStopsWhileSnowflakeIsSilent(t *testing.T) {
	program := filepath.Join(t.TempDir(), "load")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", program, ".").
		CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for name, c := range map[string]struct {
		from func(path, statement string) bool
		args []string
		code int
	}{
		"signing in": {
			func(path, _ string) bool { return strings.HasPrefix(path, "/session/v1/login-request") }, []string{"status"}, 143,
		},
		"a statement":   {func(_, text string) bool { return strings.HasPrefix(text, "SELECT ") }, []string{"status"}, 143},
		"a change":      {func(_, text string) bool { return strings.HasPrefix(text, "CREATE ") }, []string{"migrate"}, 143},
		"a commit":      {func(_, text string) bool { return text == "COMMIT" }, []string{"migrate"}, 143},
		"the end of it": {func(path, _ string) bool { return path == "/session" }, []string{"migrate", "--dry-run"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &silent{from: c.from, met: make(chan struct{}), over: make(chan struct{})}
			server := httptest.NewServer(s)
			defer server.Close()
			defer close(s.over)
			host, port, err := net.SplitHostPort(server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd := exec.Command(program, c.args...) //nolint:gosec // the program just built
			cmd.Stdout, cmd.Stderr = &said, &said
			cmd.Env = append(os.Environ(), "COVERS_SNOWFLAKE_PASSWORD=p",
				"COVERS_WAREHOUSE=snowflake://u@acc/DB/S?warehouse=W&stage=S&protocol=http&host="+host+"&port="+port)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case <-s.met:
			case err := <-ended:
				t.Fatalf("it ended before the server was silent: %v\n%s", err, said.String())
			}
			told := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			code := 0
			var exit *exec.ExitError
			if err := <-ended; errors.As(err, &exit) {
				code = exit.ExitCode()
			}
			if took := time.Since(told); took > 3*time.Second {
				t.Errorf("it ended after %v", took)
			}
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, said.String())
			}
		})
	}
}
