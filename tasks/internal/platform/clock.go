package platform

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"
)

// Clock is all that a client takes from time and chance. A nil field is the real thing.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // returns ctx's error when ctx ends first
	Float func() float64                                   // from [0,1), for jitter
	Name  func() string                                    // random, for the ids of requests
}

func (c Clock) orReal() Clock {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Float == nil {
		c.Float = mathrand.Float64
	}
	if c.Name == nil {
		c.Name = randomName
	}
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func randomName() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// idSource numbers the requests of one client where the platform does not.
type idSource struct {
	prefix string
	n      *atomic.Int64
}

func newIDs(prefix string, c Clock) idSource {
	return idSource{prefix: prefix + "-" + c.Name() + "-", n: new(atomic.Int64)}
}

func (s idSource) next() string { return s.prefix + strconv.FormatInt(s.n.Add(1), 10) }
