package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
)

// ran is what one run of a step left.
type ran struct {
	code           int
	stdout, stderr []byte
	result         Result
}

// do runs a step whose work is f, and checks what every run must hold.
func do(t require, ctx context.Context, o IO, f func(ctx context.Context) (Result, error), args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o.Stdout, o.Stderr = &stdout, &stderr
	s := Step{Name: "probe", Usage: "try it", Run: func(ctx context.Context, _ *cli.Context) (Result, error) { return f(ctx) }}
	r := ran{code: Run(ctx, s, o, args), stdout: stdout.Bytes(), stderr: stderr.Bytes()}
	if err := checkResult(r.stdout); err != nil {
		t.Fatalf("stdout: %v", err)
	}
	if err := checkLogs(r.stderr); err != nil {
		t.Fatalf("stderr: %v", err)
	}
	if err := json.Unmarshal(r.stdout, &r.result); err != nil {
		t.Fatalf("stdout: %v", err)
	}
	want := 0
	if r.result.Error != nil {
		want = r.result.Error.Code
	}
	if r.code != want {
		t.Fatalf("exit code %d, but the result says %d", r.code, want)
	}
	return r
}

type require interface {
	Helper()
	Fatalf(string, ...any)
}

// badError's text cannot be had.
type badError struct{}

func (*badError) Error() string { panic("no text") }

// badDetails do not marshal.
type badDetails struct{}

func (badDetails) MarshalJSON() ([]byte, error) { panic("no JSON") }

// TestAnyResult holds the contract against whatever a step returns: one line that conforms, JSON lines on stderr, one code.
func TestAnyResult(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	details := rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](42), rapid.Just[any](math.NaN()), rapid.Just[any](func() {}),
		rapid.Just[any](badDetails{}),
		rapid.Just[any](json.RawMessage("{\n\t\"a\": \"\xff\"\n}")), rapid.Just[any](json.RawMessage("{")),
		rapid.Just[any](map[string]any(nil)), rapid.Just[any]([]any{make(chan int)}),
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.MapOf(text, text), func(m map[string]string) any { return m }),
		rapid.Map(rapid.SliceOf(text), func(l []string) any { return l }),
	)
	kind := rapid.IntRange(int(fault.Defect), int(fault.Stopped)+3)
	err := rapid.OneOf(
		rapid.Just[error](nil), rapid.Just[error](nil), rapid.Just[error]((*badError)(nil)), rapid.Just[error](syscall.ENOSPC),
		rapid.Just(context.Canceled), rapid.Just(fmt.Errorf("save: %w", os.ErrPermission)),
		rapid.Map(text, errors.New),
		rapid.Custom(func(t *rapid.T) error {
			return fault.New(fault.Kind(kind.Draw(t, "kind")), text.Draw(t, "next"), "%s", text.Draw(t, "error"))
		}),
	)
	result := rapid.Custom(func(t *rapid.T) Result {
		return Result{
			Status: rapid.OneOf(rapid.SampledFrom([]string{"", StatusDone, StatusUnchanged, StatusRefused, StatusFailed}),
				text).Draw(t, "status"),
			Step: text.Draw(t, "step"), Command: text.Draw(t, "command"), Version: text.Draw(t, "version"),
			Day:    rapid.OneOf(rapid.SampledFrom([]string{"", "2026-03-27", "2026-13-01", "10000-01-01"}), text).Draw(t, "day"),
			Source: text.Draw(t, "source"), Manifest: text.Draw(t, "manifest"),
			Counts: rapid.MapOf(text, rapid.OneOf(rapid.Just[map[string]int64](nil), rapid.MapOf(text, rapid.Int64()))).Draw(t,
				"counts"),
			Inputs: rapid.SliceOf(text).Draw(t, "inputs"), Outputs: rapid.SliceOf(text).Draw(t, "outputs"),
			Durations: rapid.MapOf(text,
				rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), -1}))).Draw(t, "durations"),
			Details: details.Draw(t, "details"),
			Error:   rapid.SampledFrom([]*Failure{nil, {}, {Code: 64}}).Draw(t, "failure"),
			Text:    text.Draw(t, "text"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		res, err, word := result.Draw(t, "result"), err.Draw(t, "error"), text.Draw(t, "word")
		end := rapid.SampledFrom([]string{"return", "return", "return", "panic", "goexit"}).Draw(t, "end")
		r := do(t, context.Background(), IO{}, func(ctx context.Context) (Result, error) {
			zerolog.Ctx(ctx).Info().Str(word, word).Msg("a word: " + word)
			switch end {
			case "panic":
				panic(word)
			case "goexit":
				runtime.Goexit()
			}
			return res, err
		})
		if end != "return" && r.code != 70 {
			t.Fatalf("%s: exit code %d", end, r.code)
		}
		if err != nil && r.code == 0 {
			t.Fatalf("an error of type %T was lost", err)
		}
	})
}

// TestAnyArguments holds the same against whatever is typed, where nothing but flags that print is left out.
func TestAnyArguments(t *testing.T) {
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"--log-level", "--log-level=debug", "error", "--", "-", "--raw", "--raw=", "---", "-x", "--=", "--log-level=", "status",
	}))
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(word.Filter(func(s string) bool {
			switch strings.TrimLeft(s, "-") {
			case "h", "help", "version", "result-schema", "completion", strings.TrimLeft(completionFlag, "-"):
				return false
			}
			return true
		}), 0, 4).Draw(t, "args")
		r := do(t, context.Background(), IO{}, func(context.Context) (Result, error) { return Result{}, nil }, args...)
		if r.code != 0 && r.code != 64 {
			t.Fatalf("exit code %d for %q: %s", r.code, args, r.stdout)
		}
	})
}

