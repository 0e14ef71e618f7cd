package platform

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"covers/tasks/internal/fault"
)

// passingStatus reports whether an answer with this status may be another one in a while.
func passingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// passes reports whether an attempt that ended in err is worth another.
func (k *call) passes(ctx context.Context, err error) bool {
	var (
		broken *brokenError
		status *StatusError
		large  *TooLargeError
		known  *fault.Error
	)
	switch {
	case errors.As(err, &known), errors.As(err, &status), errors.As(err, &large):
		return false // said for good: known comes from asking for a token, which has attempts of its own
	case errors.As(err, &broken):
		return true
	}
	// What the library knows never to pass: a certificate that is not trusted, an impossible header.
	again, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	return again
}

// backoff is how long to wait after attempt (from 0) ended in err: doubling from WaitMin to WaitMax, half of it chance so
// that many callers do not come back together; and never less than the platform asked for.
func (c *Client) backoff(attempt int, err error) time.Duration {
	wait := c.set.WaitMax
	if attempt < 32 {
		wait = min(wait, c.set.WaitMin<<attempt)
	}
	if wait <= 0 {
		wait = c.set.WaitMax // the shift ran over
	}
	wait = wait/2 + time.Duration(c.machine.Float()*float64(wait/2))
	if status := (*StatusError)(nil); errors.As(err, &status) {
		wait = max(wait, status.Asked)
	}
	return wait
}

// asked reads Retry-After: seconds, or a date, which is compared with the answer's own Date where it has one, since our
// clock may differ. No header, an unreadable one and a date that has passed are 0.
func asked(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return max(0, time.Duration(min(seconds, 1e9))*time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, until.Sub(now))
}
