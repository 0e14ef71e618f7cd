package endtoend

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"covers/tasks/internal/lake/laketest"
	"covers/tasks/internal/reservation"
)

var update = flag.Bool("update", false, "write terraform/tests/calls.json anew")

const callsFile = "../../../terraform/tests/calls.json"

// call is one thing that a step asks of S3, as IAM names it. A list has a prefix. A list without one is what S3 asks for where
// somebody reads a key that is not there: without the right to list, the answer is 403 and not 404.
type call struct {
	Action string  `json:"action"`
	Zone   string  `json:"zone"`
	Key    string  `json:"key,omitempty"`
	Prefix *string `json:"prefix,omitempty"`
}

func (c call) text() string {
	prefix := "-"
	if c.Prefix != nil {
		prefix = *c.Prefix
	}
	return c.Zone + " " + c.Action + " " + c.Key + " " + prefix
}

// recorder stands between the steps and S3.
type recorder struct {
	t      *testing.T
	proxy  *httputil.ReverseProxy
	bucket string

	mu    sync.Mutex
	step  string // that runs now
	calls map[string]map[string]call
	deny  func(*http.Request) bool // nil, or what the store refuses
}

func record(t *testing.T, s *laketest.Server) (*recorder, string) {
	r := &recorder{t: t, bucket: s.Bucket, calls: map[string]map[string]call{}, proxy: forward(t, s)}
	r.proxy.ModifyResponse = func(answer *http.Response) error { r.note(answer.Request, answer.StatusCode); return nil }
	r.proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { // a step that was killed
		w.WriteHeader(http.StatusBadGateway)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	deny := r.deny
	r.mu.Unlock()
	if deny != nil && deny(q) {
		r.note(q, http.StatusForbidden)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	r.proxy.ServeHTTP(w, q)
}

// note maps a request to the IAM actions that allow it (Service Authorization Reference, "Actions, resources, and condition
// keys for Amazon S3"; conditional writes and checksums ask for nothing more). A request that it does not know fails the test.
func (r *recorder) note(q *http.Request, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path, inBucket := strings.CutPrefix(q.URL.Path, "/"+r.bucket)
	path = strings.TrimPrefix(path, "/")
	query := q.URL.Query()
	var parameters []string
	for name := range query {
		if name != "x-id" { // the client's name of the operation
			parameters = append(parameters, name)
		}
	}
	slices.Sort(parameters)
	add := func(action, key string, prefix *string) {
		where := key
		if prefix != nil {
			where = *prefix
		}
		zone, rest, _ := strings.Cut(where, "/")
		step := r.step
		if zone == "simulator" && step != "generate" {
			step = "mockapi" // which looks for new days while it serves another step
		}
		c := call{Action: action, Zone: zone}
		switch {
		case prefix != nil:
			rest = stable(rest)
			c.Prefix = &rest
		case action != "s3:ListBucket":
			c.Key = stable(rest)
		}
		if r.calls[step] == nil {
			r.calls[step] = map[string]call{}
		}
		r.calls[step][c.text()] = c
	}
	switch known := strings.Join(parameters, " "); {
	case !inBucket:
		r.t.Errorf("%s: a request beside the bucket: %s %s", r.step, q.Method, q.URL)
	case path == "" && q.Method == http.MethodGet && query.Get("list-type") == "2":
		prefix := query.Get("prefix")
		add("s3:ListBucket", "", &prefix)
	case path == "" && q.Method == http.MethodGet && query.Has("versions") && status == http.StatusForbidden:
		// asked for in vain: see TestCalls
	case path != "" && known == "" && (q.Method == http.MethodGet || q.Method == http.MethodHead):
		add("s3:GetObject", path, nil)
		if status == http.StatusNotFound {
			add("s3:ListBucket", path, nil)
		}
	case path != "" && known == "" && q.Method == http.MethodPut && q.Header.Get("X-Amz-Copy-Source") == "":
		add("s3:PutObject", path, nil)
	case path != "" && known == "" && q.Method == http.MethodDelete:
		add("s3:DeleteObject", path, nil)
	default:
		r.t.Errorf("%s: no IAM action is known for %s %s", r.step, q.Method, q.URL)
	}
}

var unstable = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "{sha256}"},
	{regexp.MustCompile(`\b[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[0-9a-f]{8}\b`), "{reading}"},
	{regexp.MustCompile(`\b[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\b`), "{receipt}"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "{digest}"}, // begins a derived manifest's name
}

