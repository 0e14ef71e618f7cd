package platform

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// passingStatus reports whether an answer with this status may be another one in a while.
func passingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented,
		http.StatusHTTPVersionNotSupported,
		http.StatusLoopDetected,
		http.StatusNetworkAuthenticationRequired:
		return false
	}
	return status >= 500
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
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && !math.IsNaN(seconds) {
		return time.Duration(max(0, min(seconds, 1e9)) * float64(time.Second))
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
