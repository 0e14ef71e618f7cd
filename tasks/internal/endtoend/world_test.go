// Package endtoend tries to break the pipeline's promises with the built programs: real processes, real HTTP, a real
// warehouse file, and SIGKILL at every named place. It holds tests alone.
package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse"
)

var ctx = context.Background()

// bin is the folder of the built steps, with failpoints.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "covers-endtoend-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		args := []string{"build", "-tags", "failpoints", "-ldflags", "-s -w", "-o", dir + "/"}
		folders, err := os.ReadDir("../..")
		if err != nil {
			panic(err)
		}
		for _, f := range folders { // of tasks/: one for each step, beside what they share
			if f.IsDir() && f.Name() != "internal" {
				args = append(args, "covers/tasks/"+f.Name())
			}
		}
		build := exec.Command("go", args...)
		build.Stdout, build.Stderr = os.Stdout, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the steps:", err)
			return 1
		}
		return m.Run()
	}())
}

const registry = `version: 1
platforms:
  opentable: {api_url: "http://unused.invalid", auth_url: "http://unused.invalid", credential: opentable,
    overlap: 1h, page_size: 50, requests_per_second: 100000}
  thefork: {api_url: "http://unused.invalid", auth_url: "http://unused.invalid", credential: thefork,
    overlap: 24h, page_size: 50, requests_per_second: 100000, money_unit: major}
restaurants:
  - id: 101
    name: Covers London
    timezone: Europe/London
    currency: GBP
    from: 2026-01-01
    revision: %d
    opentable: {rid: 1001}
    thefork: {uuid: 5f0c2a54-9f3b-4b66-8d7e-2f5a0c1d0101}
accounts:
  - id: group-main
    platform: thefork
    group_uuid: 7a1d3c90-44be-4f0e-9d52-6b8e4c2a0001
    from: 2026-01-01
    revision: %d
`

var (
	days    = []string{"2026-03-28", "2026-03-29"}
	sources = []string{"opentable/101", "thefork/101", "thefork/group-main"}
)

// platforms is a served simulator that all tests of a test function share: it only answers.
type platforms struct{ dir, url, restaurants string }

func newPlatforms(t *testing.T) *platforms {
	t.Helper()
	return newPlatformsOf(t, days)
}

// newPlatformsOf serves what the simulated platforms know after some days.
func newPlatformsOf(t *testing.T, days []string) *platforms {
	t.Helper()
	return servePlatforms(t, writeRegistry(t, t.TempDir(), 1), days, "120")
}

