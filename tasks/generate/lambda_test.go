package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"covers/tasks/internal/generate"
	"covers/tasks/internal/lake/laketest"
)

// bootstrap is the path of the program, built as `make lambda` builds it.
var bootstrap string

// TestLambda runs the built program under a stub of Lambda's runtime API, on a real S3 server.
func TestLambda(t *testing.T) {
	bootstrap = filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-o", bootstrap, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the bootstrap: %v\n%s", err, out)
	}
	t.Run("as the command line", lambdaMakesWhatTheCommandLineMakes)
	t.Run("errors", lambdaReportsErrors)
	t.Run("time", lambdaEndsBeforeItsTime)
}

// settings of the function, and of the command line that it is compared with.
func lambdaSettings(t *testing.T, out string) []string {
	t.Helper()
	registry, err := filepath.Abs(restaurants)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"COVERS_RESTAURANTS=" + registry, "COVERS_RECORDS=40", "COVERS_DEFECTS=0.1", "COVERS_OUT=" + out,
		"AWS_MAX_ATTEMPTS=1"}
}

// answer is what the function gave back for an invocation.
type answer struct {
	failed bool
	body   []byte
}

// function is the bootstrap under a stub of Lambda's runtime API.
type function struct {
	t       *testing.T
	events  chan invocation
	answers chan answer
	stderr  *lockedBuffer
}

type invocation struct {
	payload string
	in      time.Duration // the time it has
}

// startFunction starts the bootstrap under the stub, which speaks the API as Lambda's documentation describes it.
func startFunction(t *testing.T, env ...string) *function {
	t.Helper()
	f := &function{t: t, events: make(chan invocation), answers: make(chan answer), stderr: &lockedBuffer{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-f.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(i.in).UnixMilli(), 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn",
				"arn:aws:lambda:eu-west-1:123456789012:function:covers-generate")
			_, _ = io.WriteString(w, i.payload)
		case <-r.Context().Done():
		}
	})
	take := func(failed bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				body = []byte(err.Error())
			}
			w.WriteHeader(http.StatusAccepted)
			f.answers <- answer{failed, body}
		}
	}
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", take(false))
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", take(true))
	api := httptest.NewServer(mux)
	t.Cleanup(api.Close)

	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, bootstrap)
	cmd.Env = append(append(os.Environ(), env...), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(api.URL, "http://"))
	cmd.Stdout, cmd.Stderr = f.stderr, f.stderr // stdout too is a log in Lambda
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	return f
}

// invoke returns the function's answer to an event, with so much time to answer.
func (f *function) invoke(payload string, in time.Duration) answer {
	f.t.Helper()
	limit := time.After(2 * time.Minute)
	select {
	case f.events <- invocation{payload, in}:
	case <-limit:
		f.t.Fatalf("the function does not ask for an event:\n%s", f.stderr)
	}
	select {
	case a := <-f.answers:
		return a
	case <-limit:
		f.t.Fatalf("no answer to %s:\n%s", payload, f.stderr)
	}
	return answer{}
}

// result is an invocation that succeeds, without what depends on the hour.
func (f *function) result(payload string) any {
	f.t.Helper()
	a := f.invoke(payload, time.Hour)
	if a.failed {
		f.t.Fatalf("%s: %s", payload, a.body)
	}
	return timeless(f.t, a.body)
}

// fails is an invocation that must fail, as a kind of error and with this in its message.
func (f *function) fails(payload, kind string, message ...string) {
	f.t.Helper()
	f.failsIn(payload, time.Hour, kind, message...)
}

func (f *function) failsIn(payload string, in time.Duration, kind string, message ...string) {
	f.t.Helper()
	a := f.invoke(payload, in)
	var e struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(a.body, &e); err != nil || !a.failed || e.ErrorType != kind {
		f.t.Errorf("%s: failed %v, %s, want an error %q", payload, a.failed, a.body, kind)
	}
	for _, m := range message {
		if !strings.Contains(e.ErrorMessage, m) {
			f.t.Errorf("%s: %q does not say %q", payload, e.ErrorMessage, m)
		}
	}
}

// logs are the lines of the log, all of them JSON.
func (f *function) logs() (messages []string) {
	f.t.Helper()
	lines := bufio.NewScanner(strings.NewReader(f.stderr.String()))
	for lines.Scan() {
		var line struct{ Step, Level, Time, Message string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Step != "generate" || line.Level == "" ||
			line.Time == "" {
			f.t.Errorf("not a log line: %s (%v)", lines.Text(), err)
		}
		messages = append(messages, line.Message)
	}
	return messages
}

// timeless reads a result line, or several in an array, without durations.
func timeless(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	several, ok := v.([]any)
	if !ok {
		several = []any{v}
	}
	for _, one := range several {
		delete(one.(map[string]any), "durations")
	}
	return v
}

// commandLine runs the same program as a command and returns its result.
func commandLine(t *testing.T, env []string, args ...string) any {
	t.Helper()
	cmd := exec.Command(bootstrap, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, stderr.String())
	}
	return timeless(t, out)
}