// stable returns a key without what differs from run to run.
func stable(key string) string {
	for _, u := range unstable {
		key = u.pattern.ReplaceAllString(key, u.name)
	}
	return key
}

// during notes all calls for a step from now on.
func (r *recorder) during(step string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.step = step
}

func (r *recorder) denying(deny func(*http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deny = deny
}

// written returns the calls as the file has them.
func (r *recorder) written() []byte {
	steps := map[string][]call{}
	for step, calls := range r.calls {
		for _, c := range calls {
			steps[step] = append(steps[step], c)
		}
		slices.SortFunc(steps[step], func(a, b call) int { return cmp.Compare(a.text(), b.text()) })
	}
	text, err := json.MarshalIndent(steps, "", " ")
	if err != nil {
		r.t.Fatal(err)
	}
	// A call a line.
	text = regexp.MustCompile(`{\n   "`).ReplaceAll(text, []byte(`{"`))
	text = regexp.MustCompile(`\n   "`).ReplaceAll(text, []byte(` "`))
	text = regexp.MustCompile(`\n  }`).ReplaceAll(text, []byte("}"))
	return append(text, '\n')
}

// TestCalls records what each step asks of S3, the way to a failure and the repair after one included. The roles of
// terraform/modules/task_roles are held against the file.
func TestCalls(t *testing.T) {
	server := laketest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", server.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", server.Key)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	r, address := record(t, server)
	zone := func(name string) string {
		return "s3://" + server.Bucket + "/" + name + "?region=us-east-1&use_path_style=true&endpoint=" + url.QueryEscape(address)
	}
	dir := t.TempDir()
	w := (&platforms{dir: dir, restaurants: writeRegistry(t, dir, 1)}).world(t)
	w.env = []string{"COVERS_OUT=" + zone("simulator"), "COVERS_DATA=" + zone("simulator"),
		"COVERS_RAW=" + zone("raw"), "COVERS_STAGING=" + zone("staging"), "COVERS_PROCESSED=" + zone("processed")}
	do := func(failpoint, step string, args ...string) outcome {
		t.Helper()
		name := step
		if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			name += " " + args[0]
		}
		r.during(name)
		return w.step(failpoint, step, args...)
	}

	day := days[0]
	if !do("generate/file-stored", "generate", "--source", sources[0], "--day", day, "--records", "60").killed {
		t.Fatal("generate was not killed")
	}
	for range 2 { // with other settings than the one that was killed; then there is nothing to do
		do("", "generate", "--day", day, "--records", "80", "--defects", "0.05").succeeded(t)
	}
	r.during("mockapi")
	w.url = serveS3(t, w)

	guests := func(q *http.Request) bool {
		return q.Method == http.MethodPut && strings.Contains(q.URL.Path, "/customer-")
	}
	for _, src := range sources {
		extract := []string{"--source", src, "--day", day, "--by", "updated"}
		do("lake/object-stored", "extract", extract...)
		r.denying(guests) // what was stored before is taken back
		if o := do("", "extract", extract...); o.code != 77 && src != "thefork/101" {
			t.Fatalf("extract %s ended with %d where the store refuses", src, o.code)
		}
		r.denying(nil)
		do("", "extract", extract...).succeeded(t)
		validate := []string{"--source", src, "--day", day, "--max-refused", "0.5"}
		do("lake/object-stored", "validate", validate...)
		do("", "validate", validate...).succeeded(t)
		do("", "validate", validate...).succeeded(t)
	}
	do("lake/object-stored", "transform", "--day", day)
	for range 2 {
		do("", "transform", "--day", day).succeeded(t)
		do("", "load", "--day", day).succeeded(t)
	}
	do("", "load", "--all").succeeded(t)
	// Read by service date, a day is held against the weeks before, however late it is read.
	for _, day := range []string{"2026-03-21", day} {
		do("", "extract", "--source", "thefork/101", "--day", day, "--by", "service-date").succeeded(t)
		do("", "validate", "--source", "thefork/101", "--day", day, "--max-refused", "0.5").succeeded(t)
		do("", "transform", "--day", day).succeeded(t)
		do("", "load", "--day", day).succeeded(t)
	}
	do("", "report", "--check", "--day", day).succeeded(t)
	do("", "validate", "quarantine", "--day", day).succeeded(t)
	do("", "load", "status").succeeded(t)
	if !slices.ContainsFunc(known(t, server, reservation.KindReservation), func(id string) bool {
		return do("", "load", "explain", "--platform", "opentable", "--reservation", id).code == 0
	}) {
		t.Fatal("no booking can be explained")
	}
	do("", "care", "verify", "--day", day).succeeded(t)
	// The role may not delete versions, which then are there until the bucket's rule ends them.
	r.denying(func(q *http.Request) bool { return q.URL.Query().Has("versions") })
	r.during("care forget")
	ids := strings.Join(known(t, server, reservation.KindCustomer)[:5], "\n")
	o := w.given(ids, "", "care", "forget", "--platform", "opentable", "--reference", "R-1", "--erase-raw").succeeded(t)
	if n := o.result.Counts["processed"]; n["rows"] == 0 || !strings.Contains(o.stdout, "versions_kept") {
		t.Fatalf("nothing of the guests was there: %s", o.stdout)
	}
	r.denying(nil)
	do("", "generate", "--day", days[1], "--records", "80").succeeded(t) // which the warehouse lacks
	for _, src := range sources {
		reconcile := []string{"reconcile", "--source", src, "--days", days[0] + "..2026-04-07"}
		r.denying(func(q *http.Request) bool {
			return q.Method == http.MethodPut && strings.Contains(q.URL.Path, "/request-")
		})
		if o := do("", "care", reconcile...); o.code != 77 { // what was stored before is taken back
			t.Fatalf("care reconcile of %s ended with %d where the store refuses", src, o.code)
		}
		r.denying(nil)
		if o := do("", "care", reconcile...).succeeded(t); o.found("missing") == 0 || o.result.Manifest == "" {
			t.Fatalf("nothing was missing of %s: %v", src, o.result.Counts)
		}
	}
	for _, zone := range []string{"staging", "processed"} {
		orphan(t, filepath.Join(server.Root, server.Bucket, zone))
	}
	age(t, server.Root)
	tidied := do("", "care", "tidy").succeeded(t)
	if c := tidied.result.Counts; c["raw"]["orphans"]*c["staging"]["orphans"]*c["processed"]["orphans"] == 0 {
		t.Fatalf("nothing was left to tidy: %v", c)
	}
	r.during("nobody")

	if calls := r.calls["load status"]; len(calls) > 0 {
		t.Errorf("load status has no zone, and made the calls %v", calls)
	}
	got := r.written()
	if *update {
		if err := os.WriteFile(callsFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(callsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the steps make other calls than %s says; if they should, run: "+
			"go test ./tasks/internal/endtoend -run TestCalls -update\n%s",
			filepath.Base(callsFile), got)
	}
}