// servePlatforms serves what the platforms of a registry know after some days with so many records each.
func servePlatforms(t *testing.T, restaurants string, days []string, records string) *platforms {
	t.Helper()
	p := &platforms{dir: t.TempDir(), restaurants: restaurants}
	for _, day := range days {
		out := run(t, nil, "generate", "--day", day, "--out", "file://"+p.dir+"/simulator", "--restaurants", p.restaurants,
			"--records", records, "--defects", "0.03")
		out.succeeded(t)
	}
	urlFile := filepath.Join(p.dir, "url")
	cmd := exec.Command(filepath.Join(bin, "mockapi"), "--data", "file://"+p.dir+"/simulator", "--listen", "127.0.0.1:0",
		"--url-file", urlFile, "--restaurants", p.restaurants, "--opentable-tier", "platinum")
	cmd.Env = append(os.Environ(), secrets...)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for {
		if text, err := os.ReadFile(urlFile); err == nil {
			p.url = strings.TrimSpace(string(text))
			return p
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("mockapi ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func writeRegistry(t *testing.T, dir string, revision int) string {
	path := filepath.Join(dir, fmt.Sprintf("restaurants-%d.yaml", revision))
	if err := os.WriteFile(path, fmt.Appendf(nil, registry, revision, revision), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var secrets = []string{
	"COVERS_OPENTABLE_CLIENT_ID=test", "COVERS_OPENTABLE_CLIENT_SECRET=opentable secret",
	"COVERS_THEFORK_CLIENT_ID=test", "COVERS_THEFORK_CLIENT_SECRET=thefork secret",
	"COVERS_TOKEN_KEY=a token key for tests, long enough",
}

// world is one lake and one warehouse.
type world struct {
	*platforms
	t    *testing.T
	root string
	env  []string // beside the usual

	mu   sync.Mutex
	said []outcome // of every step so far
}

func (p *platforms) world(t *testing.T) *world {
	return &world{platforms: p, t: t, root: t.TempDir()}
}

// clone returns a world with the same lake and warehouse.
func (w *world) clone(t *testing.T) *world {
	t.Helper()
	c := &world{platforms: w.platforms, t: t, root: t.TempDir(), env: w.env}
	if err := os.CopyFS(c.root, os.DirFS(w.root)); err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) zone(name string) string { return "file://" + filepath.Join(w.root, name) }
func (w *world) warehouse() string       { return "duckdb://" + filepath.Join(w.root, "covers.duckdb") }

// step runs one step with the world's settings. failpoint may be empty.
func (w *world) step(failpoint, name string, args ...string) outcome {
	w.t.Helper()
	return w.given("", failpoint, name, args...)
}

// given is step with a text on standard input.
func (w *world) given(input, failpoint, name string, args ...string) outcome {
	w.t.Helper()
	env := append([]string{
		"COVERS_RAW=" + w.zone("raw"), "COVERS_STAGING=" + w.zone("staging"), "COVERS_PROCESSED=" + w.zone("processed"),
		"COVERS_WAREHOUSE=" + w.warehouse(), "COVERS_RESTAURANTS=" + w.restaurants, "COVERS_FAILPOINT=" + failpoint,
		"COVERS_OPENTABLE_URL=" + w.url, "COVERS_OPENTABLE_AUTH_URL=" + w.url,
		"COVERS_THEFORK_URL=" + w.url + "/manager", "COVERS_THEFORK_AUTH_URL=" + w.url,
	}, w.env...)
	o := runGiven(w.t, input, env, name, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, o)
	return o
}

// outcome is how a process ended.
type outcome struct {
	name   string
	code   int
	killed bool // by SIGKILL
	stdout string
	stderr string
	result struct {
		Status   string                      `json:"status"`
		Counts   map[string]map[string]int64 `json:"counts"`
		Manifest string                      `json:"manifest"`
	}
}

func run(t *testing.T, env []string, name string, args ...string) outcome {
	t.Helper()
	return runGiven(t, "", env, name, args...)
}

func runGiven(t *testing.T, input string, env []string, name string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Env = append(append(os.Environ(), secrets...), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	o := outcome{
		name: name + " " + strings.Join(args, " "), code: cmd.ProcessState.ExitCode(),
		killed: status.Signaled() && status.Signal() == syscall.SIGKILL, stdout: stdout.String(), stderr: stderr.String(),
	}
	if !o.killed {
		if err := json.Unmarshal(stdout.Bytes(), &o.result); err != nil {
			t.Fatalf("%s: stdout is not one result line: %v\n%s\n%s", o.name, err, o.stdout, o.stderr)
		}
	}
	return o
}

func (o outcome) succeeded(t *testing.T) outcome {
	t.Helper()
	if o.code != 0 || o.killed {
		t.Fatalf("%s: exit code %d, killed %v\n%s\n%s", o.name, o.code, o.killed, o.stdout, o.stderr)
	}
	return o
}

// day runs a day as the DAG does.
func (w *world) day(day string) {
	w.t.Helper()
	for _, src := range sources {
		w.step("", "extract", "--source", src, "--day", day, "--by", "updated").succeeded(w.t)
		w.step("", "validate", "--source", src, "--day", day, "--max-refused", "0.5").succeeded(w.t)
	}
	w.step("", "transform", "--day", day).succeeded(w.t)
	w.step("", "load", "--day", day).succeeded(w.t)
}

// hash returns a hash of the warehouse's content: current rows, marts and distinct observations, without readings and their
// times.
func (w *world) hash() string {
	w.t.Helper()
	house := w.open()
	defer house.Close()
	h, err := house.ContentHash(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// hashes returns the hash's parts, by table.
func (w *world) hashes() map[string]string {
	w.t.Helper()
	house := w.open()
	defer house.Close()
	h, err := house.ContentHashes(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (w *world) open() *warehouse.Warehouse {
	w.t.Helper()
	house, err := warehouse.Open(ctx, machine.This(), w.warehouse(), warehouse.ReadOnly)
	if err != nil {
		w.t.Fatal(err)
	}
	return house
}

// inOrder checks that the reports find nothing wrong.
func (w *world) inOrder() {
	w.t.Helper()
	for _, day := range days {
		w.step("", "report", "--check", "--day", day).succeeded(w.t)
	}
}

// nothingLeftOver ages every file by more than a week, tidies, and wants nothing in the lake that no manifest names.
func (w *world) nothingLeftOver() {
	w.t.Helper()
	old := time.Now().Add(-8 * 24 * time.Hour)
	err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.step("", "care", "tidy").succeeded(w.t)
	for _, name := range []string{"raw", "staging", "processed"} {
		zone, err := lake.Open(ctx, machine.This(), w.zone(name))
		if err != nil {
			w.t.Fatal(err)
		}
		named, err := lake.Named(ctx, zone)
		if err != nil {
			w.t.Fatal(err)
		}
		err = filepath.WalkDir(filepath.Join(w.root, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, ".json") ||
				strings.HasPrefix(path, filepath.Join(w.root, "processed", "reports")) {
				return err
			}
			key, err := filepath.Rel(filepath.Join(w.root, name), path)
			if err == nil && !named[filepath.ToSlash(key)] {
				w.t.Errorf("left over in %s: %s", name, key)
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
		zone.Close()
	}
}
