package mockapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"covers/tasks/internal/fault"
)

// route is one of the server's paths, as the log and the metrics call it.
type route struct {
	name  string
	codes [600]atomic.Int64 // replies by status
	bytes atomic.Int64
}

func (r *route) count(status int, bytes int64) {
	if status == 0 {
		return // nothing was answered
	}
	r.codes[status].Add(1)
	r.bytes.Add(bytes)
}

// metrics writes the counts in the text form that Prometheus reads.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprintln(w, "# TYPE covers_mockapi_replies_total counter")
	for _, r := range s.routes {
		for code := range r.codes {
			if n := r.codes[code].Load(); n > 0 {
				fmt.Fprintf(w, "covers_mockapi_replies_total{route=%q,status=\"%d\"} %d\n", r.name, code, n)
			}
		}
	}
	fmt.Fprintln(w, "# TYPE covers_mockapi_reply_bytes_total counter")
	for _, r := range s.routes {
		fmt.Fprintf(w, "covers_mockapi_reply_bytes_total{route=%q} %d\n", r.name, r.bytes.Load())
	}
	fmt.Fprintln(w, "# TYPE covers_mockapi_records gauge")
	for _, sh := range s.shelves {
		fmt.Fprintf(w, "covers_mockapi_records{platform=%q,kind=%q,restaurants=%q} %d\n", sh.platform, sh.kind,
			list(sh.restaurants), len(sh.view.Load().entries))
	}
	s.hostile.metrics(w)
	s.pushing.metrics(w)
}

func list(numbers []int64) string {
	out := ""
	for i, n := range slices.Sorted(slices.Values(numbers)) {
		if i > 0 {
			out += ","
		}
		out += fmt.Sprint(n)
	}
	return out
}

// healthz answers that the server serves.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

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
