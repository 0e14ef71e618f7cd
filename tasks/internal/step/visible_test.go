package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

// hostile is what a guest may be called: it clears a screen, sets a window's title, goes back over a line and turns its order.
const hostile = "\x1b[2J\x1b]0;owned\x07\u009b31m\x7fgood\rbad\u202eevil"

// TestNothingSteersATerminal: whichever way a text takes to somebody who reads it, a terminal obeys no character of it.
func TestNothingSteersATerminal(t *testing.T) {
	ways := map[string]func(ctx context.Context) (Result, error){
		"text":  func(context.Context) (Result, error) { return Result{Text: hostile}, nil },
		"error": func(context.Context) (Result, error) { return Result{}, fault.New(fault.Data, hostile, "%s", hostile) },
		"output": func(context.Context) (Result, error) {
			return Result{Outputs: []string{hostile}, Counts: map[string]map[string]int64{hostile: {hostile: 1}}}, nil
		},
		"details": func(context.Context) (Result, error) {
			return Result{Details: map[string]any{hostile: []string{hostile}}}, nil
		},
		"log": func(ctx context.Context) (Result, error) {
			zerolog.Ctx(ctx).Warn().Str("text", hostile).Strs("texts", []string{hostile}).Err(errors.New(hostile)).
				Interface("nested", map[string]any{hostile: hostile}).Msg(hostile)
			return Result{}, nil
		},
		"panic": func(context.Context) (Result, error) { panic(hostile) },
	}
	for name, way := range ways {
		t.Run(name+"/terminal", func(t *testing.T) {
			_, screen := onTerminal(t, probe(way))
			steersNothing(t, screen)
		})
		t.Run(name+"/lines", func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			xcom := filepath.Join(t.TempDir(), "return.json")
			Run(t.Context(), probe(way), IO{Stdout: &stdout, Stderr: &stderr, XCom: xcom}, nil)
			kept, err := os.ReadFile(xcom)
			if err != nil {
				t.Fatal(err)
			}
			steersNothing(t, stdout.String()+stderr.String()+string(kept))
			if !bytes.Equal(kept, stdout.Bytes()) {
				t.Errorf("the copy is another:\n%s%s", kept, &stdout)
			}
		})
	}
}

func steersNothing(t *testing.T, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == '\u202e'
	}); i >= 0 {
		t.Errorf("at %d of\n%q", i, text)
	}
}

// TestResultsMeanTheSame: who decodes a result has the very text.
func TestResultsMeanTheSame(t *testing.T) {
	var stdout bytes.Buffer
	Run(t.Context(), probe(func(context.Context) (Result, error) {
		return Result{Details: map[string]string{"id": hostile}}, nil
	}), IO{Stdout: &stdout, Stderr: io.Discard}, nil)
	var got struct{ Details map[string]string }
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || got.Details["id"] != hostile {
		t.Errorf("%q: %v", got.Details["id"], err)
	}
}
