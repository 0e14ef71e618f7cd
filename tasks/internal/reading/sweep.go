package reading

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/rs/zerolog"

	"covers/tasks/internal/lake"
)

// Swept is how a list was read.
type Swept struct {
	Sweeps int
	Stable bool // it stood still
}

// Sweep sweeps one list until it stands still, and keeps what it found. Lists of one kind may follow each other: what an
// earlier one had is not kept again.
//
// Paging by number skips records while others leave the pages before them, so one way through a list is not enough. A list
// stands still when a sweep added nothing and met the same entries, each as often, as the sweep before. Then no entry left
// its place behind the reader's back during the earlier of the two (the later would have missed it, or met it twice), so
// the earlier one skipped nothing.
func (w *Work) Sweep(ctx context.Context, l List) (Swept, error) {
	s := w.sinks[l.Kind]
	s.listing.begin()
	s.total = 0
	ctx, cancel := w.within(ctx)
	defer cancel()
	var out Swept
	for out.Sweeps < w.o.MaxSweeps && !out.Stable {
		out.Sweeps++
		w.now = purpose{l.Kind, out.Sweeps}
		err := l.sweep(withPurpose(ctx, l.Kind, out.Sweeps), s)
		if err == nil {
			err = w.log.failed()
		}
		if err != nil {
			return out, w.spent(ctx, err)
		}
		added, entries := s.listing.added, s.listing.current.entries
		out.Stable = s.listing.endSweep()
		zerolog.Ctx(ctx).Info().Str("kind", l.Kind).Int("sweep", out.Sweeps).Int64("entries", entries).Int64("added", added).
			Bool("stable", out.Stable).Msg("sweep")
	}
	w.manifest.Sweeps = max(w.manifest.Sweeps, out.Sweeps)
	w.manifest.Stable = w.manifest.Stable && out.Stable
	return out, nil
}

// key stands for an entry in memory: 128 bits of a SHA-256, so that two entries never meet by chance or by design.
type key [16]byte

func keyOf(b []byte) (k key) {
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}

// listing counts a list's entries over all sweeps, and knows which are there already.
type listing struct {
	counts lake.RawCounts
	seen   *seen

	idle            int64 // entries in a row that were met before
	added           int64 // lines in raw, by the current sweep
	current, before fingerprint
	sweeps          int
}

// fingerprint is equal for sweeps that met the same entries, each as often, in whatever order.
type fingerprint struct {
	entries   int64
	low, high uint64 // sum of the keys, a word at a time
}

// list counts an entry and reports whether it is new. A new one counts as received, unless gone takes that back.
func (t *listing) list(k key) (isNew bool, err error) {
	t.counts.Listed++
	t.current.entries++
	t.current.low += binary.LittleEndian.Uint64(k[:8])
	t.current.high += binary.LittleEndian.Uint64(k[8:])
	if isNew, err = t.seen.add(k); err != nil {
		return false, err
	}
	if !isNew {
		t.counts.Repeated++
		t.idle++
		return false, nil
	}
	t.idle = 0
	t.counts.Received++
	t.added++
	return true, nil
}

// gone notes that the entry, listed n times in a row, is not there: the next sweep that lists it asks again.
func (t *listing) gone(k key, n int64) error {
	t.counts.Received--
	t.added--
	t.counts.Repeated -= n - 1
	t.counts.Gone += n
	return t.seen.remove(k)
}

// unread notes that an entry just counted as received, and listed n times in a row, could not be had.
func (t *listing) unread(n int64) {
	t.counts.Received--
	t.counts.Repeated -= n - 1
	t.counts.Unread += n
}

// known notes that an entry just counted as received is not kept: it is there already.
func (t *listing) known() {
	t.counts.Received--
	t.added--
	t.counts.Repeated++
}

// asked counts an id that is asked for. It counts as received, unless known or absent takes that back.
func (t *listing) asked() {
	t.counts.Listed++
	t.counts.Received++
	t.added++
}

// absent notes that the id just asked for is not there.
func (t *listing) absent() {
	t.counts.Received--
	t.counts.Absent++
}

// begin begins another list.
func (t *listing) begin() {
	t.sweeps, t.added = 0, 0
	t.current, t.before = fingerprint{}, fingerprint{}
}

// endSweep reports whether the list stood still.
func (t *listing) endSweep() bool {
	still := t.sweeps > 0 && t.added == 0 && t.current == t.before
	t.sweeps++
	t.before, t.current, t.added, t.idle = t.current, fingerprint{}, 0, 0
	return still
}
