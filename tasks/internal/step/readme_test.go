package step_test

import (
	"os"
	"strings"
	"testing"

	"covers/tasks/internal/step"
)

func TestReadmeRepeatsTheExitCodes(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), step.ExitsMarkdown()) {
		t.Errorf("README.md does not hold the table as it is:\n%s", step.ExitsMarkdown())
	}
}
