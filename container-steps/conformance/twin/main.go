// Twin keeps the whole contract for images that Airflow runs as steps, but for one rule: the variable TWIN says which, by what
// is done to it. Without the variable it keeps all.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// The longest run: the battery sends SIGTERM long before.
const slow = 20 * time.Second

type failure struct {
	Message string `json:"message"`
	Next    string `json:"next,omitempty"`
}

type result struct {
	Step    string         `json:"step"` // status is not first: it is the file that hands the result over
	Status  string         `json:"status"`
	Counts  map[string]int `json:"counts,omitempty"`
	Details map[string]any `json:"details,omitempty"`
	Error   *failure       `json:"error,omitempty"`
}

// exit is how a run ends that did not do its work.
type exit struct {
	code int
	failure
}

func (e exit) Error() string { return e.Message }

var twin = os.Getenv("TWIN")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if twin == "deaf" {
		ctx = context.Background()
	}
	r := result{Step: "twin", Status: "done", Counts: map[string]int{"lines": 3}}
	code := 0
	if err := run(ctx, &r, os.Args[1:]); err != nil {
		e := exit{70, failure{err.Error(), "look at the log"}}
		errors.As(err, &e)
		code, r.Status, r.Counts, r.Error = e.code, "failed", nil, &e.failure
		log("error", "it failed", map[string]any{"code": code})
	}
	write(r, &code)
	os.Exit(code) //nolint:forbidigo // a program of its own
}

// run does the work, which is none, in the way that the twin is to do it.
func run(ctx context.Context, r *result, arguments []string) error {
	flags := flag.NewFlagSet("twin", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	long := flags.Bool("slow", false, "take some seconds")
	if err := flags.Parse(arguments); err != nil || flags.NArg() > 0 {
		return usage()
	}
	log("info", "at work", nil)
	if *long {
		return work(ctx, r)
	}
	if done := misbehaviours[twin]; done != nil {
		if err := done(r); err != nil {
			return err
		}
	}
	log("debug", "done", map[string]any{"lines": 3})
	return nil
}

// usage refuses the arguments.
func usage() error {
	e := exit{64, failure{"an argument is not known", "leave it out"}}
	switch twin {
	case "usage-1":
		e.code = 1
	case "usage-ignored":
		return nil
	case "no-next":
		e.Next = ""
	case "leak-when-it-fails":
		e.Message = "refused with password " + os.Getenv("TWIN_PASSWORD")
	}
	return e
}

// work lasts until it is stopped.
func work(ctx context.Context, r *result) error {
	select {
	case <-ctx.Done():
	case <-time.After(slow):
		return nil
	}
	e := exit{143, failure{"stopped", "run it again"}}
	switch twin {
	case "slow-to-stop":
		time.Sleep(4 * time.Second)
	case "stopped-with-0":
		return nil
	case "stopped-with-65":
		e.code = 65
	}
	return e
}

// misbehaviours are those of an ordinary run.
var misbehaviours = map[string]func(*result) error{
	"needs-its-user": func(*result) error { _, err := os.ReadFile("/private"); return err },
	"writes":         func(*result) error { return os.WriteFile("/kept/state", nil, 0o600) },
	"needs-root": func(*result) error {
		if os.Geteuid() != 0 {
			return errors.New("it is not root's")
		}
		return nil
	},
	"executes-from-tmp": func(*result) error {
		if err := copied("/proc/self/exe", "/tmp/twin"); err != nil {
			return err
		}
		inner := exec.Command("/tmp/twin")
		inner.Env = []string{"TWIN="}
		return inner.Run()
	},
	"chatty": func(*result) error { fmt.Println("hello"); return nil },
	"nul":    func(r *result) error { r.Details = map[string]any{"text": "a\x00b"}; return nil },
	"large-integer": func(r *result) error {
		r.Details = map[string]any{"n": json.Number("18446744073709551616")}
		return nil
	},
	"schema":        func(r *result) error { r.Status = "finished"; return nil },
	"large":         func(r *result) error { r.Details = map[string]any{"text": strings.Repeat("x", 1<<20)}; return nil },
	"fails-with-0":  func(*result) error { return exit{0, failure{"it failed", "look at the log"}} },
	"text":          func(*result) error { fmt.Fprintln(os.Stderr, "no JSON at all"); return nil },
	"unknown-level": func(*result) error { log("notice", "it is noted", nil); return nil },
	"no-message":    func(*result) error { log("info", "", map[string]any{"message": nil}); return nil },
	"long-line":     func(*result) error { log("info", strings.Repeat("x", 1<<16), nil); return nil },
	"no-time":       func(*result) error { log("info", "late", map[string]any{"time": nil}); return nil },
	"another-clock": func(*result) error { log("info", "late", at(time.Now().Add(-time.Hour))); return nil },
	"local-time": func(*result) error {
		log("info", "x", map[string]any{"time": time.Now().Format("2006-01-02T15:04:05.000")})
		return nil
	},
	"fails":            func(*result) error { return errors.New("it always fails") },
	"once":             func(*result) error { return exclusively("/state/done") },
	"random":           func(r *result) error { r.Details = map[string]any{"id": rand.Text()}; return nil },
	"leak-environment": func(*result) error { log("debug", "started", map[string]any{"environment": os.Environ()}); return nil },
	"leak-in-base64": func(r *result) error {
		r.Details = map[string]any{"header": "Basic " + base64.StdEncoding.EncodeToString([]byte(os.Getenv("TWIN_PASSWORD")))}
		return nil
	},
}

// write writes the result, and hands it over where there is a folder for it.
func write(r result, code *int) {
	line, err := json.Marshal(r)
	if err != nil {
		log("error", "the result cannot be written", map[string]any{"error": err.Error()})
		*code = 70
		return
	}
	if twin == "not-json" && *code == 0 {
		line = append(line, ',')
	}
	fmt.Println(string(line))
	const folder = "/airflow/xcom"
	if _, err := os.Stat(folder); err != nil || twin == "not-handed-over" {
		return
	}
	if twin == "another-handed-over" {
		line = []byte(`{"status":"done"}`)
	}
	if err := os.WriteFile(folder+"/new", line, 0o644); err == nil {
		err = os.Rename(folder+"/new", folder+"/return.json")
		if err != nil {
			*code = 70
		}
	}
}

// log writes a line; fields replace what it has of its own, or take it away where they are nil.
func log(level, message string, fields map[string]any) {
	line := map[string]any{"level": level, "message": message, "time": at(time.Now())["time"]}
	for key, value := range fields {
		if line[key] = value; value == nil {
			delete(line, key)
		}
	}
	_ = json.NewEncoder(os.Stderr).Encode(line)
}

func at(t time.Time) map[string]any {
	return map[string]any{"time": t.UTC().Format("2006-01-02T15:04:05.000Z07:00")}
}

func exclusively(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func copied(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o700)
}
