package reading

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/platform/platformtest"
	"covers/tasks/internal/thefork"
)

// filled is a rig with five records in each list.
func filled(t *testing.T, src string) *rig {
	r := newRig(t, src)
	r.o.Source.Access.PageSize, r.o.Rotate = 2, Rotation{Bytes: 1 << 30, Lines: 1}
	r.fake.Lists[opentable.ReservationsPath] = platformtest.OpenTableRecords(5)
	r.fake.Lists[opentable.GuestsPath] = platformtest.OpenTableRecords(5)
	r.fake.Lists[thefork.ReservationsPath] = platformtest.TheForkRecords(5)
	r.fake.Lists[thefork.CustomersPath] = platformtest.TheForkRecords(5)
	return r
}

// With every budget below what is needed nothing is published and nothing is left; with exactly what is needed, all is.
func TestRequestsAllowed(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101", "thefork/group-main"} {
		out := mustRun(t, filled(t, src))
		need := out.Reading.Requests + out.Reading.TokenRequests
		for n := int64(1); n <= need; n++ {
			r := filled(t, src)
			r.o.MaxRequests, r.o.InFlight = n, 1
			out, err := r.run(t, t.Context())
			if n == need {
				if err != nil {
					t.Errorf("%s with %d requests: %v", src, n, err)
				}
				continue
			}
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "requests allowed are used up in sweep") ||
				len(r.left(t)) != 0 {
				t.Errorf("%s with %d requests: left %q: %v", src, n, r.left(t), err)
			}
			if asked, tokens := r.fake.Asked(); int64(len(asked)+tokens) != n || out.Stats.Requests+out.Stats.TokenRequests != n {
				t.Errorf("%s: %d requests and %d tokens, allowed %d", src, len(asked), tokens, n)
			}
		}
	}
}

func TestTimeAllowed(t *testing.T) {
	for name, test := range map[string]struct {
		allowed time.Duration
		fault   platformtest.Fault
		say     string
	}{
		"a call that hangs": {
			50 * time.Millisecond, platformtest.Fault{Hang: true},
			"the 50ms allowed are used up in sweep 1 of reservation, after 2 requests",
		},
		"a wait that is too long": {
			time.Minute, platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "61"}},
			"1m0s ends in sweep 1 of reservation, after 2 requests",
		},
	} {
		for _, src := range []string{"opentable/101", "thefork/101"} {
			r := filled(t, src)
			r.o.MaxDuration, r.o.InFlight = test.allowed, 1
			r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
				if n == 2 {
					return test.fault
				}
				return platformtest.Fault{}
			}
			began := time.Now()
			_, err := r.run(t, t.Context())
			if fault.KindOf(err) != fault.Temporary || !strings.Contains(err.Error(), test.say) || len(r.left(t)) != 0 {
				t.Errorf("%s, %s: left %q: %v", name, src, r.left(t), err)
			}
			if time.Since(began) > 30*time.Second {
				t.Errorf("%s, %s: took %s", name, src, time.Since(began))
			}
		}
	}
	r := filled(t, "opentable/101")
	r.o.MaxDuration = time.Hour
	mustRun(t, r)
}

// The time allowed is the machine's: waits that add up to more than it end the reading, though no real time passed.
func TestWaitsAddUp(t *testing.T) {
	r := filled(t, "opentable/101")
	r.o.MaxDuration = time.Minute
	r.fake.Before = func(n int, _ *http.Request) platformtest.Fault {
		if n <= 2 {
			return platformtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "40"}}
		}
		return platformtest.Fault{}
	}
	_, err := r.run(t, t.Context())
	if fault.KindOf(err) != fault.Temporary || !strings.Contains(err.Error(), "1m0s ends in sweep 1 of reservation") ||
		len(r.left(t)) != 0 {
		t.Errorf("left %q: %v", r.left(t), err)
	}
}
