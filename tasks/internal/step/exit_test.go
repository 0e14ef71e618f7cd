package step

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"covers/tasks/internal/fault"
)

// TestExits: each kind has exactly one row, and each row but success a kind.
func TestExits(t *testing.T) {
	want := map[fault.Kind]int{
		fault.Usage: 64, fault.Data: 65, fault.Unavailable: 69, fault.Defect: 70,
		fault.Temporary: 75, fault.Denied: 77, fault.Stopped: 143,
	}
	var codes []int
	for kind := fault.Defect; kind <= fault.Stopped; kind++ {
		got := ExitOf(fault.New(kind, "", "x"))
		if got.Code != want[kind] || got.Kind != kinds[kind] {
			t.Errorf("kind %d: %+v, want code %d", kind, got, want[kind])
		}
		codes = append(codes, got.Code)
	}
	for _, e := range Exits[1:] {
		if !slices.Contains(codes, e.Code) {
			t.Errorf("no kind leads to %+v", e)
		}
	}
	if ExitOf(nil).Code != 0 || ExitOf(errors.New("x")).Code != 70 || ExitOf(fault.New(99, "", "x")).Code != 70 {
		t.Error("success, an unclassified error, an unknown kind")
	}
	if got := ExitOf(fmt.Errorf("spool: %w", syscall.ENOSPC)).Code; got != 75 {
		t.Errorf("full disk: %d", got)
	}
}

// TestExitTables: help and documentation show the same rows, in order of the codes.
func TestExitTables(t *testing.T) {
	text, markdown := strings.Split(ExitsText(), "\n"), strings.Split(ExitsMarkdown(), "\n")
	for i, e := range Exits {
		if i > 0 && e.Code <= Exits[i-1].Code {
			t.Errorf("%d stands after %d", e.Code, Exits[i-1].Code)
		}
		if want := fmt.Sprintf("%d  %s (%s)", e.Code, e.Meaning, e.Airflow); strings.TrimSpace(text[i]) != want {
			t.Errorf("help: %q, want %q", text[i], want)
		}
		if want := fmt.Sprintf("| %d | %s | %s |", e.Code, e.Meaning, e.Airflow); markdown[i+2] != want {
			t.Errorf("documentation: %q, want %q", markdown[i+2], want)
		}
		if strings.Contains(e.Meaning+e.Airflow, "|") {
			t.Errorf("%d: a bar breaks the table", e.Code)
		}
	}
}

// TestSchemaKnowsExits: the schema names the codes and kinds of the table.
func TestSchemaKnowsExits(t *testing.T) {
	for _, e := range Exits[1:] {
		status := StatusFailed
		if e.Kind == "data" {
			status = StatusRefused
		}
		line := fmt.Sprintf(`{"status":%q,"step":"s","version":"v","durations":{"total":1},`+
			`"error":{"code":%d,"kind":%q,"message":"m"}}`+"\n",
			status, e.Code, e.Kind)
		if err := checkResult([]byte(line)); err != nil {
			t.Errorf("%+v: %v", e, err)
		}
	}
	for _, wrong := range []string{
		`{}`, `[]`,
		`{"status":"done","step":"s","version":"v","durations":{}}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":-1}}`,
		`{"status":"fine","step":"s","version":"v","durations":{"total":1}}`,
		`{"status":"failed","step":"s","version":"v","durations":{"total":1}}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":1},"surprise":1}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":1},"day":"27.3.2026"}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":1},"details":"free"}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":1},"counts":{"reservation":{"received":1.5}}}`,
		`{"status":"done","step":"s","version":"v","durations":{"total":1},"error":{"code":65,"kind":"data","message":"m"}}`,
		`{"status":"failed","step":"s","version":"v","durations":{"total":1},"error":{"code":65,"kind":"data","message":"m"}}`,
		`{"status":"refused","step":"s","version":"v","durations":{"total":1},"error":{"code":64,"kind":"usage","message":"m"}}`,
		`{"status":"failed","step":"s","version":"v","durations":{"total":1},"error":{"code":1,"kind":"usage","message":"m"}}`,
	} {
		if checkResult([]byte(wrong+"\n")) == nil {
			t.Errorf("the schema lets through %s", wrong)
		}
	}
}
