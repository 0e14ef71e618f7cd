//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	name, nth = parse(os.Getenv("COVERS_FAILPOINT"))
	hits      atomic.Int64
)

func parse(v string) (string, int64) {
	n, count, found := strings.Cut(v, ":")
	if !found {
		return n, 1
	}
	c, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic("COVERS_FAILPOINT: want name or name:count, got " + v)
	}
	return n, c
}

// Hit kills the process when it reaches the place that COVERS_FAILPOINT names, at its n-th time.
func Hit(place string) {
	if place != name || hits.Add(1) != nth {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}
