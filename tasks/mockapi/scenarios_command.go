package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/mockapi/scenario"
	"covers/tasks/internal/step"
)

// scenariosCommand lists the built-in scenarios.
func scenariosCommand() step.Command {
	return step.Command{
		Name: "scenarios", Usage: "list the built-in scenarios",
		Description: "Each is a file in tasks/internal/mockapi/scenario/builtin, to start from for one of your own.",
		Run: func(context.Context, *cli.Context) (step.Result, error) {
			all, err := scenario.BuiltIn()
			return scenariosResult(all), err
		},
	}
}

// listed is a scenario in the result's details.
type listed struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

func scenariosResult(all []scenario.Scenario) step.Result {
	var items []listed
	var text strings.Builder
	for _, s := range all {
		items = append(items, listed{s.Name, s.About})
		fmt.Fprintf(&text, "%-24s %s\n", s.Name, s.About)
	}
	return step.Result{Status: step.StatusUnchanged, Details: items, Text: text.String()}
}