func TestStop(t *testing.T) {
	immediately := func(time.Duration) <-chan time.Time { return closed[time.Time]() }
	never := func(time.Duration) <-chan time.Time { return nil }
	cases := []struct {
		name   string
		o      IO
		f      func(ctx context.Context) (Result, error)
		code   int
		status string
	}{
		{"obeys", IO{After: never}, func(ctx context.Context) (Result, error) { <-ctx.Done(); return Result{}, ctx.Err() }, 143,
			StatusFailed},
		{"takes it for an outage", IO{After: never}, func(ctx context.Context) (Result, error) {
			<-ctx.Done()
			return Result{}, fault.New(fault.Unavailable, "try later", "connection closed")
		}, 143, StatusFailed},
		{"had found bad data", IO{After: never}, func(ctx context.Context) (Result, error) {
			<-ctx.Done()
			return Result{}, fault.New(fault.Data, "", "too many refused")
		}, 65, StatusRefused},
		{"was done all the same", IO{After: never}, func(ctx context.Context) (Result, error) {
			<-ctx.Done()
			return Result{},
				nil
		}, 0, StatusDone},
		{"ignores it", IO{After: immediately}, func(context.Context) (Result, error) { select {} }, 143, StatusFailed},
		{"is asked twice", IO{After: never, Hurry: closed[struct{}]()}, func(context.Context) (Result, error) { select {} },
			143, StatusFailed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			r := do(t, ctx, c.o, func(ctx context.Context) (Result, error) {
				cancel(errStopped{syscall.SIGTERM})
				return c.f(ctx)
			})
			if r.code != c.code || r.result.Status != c.status {
				t.Fatalf("code %d, %s", r.code, r.stdout)
			}
			if c.code == 143 && !strings.HasPrefix(r.result.Error.Message, "stopped by SIGTERM") {
				t.Fatalf("message %q", r.result.Error.Message)
			}
		})
	}
}

func closed[T any]() chan T { c := make(chan T); close(c); return c }

// TestLateOutput: what a step writes after it was given up is dropped, so the last word is the report's.
func TestLateOutput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release, wrote := make(chan struct{}), make(chan struct{})
	r := do(t, ctx, IO{Hurry: closed[struct{}]()}, func(ctx context.Context) (Result, error) {
		cancel()
		<-release
		zerolog.Ctx(ctx).Info().Msg("too late")
		close(wrote)
		return Result{}, nil
	})
	close(release)
	<-wrote
	if bytes.Contains(r.stderr, []byte("too late")) {
		t.Fatalf("stderr: %s", r.stderr)
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

// TestResultNotWritten: a result that nobody gets is a failure that a retry may help.
func TestResultNotWritten(t *testing.T) {
	for err, want := range map[error]int{syscall.EPIPE: 69, syscall.ENOSPC: 75} {
		var stderr bytes.Buffer
		s := Step{Name: "probe", Run: func(context.Context, *cli.Context) (Result, error) { return Result{}, nil }}
		if code := Run(t.Context(), s, IO{Stdout: failing{err}, Stderr: &stderr}, nil); code != want {
			t.Errorf("%v: exit code %d, want %d", err, code, want)
		}
		if !strings.Contains(stderr.String(), "result not written") {
			t.Errorf("%v: stderr %s", err, stderr.String())
		}
	}
}

func TestXCom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "return.json")
	if err := os.WriteFile(path, []byte("an old result"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := do(t, t.Context(), IO{XCom: path}, func(context.Context) (Result, error) {
		return Result{}, fault.New(fault.Data, "", "too many refused")
	})
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, r.stdout) {
		t.Fatalf("%v: the file holds %s, stdout %s", err, got, r.stdout)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Fatalf("%v: the sidecar could not read it: %v", err, info.Mode())
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Fatalf("%v: left over: %v", err, left)
	}

	// Where a folder is in the file's place the result says so, and nothing is left over.
	taken := filepath.Join(t.TempDir(), "return.json")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	r = do(t, t.Context(), IO{XCom: taken}, func(context.Context) (Result, error) { return Result{}, nil })
	if left, _ := os.ReadDir(filepath.Dir(taken)); r.code != 69 || len(left) != 1 {
		t.Fatalf("exit code %d, left over: %v", r.code, left)
	}
}

// TestBefore: what Before refuses is a usage error unless it says otherwise, and Run does not begin.
func TestBefore(t *testing.T) {
	for want, refusal := range map[int]error{64: errors.New("--a and --b exclude each other"),
		77: fault.New(fault.Denied, "", "no")} {
		s := Step{
			Name: "probe", Before: func(*cli.Context) error { return refusal },
			Run: func(context.Context, *cli.Context) (Result, error) { panic("begun") },
		}
		var stdout bytes.Buffer
		if code := Run(t.Context(), s, IO{Stdout: &stdout}, nil); code != want {
			t.Errorf("exit code %d, want %d: %s", code, want, stdout.String())
		}
	}
}
