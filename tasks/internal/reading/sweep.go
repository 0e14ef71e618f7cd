package reading

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
)

// read sweeps one list until it stands still, and keeps what it found. It gives the number of sweeps.
//
// Paging by number skips records while others leave the pages before them, so one way through a list is not enough. A list
// stands still when a sweep added nothing and met the same entries, each as often, as the sweep before. Then no entry left
// its place behind the reader's back during the earlier of the two (the later would have missed it, or met it twice), so
// the earlier one skipped nothing.
func (r *reading) read(ctx context.Context, l list) (sweeps int, err error) {
	s := &sink{
		tally:   newTally(),
		objects: &objects{attempt: r.attempt, prefix: lake.ReadingPrefix(r.id), kind: l.kind, rotate: r.o.Rotate},
		report:  func(done, total int64) { r.o.Progress(r.received+done, total) },
	}
	defer func() {
		s.objects.abort()
		// Also what a failed reading stored: takeBack must know it.
		r.manifest.Objects = slices.Concat(r.manifest.Objects, s.objects.done)
	}()
	stable := false
	for sweeps < r.o.MaxSweeps && !stable {
		sweeps++
		if err := l.sweep(ctx, s); err != nil {
			return sweeps, err
		}
		added, entries := s.tally.added, s.tally.current.entries
		stable = s.tally.endSweep()
		zerolog.Ctx(ctx).Info().Str("kind", l.kind).Int("sweep", sweeps).Int64("entries", entries).Int64("added", added).
			Bool("stable", stable).Msg("sweep")
	}
	if err := s.objects.finish(ctx); err != nil {
		return sweeps, err
	}
	r.received += s.tally.counts.Received
	r.manifest.Counts[l.kind] = s.tally.counts
	r.manifest.Sweeps = max(r.manifest.Sweeps, sweeps)
	r.manifest.Stable = r.manifest.Stable && stable
	return sweeps, nil
}

// key stands for an entry in memory: 128 bits of a SHA-256, so that two entries never meet by chance or by design.
type key [16]byte

func keyOf(b []byte) (k key) {
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}

// tally counts a list's entries over all sweeps, and knows which are there already. It holds 16 bytes an entry.
type tally struct {
	counts lake.RawCounts
	seen   map[key]struct{}

	added           int64 // lines in raw, by the current sweep
	current, before fingerprint
	sweeps          int
}

// fingerprint is equal for sweeps that met the same entries, each as often, in whatever order.
type fingerprint struct {
	entries   int64
	low, high uint64 // sum of the keys, a word at a time
}

func newTally() *tally { return &tally{seen: map[key]struct{}{}} }

// list counts an entry and says whether it is new. A new one counts as received, unless gone takes that back.
func (t *tally) list(k key) (isNew bool) {
	t.counts.Listed++
	t.current.entries++
	t.current.low += binary.LittleEndian.Uint64(k[:8])
	t.current.high += binary.LittleEndian.Uint64(k[8:])
	if _, ok := t.seen[k]; ok {
		t.counts.Repeated++
		return false
	}
	t.seen[k] = struct{}{}
	t.counts.Received++
	t.added++
	return true
}

// gone says that the entry, listed n times in a row, is not there: the next sweep that lists it asks again.
func (t *tally) gone(k key, n int64) {
	delete(t.seen, k)
	t.counts.Received--
	t.added--
	t.counts.Repeated -= n - 1
	t.counts.Gone += n
}

// endSweep says whether the list stood still.
func (t *tally) endSweep() bool {
	still := t.sweeps > 0 && t.added == 0 && t.current == t.before
	t.sweeps++
	t.before, t.current, t.added = t.current, fingerprint{}, 0
	return still
}
