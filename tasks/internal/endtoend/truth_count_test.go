package endtoend

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/simulator"
)

// tally writes what was met, by kind, into the log and into the folder that COVERS_COUNTS names, which make test shows. Every
// kind of want must be there.
func tally(t *testing.T, what string, want []string, met map[string]int64) {
	t.Helper()
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(met)) {
		fmt.Fprintf(&b, "%-8s %-24s %6d\n", what, kind, met[kind])
	}
	t.Logf("met:\n%s", b.String())
	for _, kind := range want {
		if met[kind] == 0 {
			t.Errorf("%s %s was not met", what, kind)
		}
	}
	folder := os.Getenv("COVERS_COUNTS")
	if folder == "" {
		return
	}
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, what), []byte(b.String()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// faults returns all kinds of a scenario's rules, but those of events that are pushed: nobody here takes them.
func faults() (kinds []string) {
	for _, k := range scenario.Kinds() {
		if !strings.HasPrefix(string(k), "push_") {
			kinds = append(kinds, string(k))
		}
	}
	return kinds
}

// defects returns all kinds that generate puts into records without being asked for one by name.
func defects(t *testing.T) (kinds []string) {
	t.Helper()
	help, err := exec.Command(filepath.Join(bin, "generate"), "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)Kinds of defect: (.*?)\.\n`).FindSubmatch(help)
	if m == nil {
		t.Fatalf("%s", help)
	}
	kinds = strings.FieldsFunc(string(m[1]), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	return slices.DeleteFunc(kinds, func(kind string) bool { return kind == "record_too_large" })
}

// The defects of the world that the scenarios are tried in: every kind is there, and what the answer sheets say is refused is
// what the tests' own reading of the contract refuses, record by record.
func TestTheTestsKnowEveryDefect(t *testing.T) {
	b := newBefore(t)
	met := map[string]int64{}
	for _, folder := range []string{filepath.Join(b.dir, "simulator"), b.badDay, b.nextDay} {
		sheets, err := filepath.Glob(filepath.Join(folder, "*", "*", "*", "answers.ndjson"))
		if err != nil || len(sheets) != 2 {
			t.Fatal(sheets, err)
		}
		for _, sheet := range sheets {
			text, err := os.ReadFile(sheet)
			if err != nil {
				t.Fatal(err)
			}
			answers := map[key]string{}
			platform := strings.Split(strings.TrimPrefix(sheet, folder), "/")[1]
			for line := range bytes.Lines(text) {
				var a simulator.Answer
				decodeLine(t, line, &a)
				met[a.Defect]++
				if simulator.Refused(a.Expect) {
					answers[key{platform, a.Kind, a.ID}] = a.Defect
				}
			}
			for _, kind := range simulator.Kinds {
				for _, line := range b.lines(filepath.Join(filepath.Dir(sheet), simulator.FileOf(kind))) {
					l, err := simulator.ParseLine(line)
					if err != nil {
						t.Fatal(err)
					}
					k := key{platform, kind, l.ID}
					if _, why := expected(k, l.Record, terms{}); (why != "") != (answers[k] != "") {
						t.Errorf("%v: the answer sheet says %q, the test %q", k, answers[k], why)
					}
				}
			}
		}
	}
	tally(t, "defect", defects(t), met)
}
