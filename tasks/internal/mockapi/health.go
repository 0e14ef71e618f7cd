package mockapi

import (
	"context"
	"net/http"
	"time"

	"covers/tasks/internal/fault"
)

// Health asks the server at a URL for /healthz. It returns an error where the server does not serve.
func Health(ctx context.Context, base string) error {
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
