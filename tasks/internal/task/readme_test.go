package task_test

import (
	"os"
	"strings"
	"testing"

	"covers/tasks/internal/task"
)

func TestReadmeRepeatsTheExitCodes(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), task.ExitsMarkdown()) {
		t.Errorf("README.md does not hold the table as it is:\n%s", task.ExitsMarkdown())
	}
}
