package step_test

import (
	"os"
	"strings"
	"testing"

	"covers/tasks/internal/step"
)

func TestDocumentationRepeatsTheExitCodes(t *testing.T) {
	page, err := os.ReadFile("../../../docs/steps.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), step.ExitsMarkdown()) {
		t.Errorf("docs/steps.md does not hold the table as it is:\n%s", step.ExitsMarkdown())
	}
}
