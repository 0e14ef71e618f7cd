package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/source"
)

// fakeSteps are shell scripts in the steps' places: each writes down how it was called, answers with a result line and ends
// with a code. do says what a script does instead, by step.
func fakeSteps(t *testing.T, do map[string]string) (Options, func() []string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(dir, "calls")
	for _, s := range steps {
		action := `echo '{"status":"done","details":{"findings":[]},"counts":{}}'`
		if s == "load" {
			action = `echo '{"status":"done","details":{"entries":[]},"counts":{}}'`
		}
		if s == "mockapi" {
			action = `while [ $# -gt 0 ]; do
  if [ "$1" = --url-file ]; then echo http://127.0.0.1:1 >"$2.new"; mv "$2.new" "$2"; fi
  shift
done
trap 'exit 143' TERM; while :; do sleep 0.05; done`
		}
		if a, ok := do[s]; ok {
			action = a
		}
		script := fmt.Sprintf("#!/bin/sh\necho %s \"$@\" >>%s\ncalls() { grep -c \"^%s .*$1\" %s; }\n%s\n", s, calls, s, calls,
			action)
		if err := os.WriteFile(filepath.Join(bin, s), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	registry, err := source.Load("../../../restaurants.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m := machine.This()
	m.Sleep = func(context.Context, time.Duration) error { return nil }
	o := Options{
		Dir: filepath.Join(dir, "demo"), Bin: bin, Restaurants: "../../../restaurants.yaml", Registry: registry,
		Days: []string{"2026-03-28"}, Records: 1, Parallel: 2, Environment: os.Environ(), Progress: func(done, total int64) {},
		Machine: m,
	}
	return o, func() []string {
		text, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
}

func count(calls []string, prefix string) (n int) {
	for _, c := range calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func TestRunsEveryStepOnce(t *testing.T) {
	o, calls := fakeSteps(t, nil)
	out, err := Run(context.Background(), o)
	if err != nil || !out.Did || out.Loaded != 7 {
		t.Fatalf("got %+v, %v", out, err)
	}
	for prefix, want := range map[string]int{
		"generate --day 2026-03-28": 1, "mockapi": 1, "extract": 7, "validate": 7, "transform --day 2026-03-28": 1,
		"load --day 2026-03-28": 1, "load status": 1, "report --check --day 2026-03-28": 1,
		"report --days 2026-03-28..2026-03-28 --page " + filepath.Join(o.Dir, "report.html"): 1,
	} {
		if got := count(calls(), prefix); got != want {
			t.Errorf("%s: called %d times, want %d", prefix, got, want)
		}
	}
	for _, c := range calls() {
		if strings.Contains(c, "secret") || strings.Contains(c, "token key") {
			t.Errorf("a secret in a flag: %s", c)
		}
	}
}

// A step is tried again where its exit code says that the failure may pass. Where it says otherwise, it holds up no other source.
func TestExitCodesDecide(t *testing.T) {
	const failed = `{"status":"failed","error":{"code":%d,"message":"it broke","next":"mend it"}}`
	o, calls := fakeSteps(t, map[string]string{
		"extract": `case "$*" in
*opentable/101*) if [ $(calls opentable/101) -lt 3 ]; then echo '` + fmt.Sprintf(failed, 75) + `'; exit 75; fi;;
*opentable/102*) echo '` + fmt.Sprintf(failed, 77) + `'; exit 77;;
*thefork/103*) echo '` + fmt.Sprintf(failed, 69) + `'; exit 69;;
esac
echo '{"status":"done"}'`,
		"validate": `case "$*" in *thefork/101*) echo '` + fmt.Sprintf(failed, 65) +
			`'; exit 65;; esac; echo '{"status":"done"}'`,
	})
	_, err := Run(context.Background(), o)
	if err == nil || !strings.Contains(err.Error(), "exit code 77: it broke; mend it") ||
		!strings.Contains(err.Error(), "thefork/101 validate: exit code 65") {
		t.Errorf("got %v", err)
	}
	if fault.KindOf(err) == fault.Defect {
		t.Errorf("the kind of the failures is lost: %v", err)
	}
	for prefix, want := range map[string]int{
		"extract --source opentable/101": 3, "extract --source opentable/102": 1, "extract --source thefork/103": 3,
		"validate --source opentable/102": 0, "validate --source thefork/101": 1, "validate --source opentable/103": 1,
		"transform": 1, "load --day": 1, "report --check": 1, "report --days": 1,
	} {
		if got := count(calls(), prefix); got != want {
			t.Errorf("%s: called %d times, want %d", prefix, got, want)
		}
	}
}

// What transform could gather is loaded, even where it had to leave a result out.
func TestLoadsWhatTransformCouldGather(t *testing.T) {
	o, calls := fakeSteps(t, map[string]string{
		"transform": `echo '{"status":"refused","error":{"code":65,"message":"left one out","next":"mend it"}}'; exit 65`,
	})
	_, err := Run(context.Background(), o)
	if fault.KindOf(err) != fault.Data || count(calls(), "load --day") != 1 || count(calls(), "report --check") != 1 {
		t.Errorf("got %v, %v", err, calls())
	}
}

func TestNothingLeftToDo(t *testing.T) {
	var entries []string
	for _, s := range []string{
		"opentable/101", "opentable/102", "opentable/103", "thefork/101", "thefork/102", "thefork/103", "thefork/group-main",
	} {
		entries = append(entries, fmt.Sprintf(`{"source":"%s","day":"2026-03-28"}`, s))
	}
	o, calls := fakeSteps(t, map[string]string{
		"load": `echo '{"status":"unchanged","details":{"entries":[` + strings.Join(entries, ",") + `]}}'`,
	})
	out, err := Run(context.Background(), o)
	if err != nil || out.Did || count(calls(), "extract")+count(calls(), "generate")+count(calls(), "mockapi") != 0 {
		t.Errorf("got %+v, %v, %v", out, err, calls())
	}
}

// The page is of days that follow each other. Where some do not, it is of the last ones that do.
func TestPageOfTheLastDays(t *testing.T) {
	for _, c := range []struct{ days, want string }{
		{"2026-03-27 2026-03-28 2026-03-29", "2026-03-27..2026-03-29"}, {"2026-02-28 2026-03-01", "2026-02-28..2026-03-01"},
		{"2026-03-20 2026-03-28 2026-03-29", "2026-03-28..2026-03-29"}, {"2026-03-29", "2026-03-29..2026-03-29"},
	} {
		o, calls := fakeSteps(t, nil)
		o.Days = strings.Fields(c.days)
		d, err := begin(o)
		if err != nil {
			t.Fatal(err)
		}
		file, err := d.page(t.Context())
		if got := calls(); err != nil || len(got) != 1 || !strings.HasPrefix(got[0], "report --days "+c.want+" ") {
			t.Errorf("%s: %v, %v", c.days, got, err)
		}
		text := Outcome{World: d.world, Page: file, Table: Table{Lines: []Line{{}}}}.Text()
		if !strings.Contains(text, "  file://"+file+"\n") {
			t.Errorf("the end does not name the page:\n%s", text)
		}
	}
}

func TestTableAddsUpAndChecks(t *testing.T) {
	day := "2026-03-28"
	sheet := Result{Counts: map[string]map[string]int64{
		"opentable/101 reservation": {"listed": 5, "received": 3, "repeated": 1, "gone": 1, "accepted": 2, "quarantined": 1,
			"quarantined.range": 1, "loaded": 2},
		"opentable/102 reservation": {"listed": 4, "received": 4, "accepted": 4, "loaded": 4},
	}}
	table, err := newTable([]string{day}, map[string]Result{day: sheet})
	if err != nil || len(table.Lines) != 1 || table.Lines[0].N["listed"] != 9 || len(table.Unbalanced) != 0 {
		t.Errorf("got %+v, %v", table, err)
	}
	sheet.Counts["opentable/102 reservation"]["loaded"] = 3 // and one withheld is in order
	sheet.Counts["opentable/102 reservation"]["withheld"] = 1
	if table, err = newTable([]string{day}, map[string]Result{day: sheet}); err != nil || len(table.Unbalanced) != 0 {
		t.Errorf("withheld: %v, %v", table.Unbalanced, err)
	}
	sheet.Counts["opentable/102 reservation"]["withheld"] = 0
	table, err = newTable([]string{day}, map[string]Result{day: sheet})
	if err != nil || len(table.Unbalanced) != 1 ||
		!strings.Contains(table.Unbalanced[0], "accepted = loaded + withheld does not hold: 6, 5") {
		t.Errorf("got %+v, %v", table.Unbalanced, err)
	}
}
