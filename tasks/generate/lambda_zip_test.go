//go:build e2e

package main

import (
	"archive/zip"
	"debug/elf"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unzip unpacks dist's zip for an architecture.
func unzip(t *testing.T, arch string) string {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(os.Getenv("COVERS_LAMBDA_ZIPS"), "generate-lambda-"+arch+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestZippedLambdaHasItsArchitecture(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		dir := unzip(t, arch)
		f, err := elf.Open(filepath.Join(dir, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if libraries, err := f.ImportedLibraries(); f.Machine != machine || len(libraries) > 0 || err != nil {
			t.Errorf("%s: a program for %v with %v, %v", arch, f.Machine, libraries, err)
		}
		f.Close()
		if _, err := os.Stat(filepath.Join(dir, "restaurants.yaml")); err != nil {
			t.Error(err)
		}
	}
}

// TestZippedLambdaUnderTheEmulator runs the zip's contents under AWS's own runtime interface emulator.
func TestZippedLambdaUnderTheEmulator(t *testing.T) {
	dir := unzip(t, runtime.GOARCH)
	bootstrap = filepath.Join(dir, "bootstrap")
	_, zone, folder := lambdaWorld(t)
	local := t.TempDir()
	want := commandLine(t, lambdaSettings(t, "file://"+local), "--day", "2026-03-27")

	address, log := emulate(t, dir, append(lambdaSettings(t, zone), "COVERS_RESTAURANTS=", "LAMBDA_TASK_ROOT="+dir)...)
	post := func(event string) []byte {
		answer, err := http.Post("http://"+address+"/2015-03-31/functions/function/invocations", "application/json",
			strings.NewReader(event))
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const scheduled = `{"scheduled_time": "2026-03-28T05:00:00Z"}`
	if d := cmp.Diff(want, timeless(t, post(scheduled))); d != "" {
		t.Errorf("the result differs: %s", d)
	}
	if d := cmp.Diff(below(t, local), below(t, folder)); d != "" {
		t.Errorf("the files differ: %s", d)
	}
	if again := timeless(t, post(scheduled)).(map[string]any); again["status"] != "unchanged" {
		t.Errorf("the second result: %v", again)
	}
	// The emulator answers 200 to errors as well.
	if text := string(post(`{"date": "2026-03-27"}`)); !strings.Contains(text, `"errorType":"usage"`) {
		t.Errorf("a bad event: %s", text)
	}
}

// emulate starts the emulator and returns its address once it takes connections.
func emulate(t *testing.T, dir string, env ...string) (string, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), os.Getenv("COVERS_LAMBDA_EMULATOR"),
		"--runtime-interface-emulator-address", address, "--runtime-api-address", freeAddress(t), bootstrap)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(append(os.Environ(), env...), "AWS_LAMBDA_FUNCTION_TIMEOUT=120")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { <-ended })
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address, log
		}
		select {
		case <-ended:
			t.Fatalf("the emulator ended:\n%s", log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