// below returns the bytes of all files below a folder.
func below(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		key, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(key)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// lambdaWorld is a function on a real S3 server, and the folder of its zone.
func lambdaWorld(t *testing.T) (s *laketest.Server, zone, folder string) {
	t.Helper()
	s = laketest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.Key)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return s, s.Zone("simulator"), filepath.Join(s.Root, s.Bucket, "simulator")
}

func lambdaMakesWhatTheCommandLineMakes(t *testing.T) {
	_, zone, folder := lambdaWorld(t)
	dir := t.TempDir()
	want := commandLine(t, lambdaSettings(t, "file://"+dir), "--day", "2026-03-27")
	f := startFunction(t, lambdaSettings(t, zone)...)

	const scheduled = `{"scheduled_time": "2026-03-28T05:00:00Z"}`
	if d := cmp.Diff(want, f.result(scheduled)); d != "" {
		t.Errorf("the result differs: %s", d)
	}
	made := below(t, folder)
	if d := cmp.Diff(below(t, dir), made); d != "" || len(made) != 6*4 {
		t.Errorf("%d files, which differ: %s", len(made), d)
	}

	// The scheduler sends an event again when it is not sure.
	again := commandLine(t, lambdaSettings(t, "file://"+dir), "--day", "2026-03-27")
	if d := cmp.Diff(again, f.result(scheduled)); d != "" || again.(map[string]any)["status"] != "unchanged" {
		t.Errorf("the second result differs: %s", d)
	}
	next := commandLine(t, lambdaSettings(t, "file://"+dir), "--day", "2026-03-28")
	if d := cmp.Diff([]any{again, next}, f.result(`{"days": "2026-03-27..2026-03-28"}`)); d != "" {
		t.Errorf("the results of two days differ: %s", d)
	}
	if d := cmp.Diff(below(t, dir), below(t, folder)); d != "" {
		t.Errorf("files of two days differ: %s", d)
	}
	if logs := f.logs(); len(logs) != 6+1+1+1+6+1 {
		t.Errorf("%d lines in the log: %q", len(logs), logs)
	}
}

func lambdaReportsErrors(t *testing.T) {
	_, zone, folder := lambdaWorld(t)
	f := startFunction(t, lambdaSettings(t, zone)...)
	f.fails(`{"day": "2026-02-30"}`, "usage", "want a day as YYYY-MM-DD", "see generate --help")
	f.fails(`{"day": "2020-01-01"}`, "usage", "no restaurant", "; choose a day")
	f.fails(`{"date": "2026-03-27"}`, "usage", `"date"`, "; "+generate.EventForm)
	f.fails(`{"scheduled_time": "<aws.scheduler.scheduled-time>"}`, "usage", "not of the form")
	f.result(`{"day": "2026-03-27"}`) // an error is not the end of the function

	before := below(t, folder)
	other := startFunction(t, append(lambdaSettings(t, zone), "COVERS_SEED=2")...)
	other.fails(`{"day": "2026-03-27"}`, "usage", "day 2026-03-27: ", "made with other settings", "; use the same program")
	unset := startFunction(t, lambdaSettings(t, "")...)
	unset.fails(`{"day": "2026-03-27"}`, "usage", "missing: --out (or COVERS_OUT)")
	denied := startFunction(t, append(lambdaSettings(t, zone), "AWS_SECRET_ACCESS_KEY=wrong")...)
	denied.fails(`{"day": "2026-03-28"}`, "denied")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	away := startFunction(t, lambdaSettings(t, "s3://covers?region=us-east-1&use_path_style=true&endpoint="+gone.URL)...)
	away.fails(`{"day": "2026-03-27"}`, "unavailable", "connection refused")
	if d := cmp.Diff(before, below(t, folder)); d != "" {
		t.Errorf("a failure wrote: %s", d)
	}
	for _, f := range []*function{f, other, unset, denied, away} {
		f.logs()
	}
}

// lambdaEndsBeforeItsTime: Lambda kills a function that is late, so it must have answered by then.
func lambdaEndsBeforeItsTime(t *testing.T) {
	_, zone, folder := lambdaWorld(t)
	f := startFunction(t, lambdaSettings(t, zone)...)
	f.failsIn(`{"day": "2026-03-27"}`, generate.Margin, "stopped", "stopped before the function's timeout", "; run it again")
	if _, err := os.Stat(folder); err == nil {
		t.Errorf("a function without time wrote %v", below(t, folder))
	}
	// A store that never answers: the function is in the middle of its work when its time ends.
	reached := make(chan struct{}, 100)
	deaf := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reached <- struct{}{}
		<-r.Context().Done()
	}))
	defer deaf.Close()
	f = startFunction(t, lambdaSettings(t, "s3://covers?region=us-east-1&use_path_style=true&endpoint="+deaf.URL)...)
	f.failsIn(`{"day": "2026-03-27"}`, generate.Margin+5*time.Second, "stopped", "stopped before the function's timeout")
	if len(reached) == 0 {
		t.Error("it stopped before it began")
	}
}

// lockedBuffer takes a process's output while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
