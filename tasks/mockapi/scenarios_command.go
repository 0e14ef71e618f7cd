package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/step"
)

// scenariosCommand lists the built-in scenarios.
func scenariosCommand() step.Command {
	return step.Command{
		Name: "scenarios", Usage: "list the built-in scenarios",
		Description: "Each is a file in tasks/mockapi/scenarios, to start from for one of your own.",
		Run: func(context.Context, *cli.Context) (step.Result, error) {
			all, err := Scenarios()
			if err != nil {
				return step.Result{}, err
			}
			type item struct {
				Name  string `json:"name"`
				About string `json:"about"`
			}
			var items []item
			var text strings.Builder
			for _, s := range all {
				items = append(items, item{s.Name, s.About})
				fmt.Fprintf(&text, "%-24s %s\n", s.Name, s.About)
			}
			return step.Result{Status: step.StatusUnchanged, Details: items, Text: text.String()}, nil
		},
	}
}
