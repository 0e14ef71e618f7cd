package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

// Result is what the demo reads of a step's result line.
type Result struct {
	Status  string                      `json:"status"`
	Counts  map[string]map[string]int64 `json:"counts"`
	Details json.RawMessage             `json:"details"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Next    string `json:"next"`
	} `json:"error"`
}

// retries is how often a step is tried again where its exit code says that this may help.
const retries = 2

// step runs one step to its end and returns its result. It runs it again where its exit code allows that. The step's log goes to
// a file of its own.
func (d *demo) step(ctx context.Context, label, program string, args ...string) (Result, error) {
	for try := 0; ; try++ {
		began := d.Machine.Now()
		result, code, err := d.once(ctx, label, program, args...)
		if ctx.Err() != nil {
			return result, ctx.Err() // Run says once that it was stopped
		}
		log := zerolog.Ctx(ctx).Info()
		if err != nil {
			log = zerolog.Ctx(ctx).Warn().Err(err).Str("status", result.Status).Int("exit", code)
		}
		message := label
		if text := summary(program, result); text != "" && err == nil {
			message += ": " + text
		}
		log.Float64("seconds", math.Round(d.Machine.Since(began).Seconds()*100)/100).Msg(message)
		if err == nil || !mayRetry(code) || try == retries || ctx.Err() != nil {
			return result, err
		}
		if err := d.Machine.Sleep(ctx, time.Second<<try); err != nil {
			return result, err
		}
	}
}

// mayRetry reports whether a failure may pass. By the table of exit codes, wrong usage (64), refused data (65) and no
// authorisation (77) do not.
func mayRetry(code int) bool { return code != 64 && code != 65 && code != 77 }

func (d *demo) once(ctx context.Context, label, program string, args ...string) (result Result, code int, err error) {
	logPath := filepath.Join(d.world.Dir, "logs", strings.NewReplacer("/", "-", " ", "-").Replace(label)+".log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return result, -1, err
	}
	defer log.Close()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, d.world.program(program), args...)
	cmd.Env = append(d.world.environment(), d.urls...)
	cmd.Stdout, cmd.Stderr = &out, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	runErr := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code == 143 || code == 130 {
		select { // Ctrl-C reaches the steps too, and one may end before this process has seen its own signal
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	if err := ctx.Err(); err != nil {
		return result, -1, err
	}
	code = cmd.ProcessState.ExitCode()
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		return result, code, fmt.Errorf("%s: exit code %d and no result line (%w), see %s", label, code,
			errors.Join(runErr, err), logPath)
	}
	if runErr == nil {
		return result, 0, nil
	}
	message, next := runErr.Error(), "see "+logPath
	if e := result.Error; e != nil {
		message, next = e.Message, e.Next
	}
	return result, code, fault.New(kindOf(code), next, "%s: exit code %d: %s", label, code, message)
}

// kindOf returns the demo's own kind of failure for a step's exit code.
func kindOf(code int) fault.Kind {
	switch code {
	case 64:
		return fault.Usage
	case 65:
		return fault.Data
	case 69:
		return fault.Unavailable
	case 75:
		return fault.Temporary
	case 77:
		return fault.Denied
	}
	return fault.Defect
}
