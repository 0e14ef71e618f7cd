package platform

import (
	"strconv"
	"sync/atomic"
)

// idSource numbers the requests of one client where the platform does not.
type idSource struct {
	prefix string
	n      *atomic.Int64
}

// newIDs returns ids that begin with prefix and a random name, which tells one client's from another's.
func newIDs(prefix, random string) idSource {
	return idSource{prefix: prefix + "-" + random + "-", n: new(atomic.Int64)}
}

func (s idSource) next() string { return s.prefix + strconv.FormatInt(s.n.Add(1), 10) }
