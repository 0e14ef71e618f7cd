package step

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
)

// limited is a step whose work is f.
func limited(flags []cli.Flag, f func(ctx context.Context) (Result, error)) Step {
	return Step{Name: "example", Usage: "do as it is told", Flags: flags,
		Run: func(ctx context.Context, _ *cli.Context) (Result, error) { return f(ctx) }}
}

func waits(ctx context.Context) (Result, error) {
	<-ctx.Done()
	return Result{}, fault.New(fault.Unavailable, "try later", "connection closed")
}

func TestLimit(t *testing.T) {
	own := []cli.Flag{DurationFlag("max-duration", "how long the platform is asked", 0)}
	cases := []struct {
		name string
		step Step
		args []string
		env  map[string]string
		code int
	}{
		{"a step that would wait for ever", limited(nil, waits), []string{"--max-duration", "10ms"}, nil, 75},
		{"by its variable, as schedulers set it", limited(nil, waits), nil, map[string]string{"COVERS_MAX_DURATION": "10ms"}, 75},
		{"one that does not hear of it", limited(nil, func(context.Context) (Result, error) { select {} }),
			[]string{"--max-duration", "10ms"}, nil, 75},
		{"bad data stay bad data", limited(nil, func(ctx context.Context) (Result, error) {
			<-ctx.Done()
			return Result{}, fault.New(fault.Data, "", "too many refused")
		}), []string{"--max-duration", "10ms"}, nil, 65},
		{"done in time", limited(nil, func(context.Context) (Result, error) { return Result{}, nil }),
			[]string{"--max-duration", "1h"}, nil, 0},
		{"no limit", limited(nil, func(context.Context) (Result, error) { return Result{}, nil }),
			[]string{"--max-duration", "0"}, nil, 0},
		{"a limit of the step's own, on a part of its work", limited(own, func(ctx context.Context) (Result, error) {
			select {
			case <-ctx.Done():
				return waits(ctx)
			case <-time.After(100 * time.Millisecond):
				return Result{}, nil
			}
		}), []string{"--max-duration", "1ms"}, nil, 0},
		{"no time", limited(nil, waits), []string{"--max-duration", "-1s"}, nil, 64},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var stdout strings.Builder
			code := Run(t.Context(), c.step, IO{Stdout: &stdout, Grace: 10 * time.Millisecond,
				Getenv: func(name string) string { return c.env[name] }}, c.args)
			if code != c.code {
				t.Fatalf("code %d, %s", code, stdout.String())
			}
			if code == 75 && (!strings.Contains(stdout.String(), "the 10ms that --max-duration allows are used up") ||
				!strings.Contains(stdout.String(), `"next":"run it again, or raise max-duration"`)) {
				t.Fatalf("words %s", stdout.String())
			}
		})
	}
}

// A stop is a stop, also in a run that has a limit.
func TestStopBeforeTheLimit(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := limited(nil, func(ctx context.Context) (Result, error) {
		cancel(errStopped{syscall.SIGTERM})
		return waits(ctx)
	})
	if code := Run(ctx, s, IO{}, []string{"--max-duration", "1h"}); code != 143 {
		t.Fatalf("code %d", code)
	}
}

func TestEachHasOneLimit(t *testing.T) {
	for _, own := range [][]cli.Flag{nil, {DurationFlag("max-duration", "how long the platform is asked", 0)}} {
		n := 0
		for _, f := range withGlobal(own) {
			if slices.Contains(f.Names(), "max-duration") {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%d flags", n)
		}
	}
}
