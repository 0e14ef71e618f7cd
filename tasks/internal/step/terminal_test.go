package step

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
)

// onTerminal runs a step whose stdout and stderr are one terminal, as far as it can tell, and gives what came there.
func onTerminal(t *testing.T, s Step, args ...string) (int, string) {
	t.Helper()
	var screen bytes.Buffer
	code := Run(t.Context(), s, IO{
		Stdout: &screen, Stderr: &screen, IsTerminal: func(io.Writer) bool { return true },
		Now:    func() time.Time { return time.Date(2026, 3, 28, 1, 0, 0, 0, time.UTC) },
		Getenv: func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] },
	}, args)
	return code, screen.String()
}

func probe(f func(ctx context.Context) (Result, error)) Step {
	return Step{Name: "probe", Usage: "try it", Run: func(ctx context.Context, _ *cli.Context) (Result, error) { return f(ctx) }}
}

func TestTerminalText(t *testing.T) {
	counts := map[string]map[string]int64{"reservation": {"received": 10, "accepted": 9}}
	cases := []struct {
		name       string
		res        Result
		err        error
		want, none []string
	}{
		{"own text", Result{Text: "all is well", Counts: counts}, nil, []string{"\nall is well\n"}, []string{"accepted", "{"}},
		{
			"made from the result",
			Result{Status: StatusUnchanged, Counts: counts, Manifest: "a/manifest.json", Outputs: []string{"b"}}, nil,
			[]string{"probe: unchanged in 0.0 s\n  reservation: accepted 9, received 10\n" +
				"  manifest: a/manifest.json\n  wrote: b\n"},
			[]string{"{"},
		},
		{
			"refused", Result{Counts: counts}, fault.New(fault.Data, "look at the quarantine", "too many refused"),
			[]string{"ERR refused", `error="too many refused"`, `next="look at the quarantine"`,
				"  reservation: accepted 9"}, []string{"probe: refused", "{"},
		},
		{"own text beside an error", Result{Text: "the sheet"}, errors.New("x"), []string{"ERR failed", "\nthe sheet\n"},
			[]string{"{"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			code, screen := onTerminal(t, probe(func(context.Context) (Result, error) { return c.res, c.err }))
			if want := ExitOf(c.err).Code; code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			for _, want := range c.want {
				if !strings.Contains(screen, want) {
					t.Errorf("%q is missing in:\n%s", want, screen)
				}
			}
			for _, none := range c.none {
				if strings.Contains(screen, none) {
					t.Errorf("%q is in:\n%s", none, screen)
				}
			}
		})
	}
}

// TestTerminalStdoutOnly: with the log in a file, the terminal still says what went wrong.
func TestTerminalStdoutOnly(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), probe(func(context.Context) (Result, error) {
		return Result{}, fault.New(fault.Temporary, "wait a minute", "locked")
	}), IO{Stdout: &stdout, Stderr: &stderr, IsTerminal: func(w io.Writer) bool { return w == &stdout }}, nil)
	if want := "probe: failed (75): locked\n  next: wait a minute\n"; code != 75 || stdout.String() != want {
		t.Errorf("%d, %q, want %q", code, stdout.String(), want)
	}
	if err := checkLogs(stderr.Bytes()); err != nil {
		t.Error(err)
	}
}

// TestTerminalPanic: the stack stands below its line, readable.
func TestTerminalPanic(t *testing.T) {
	code, screen := onTerminal(t, probe(func(context.Context) (Result, error) { panic("oh") }))
	if code != 70 || !strings.Contains(screen, "ERR panic panic=oh\ngoroutine ") ||
		!strings.Contains(screen, "TestTerminalPanic") {
		t.Fatalf("%d:\n%s", code, screen)
	}
}

// TestTerminalUsage: a program that wants a command shows its help beside the error, on stderr.
func TestTerminalUsage(t *testing.T) {
	s := Step{Name: "probe", Usage: "try it", Commands: []Command{{Name: "status", Usage: "say how it is"}}}
	code, screen := onTerminal(t, s)
	if code != 64 || !strings.Contains(screen, "want a command: status") || !strings.Contains(screen, "EXIT CODES") {
		t.Fatalf("%d:\n%s", code, screen)
	}
}

// TestTerminalProgress: a bar is drawn, log lines go round it, and it is gone at the end.
func TestTerminalProgress(t *testing.T) {
	work := probe(func(ctx context.Context) (Result, error) {
		progress := Progress(ctx, "records")
		progress(0, 0) // nobody knows yet of how many
		for done := range int64(100) {
			progress(done, 100)
		}
		zerolog.Ctx(ctx).Info().Msg("half")
		progress(100, 100)
		progress(100, 100)
		progress(150, 200) // more came
		return Result{}, nil
	})
	code, screen := onTerminal(t, work)
	shown := lastOfLines(screen)
	if code != 0 || !strings.Contains(screen, "records") || !strings.Contains(screen, "150/200") {
		t.Fatalf("%d: no bar in %q", code, screen)
	}
	if len(shown) != 3 || !strings.HasSuffix(shown[0], "INF half") || !strings.HasSuffix(shown[1], "INF done seconds=0") {
		t.Fatalf("what stays on the screen is %q", shown)
	}

	if _, screen := onTerminal(t, work, "--log-level", "error"); strings.Contains(screen, "records") {
		t.Fatalf("a bar for who asks for errors only: %q", screen)
	}
}

// lastOfLines returns what stays of each line once its carriage returns and "clear the line" have done their work.
func lastOfLines(screen string) (shown []string) {
	for line := range strings.Lines(screen) {
		_, rest, cleared := strings.Cut(line, "\x1b[2K\r")
		for cleared {
			line = rest
			_, rest, cleared = strings.Cut(line, "\x1b[2K\r")
		}
		shown = append(shown, strings.TrimSuffix(line, "\n"))
	}
	return shown
}
