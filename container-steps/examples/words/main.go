// Words counts the lines and words of a text: a step for Airflow with Go's standard library alone.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type result struct {
	Status string            `json:"status"` // first: by that a pod's log is searched for the result
	Counts map[string]int    `json:"counts,omitempty"`
	Error  map[string]string `json:"error,omitempty"`
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: named})))
	code, r := count(os.Args[1:])
	if r.Error != nil {
		slog.Error(r.Error["message"], "code", code)
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	os.Exit(code)
}

func count(args []string) (int, result) {
	stopped, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	flags := flag.NewFlagSet("words", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its help is no log line
	path := flags.String("file", "/text.txt", "the text")
	pause := flags.Duration("pause", 0, "before each line")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return failed(64, "the arguments are not known", "give --file FILE and --pause DURATION")
	}
	text, err := os.Open(*path)
	if err != nil {
		return failed(65, err.Error(), "name a file of the image")
	}
	counts := map[string]int{"lines": 0, "words": 0}
	for lines := bufio.NewScanner(text); lines.Scan(); {
		slog.Debug("counting a line", "line", counts["lines"]+1)
		select {
		case <-stopped.Done():
			return failed(143, "stopped by SIGTERM", "run it again")
		case <-time.After(*pause):
			counts["lines"]++
			counts["words"] += len(strings.Fields(lines.Text()))
		}
	}
	slog.Info("the text is counted", "file", *path, "words", counts["words"])
	return 0, result{Status: "done", Counts: counts}
}

func failed(code int, message, next string) (int, result) {
	return code, result{Status: "failed", Error: map[string]string{"message": message, "next": next}}
}

// named gives slog's fields the contract's names.
func named(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.MessageKey {
		a.Key = "message"
	} else if a.Key == slog.LevelKey {
		a.Value = slog.StringValue(strings.ToLower(a.Value.String()))
	}
	return a
}