// serveS3 starts mockapi on the world's simulator zone.
func serveS3(t *testing.T, w *world) string {
	t.Helper()
	urlFile := filepath.Join(w.dir, "url")
	cmd := exec.Command(filepath.Join(bin, "mockapi"), "--listen", "127.0.0.1:0", "--url-file", urlFile,
		"--restaurants", w.restaurants)
	cmd.Env = slices.Concat(os.Environ(), secrets, w.env)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGTERM); <-ended })
	for {
		if text, err := os.ReadFile(urlFile); err == nil {
			return strings.TrimSpace(string(text))
		}
		select {
		case <-ended:
			t.Fatalf("mockapi ended:\n%s", log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// known returns the ids of OpenTable's bookings or guests in the simulator zone.
func known(t *testing.T, server *laketest.Server, kind string) []string {
	t.Helper()
	there := &platforms{dir: filepath.Join(server.Root, server.Bucket)}
	return slices.Sorted(maps.Keys(there.known(t, reservation.OpenTable, kind, 101)))
}

// orphan stores a copy of some object of a zone under a name that no manifest has, as if its attempt had never come back.
func orphan(t *testing.T, zone string) {
	t.Helper()
	done := errors.New("done")
	err := filepath.WalkDir(zone, func(path string, _ fs.DirEntry, err error) error {
		name := regexp.MustCompile("[0-9a-f]{64}").ReplaceAllString(filepath.Base(path), strings.Repeat("0", 64))
		if err != nil || filepath.Ext(path) != ".parquet" {
			return err
		}
		text, err := os.ReadFile(path)
		return cmp.Or(err, os.WriteFile(filepath.Join(filepath.Dir(path), name), text, 0o600), done)
	})
	if !errors.Is(err, done) {
		t.Fatalf("no object below %s: %v", zone, err)
	}
}

// age makes every file below a folder older than a week.
func age(t *testing.T, dir string) {
	t.Helper()
	old := time.Now().Add(-8 * 24 * time.Hour)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
}
