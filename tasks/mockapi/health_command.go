package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/mockapi"
	"covers/tasks/internal/step"
)

// healthCommand asks a running server for /healthz: what a container of this program alone has for a health check.
func healthCommand() step.Command {
	return step.Command{
		Name: "health", Usage: "ask a running server whether it serves",
		Description: "For a container's health check. 0 where it does, 69 where it does not.",
		Flags:       []cli.Flag{step.StringFlag("url", "the server's `URL`", "http://127.0.0.1:8080", false)},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			return step.Result{Status: step.StatusUnchanged, Text: "it serves\n"}, mockapi.Health(ctx, c.String("url"))
		},
	}
}
