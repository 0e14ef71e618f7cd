//go:build cgo

package warehouse

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
)

func init() {
	enginesUnderTest = append(enginesUnderTest, underTest{name: "duckdb", fresh: func(t testing.TB, shared bool) string {
		if shared {
			return "duckdb://" + filepath.Join(t.TempDir(), "covers.duckdb")
		}
		return "duckdb://memory"
	}})
}

func TestDuckDBURLs(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, says := range map[string]string{
		"":                            "scheme",
		"postgres://secret@host/db":   "scheme",
		"duckdb://covers.duckdb":      "absolute path",
		"duckdb:///":                  "absolute path",
		"duckdb://" + dir + "/":       "absolute path",
		"duckdb://" + dir:             "open",
		"duckdb://" + text:            "not a valid DuckDB database",
		"duckdb://" + text + "/x":     "Not a directory",
		"duckdb://memory?colour=blue": "colour",
		"duckdb://memory?memory_limit=1GiB&memory_limit=2GiB": "memory_limit",
		"duckdb://memory?memory_limit=plenty":                 "memory_limit",
		"duckdb:///a%3Fb":                                     "cannot open a path",
		"duckdb://user:secret@memory":                         "neither user",
		"duckdb://%zz secret":                                 "cannot be read",
	} {
		w, err := Open(t.Context(), machine.This(), url, ReadWrite)
		if err == nil {
			_ = w.Close()
		}
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want a usage fault with %q", url, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats a secret: %v", url, err)
		}
	}
	w, err := Open(t.Context(), machine.This(), "duckdb://memory?memory_limit=256MiB&threads=1", ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if w.URL() != "duckdb://memory" {
		t.Errorf("URL %s", w.URL())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestDuckDBToRead(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "new folder", "covers.duckdb")
	if _, err := Open(ctx, machine.This(), "duckdb://"+path, ReadOnly); !errors.Is(err, ErrMissing) ||
		fault.KindOf(err) != fault.Usage {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("opening to read made a folder")
	}
	zone := newZone(t)
	publishDays(t, zone)
	w, err := Open(ctx, machine.This(), "duckdb://"+path, ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	mustLoad(t, w, options(zone))
	want := tables(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // several may read at once
		r, err := Open(ctx, machine.This(), "duckdb://"+path, ReadOnly)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if diff := gocmp.Diff(want, tables(t, r)); diff != "" {
			t.Error(diff)
		}
		if out, err := r.Plan(ctx, options(zone)); err != nil || out.Already != 6 {
			t.Errorf("plan %+v, %v", out, err)
		}
		if _, err := r.Forget(ctx, []Subject{{"opentable", "g1"}}, "x", clock()); err == nil {
			t.Error("wrote into what was opened to read")
		}
	}
}

// TestDuckDBPatternsInPaths: read_parquet takes *, ? and [ in a path for a pattern.
func TestDuckDBPatternsInPaths(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a[b]'c*", "lake")
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+strings.ReplaceAll(folder, "[", "%5B"))
	if err != nil {
		t.Fatal(err)
	}
	publishDays(t, zone)
	w := openAt(t, "duckdb://memory", nil)
	if out := mustLoad(t, w, options(zone)); len(out.Taken) != 6 {
		t.Errorf("took %d readings", len(out.Taken))
	}
}

// holderVar makes this test binary hold a database open until its stdin ends.
const holderVar = "COVERS_TEST_HOLD"

// TestDuckDBFoldersAreNoColumns: read_parquet takes a folder such as year=2026 for a column.
func TestDuckDBFoldersAreNoColumns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "year=2026")
	zone, err := lake.Open(t.Context(), machine.This(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	publishDays(t, zone)
	w := openAt(t, "duckdb://memory", nil)
	mustLoad(t, w, options(zone))
}

func TestHolder(t *testing.T) {
	url := os.Getenv(holderVar)
	if url == "" {
		return // not the process that TestDuckDBLocked started
	}
	w := openAt(t, url, nil)
	_, _ = os.Stdout.WriteString("open " + w.URL() + "\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// TestDuckDBLocked: another process has the file, and the fault says which.
func TestDuckDBLocked(t *testing.T) {
	url := "duckdb://" + filepath.Join(t.TempDir(), "covers.duckdb")
	holder := exec.Command(os.Args[0], "-test.run=^TestHolder$", "-test.v")
	holder.Env = append(os.Environ(), holderVar+"="+url)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "open ") {
	}
	for _, mode := range []engine.Mode{ReadWrite, ReadOnly} {
		_, err = Open(t.Context(), machine.This(), url, mode)
		if fault.KindOf(err) != fault.Temporary || !strings.Contains(err.Error(), "process "+strconv.Itoa(holder.Process.Pid)) {
			t.Errorf("got %v, want a temporary fault that names process %d", err, holder.Process.Pid)
		}
	}
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, stdout)
	if err := holder.Wait(); err != nil {
		t.Error(err)
	}
	w := openAt(t, url, nil)
	if w.URL() != url {
		t.Errorf("URL %s", w.URL())
	}
}

// TestDuckDBOpenedAtOnce: several processes open a database that none of them has made yet. Each finds a database, or that
// another process has it.
func TestDuckDBOpenedAtOnce(t *testing.T) {
	for range 10 {
		folder := t.TempDir()
		url := "duckdb://" + filepath.Join(folder, "covers.duckdb")
		var all [4]*exec.Cmd
		var said [4]bytes.Buffer
		for i := range all {
			all[i] = exec.Command(os.Args[0], "-test.run=^TestHolder$")
			all[i].Env = append(os.Environ(), holderVar+"="+url)
			all[i].Stdout = &said[i]
			if err := all[i].Start(); err != nil {
				t.Fatal(err)
			}
		}
		for i, p := range all {
			if err := p.Wait(); err != nil && !strings.Contains(said[i].String(), "in use by process") {
				t.Errorf("%v\n%s", err, said[i].String())
			}
		}
		left, err := os.ReadDir(folder) // not even what was in the making
		if err != nil || len(left) != 1 {
			t.Errorf("left over: %v, %v", left, err)
		}
	}
}
