package demo

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/platforms"
)

func TestTextFitsATerminal(t *testing.T) {
	n := map[string]int64{"withheld": 7}
	for _, c := range columns {
		n[c] = 123456
	}
	for _, r := range []string{"range", "required", "format", "duplicate", "reference", "future", "unknown_value", "precision",
		"order"} {
		n["quarantined."+r] = 1234
	}
	day := "2026-03-28"
	table, err := newTable([]string{day}, map[string]Result{day: {Counts: map[string]map[string]int64{
		"opentable/101 reservation": n, "opentable/102 reservation": {"readings": 2}, "thefork/101 customer": {"readings": 1},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(table.render()) {
		if w := utf8.RuneCountInString(strings.TrimSpace(line)); w > 118 {
			t.Errorf("%d columns: %s", w, line)
		}
	}
	text := Outcome{World: World{Dir: "demo", Bin: "bin"}, Table: table, Sample: strings.Repeat("x", 40)}.Text()
	for _, want := range []string{"3 readings of 2 sources", "7 accepted rows withheld", "  # one row, back",
		"care tidy --dry-run"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestSummaries(t *testing.T) {
	counts := map[string]map[string]int64{"reservation": {"received": 9, "accepted": 8, "rows": 7, "landed": 6},
		"customer": {"rows": 1, "landed": 1}}
	for program, want := range map[string]string{
		"transform": "7 reservations, 1 customer gathered", "load": "6 reservations, 1 customer landed", "report": "",
		"extract": "9 reservations received, 1 customer rows",
	} {
		if got := summary(program, Result{Counts: counts}); got != want {
			t.Errorf("%s: got %q", program, got)
		}
	}
	if got := summary("load", Result{Details: json.RawMessage(`{"entries":[{},{}]}`)}); got != "2 readings" {
		t.Errorf("got %q", got)
	}
}

// A stop ends in one error that says how to go on, whatever failed because of it.
func TestStopped(t *testing.T) {
	o, _ := fakeSteps(t, map[string]string{"extract": "exec sleep 30"})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	time.AfterFunc(300*time.Millisecond, cancel)
	_, err := Run(ctx, o)
	if fault.KindOf(err) != fault.Stopped || err.Error() != "stopped; run it again to go on" {
		t.Errorf("got %v", err)
	}
}

// The demo's credentials are for the simulated platforms alone.
func TestEnvironmentForPeople(t *testing.T) {
	o, _ := fakeSteps(t, nil)
	d, err := begin(o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(d.world.Dir, "env.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"export COVERS_OPENTABLE_URL='http://127.0.0.1:7400'\n", "export COVERS_OPENTABLE_AUTH_URL='http://127.0.0.1:7400'\n",
		"export COVERS_THEFORK_URL='http://127.0.0.1:7400/manager'\n", "export COVERS_THEFORK_AUTH_URL='http://127.0.0.1:7400'\n",
		"export COVERS_REQUESTS_PER_SECOND='100000'\n", "--listen 127.0.0.1:7400",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestNoStepOfTheDemoAsksARealPlatform: each platform has an address and a credential of the demo's.
func TestNoStepOfTheDemoAsksARealPlatform(t *testing.T) {
	settings := strings.Join(append(urlsOf("http://127.0.0.1:1"), secrets()...), "\n") + "\n"
	for _, p := range platforms.All {
		prefix := "COVERS_" + strings.ToUpper(p.Name)
		for _, want := range []string{
			prefix + "_URL=http://127.0.0.1:1", prefix + "_AUTH_URL=http://127.0.0.1:1\n", prefix + "_CLIENT_ID=covers-demo\n",
			prefix + "_CLIENT_SECRET=not-a-secret-" + p.Name + "\n",
		} {
			if !strings.Contains(settings, want) {
				t.Errorf("no %s in\n%s", want, settings)
			}
		}
	}
}
