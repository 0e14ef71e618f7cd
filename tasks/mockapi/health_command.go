package main

import (
	"context"
	"net/http"
	"time"

	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/step"
)

// healthCommand asks a running server for /healthz: what a container of this program alone has for a health check.
func healthCommand() step.Command {
	return step.Command{
		Name: "health", Usage: "ask a running server whether it serves",
		Description: "For a container's health check. 0 where it does, 69 where it does not.",
		Flags:       []cli.Flag{step.StringFlag("url", "the server's `URL`", "http://127.0.0.1:8080", false)},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			return step.Result{Status: step.StatusUnchanged, Text: "it serves\n"}, healthy(ctx, c.String("url"))
		},
	}
}

func healthy(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
	if err != nil {
		return fault.New(fault.Usage, "give --url as http://127.0.0.1:8080", "ask for health: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fault.New(fault.Unavailable, "look at the server's log", "ask for health: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "look at the server's log", "%s answers %s", req.URL, res.Status)
	}
	return nil
}
