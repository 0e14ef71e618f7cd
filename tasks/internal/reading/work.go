package reading

import (
	"context"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/platform"
)

// Work is one reading under way: lists are swept, ids are asked for, and what comes is written down. Publish makes a reading
// of it. It is for one goroutine.
type Work struct {
	o        Options
	api      api
	log      *requestLog
	id       lake.ReadingID
	attempt  *lake.Attempt
	manifest lake.Reading
	sinks    map[string]*sink // by kind

	deadline  time.Time // of the time allowed; zero: none
	now       purpose   // what is being read, for the error that ends it
	received  int64     // lines of the kinds that are finished, for the progress
	published bool      // perhaps: from here on nothing may be taken back
}

// Begin begins a reading of a day. TakeBack must follow.
func (r *Reader) Begin(day, by string, window Window) *Work {
	o := r.o
	now := o.Machine.Now
	started := now().UTC().Truncate(time.Millisecond)
	id := lake.NewReadingID(o.Source.ID, day, by, started, o.Machine.Name(4))
	w := &Work{
		o: o, api: r.api, log: r.log, id: id, attempt: o.Raw.Begin(now), sinks: map[string]*sink{},
		manifest: lake.Reading{
			Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
			StartedAt: started, WindowFrom: window.From, WindowTo: window.To,
			Stable: true, Counts: map[string]lake.RawCounts{}, Objects: []lake.Object{}, Program: o.Program,
		},
	}
	if o.MaxDuration > 0 {
		w.deadline = now().Add(o.MaxDuration)
	}
	scratch := func() (*lake.Scratch, error) { return o.Raw.NewScratch(context.Background()) }
	for _, kind := range o.Source.Kinds {
		w.sinks[kind] = &sink{
			kind: kind, listing: &listing{seen: newSeen(o.InMemory, scratch)}, objects: w.objects(kind), keep: o.Keep,
			report: func(done, total int64) { o.Progress(w.received+done, total) },
		}
	}
	w.log.objects = w.objects(lake.KindRequest)
	return w
}

func (w *Work) objects(kind string) *objects {
	return &objects{attempt: w.attempt, prefix: lake.ReadingPrefix(w.id), kind: kind, rotate: w.o.Rotate}
}

// Reading returns the manifest as far as it is known: whole once it is published.
func (w *Work) Reading() lake.Reading { return w.manifest }

// Lines returns how many lines were written: records, ids that are absent, and what was not read.
func (w *Work) Lines() (n int64) {
	n = w.received
	for _, s := range w.sinks {
		n += s.done
	}
	return n
}

// finish stores what is left of a kind, and frees the memory that its sweeps took.
func (w *Work) finish(ctx context.Context, kind string) error {
	s := w.sinks[kind]
	if err := s.objects.finish(ctx); err != nil {
		return err
	}
	s.objects.zip = nil
	s.listing.seen.drop()
	w.received += s.done
	s.done = 0
	return nil
}

// Publish counts once more, from what was written, names it all in the manifest, and returns its key.
func (w *Work) Publish(ctx context.Context) (key string, err error) {
	for _, kind := range w.o.Source.Kinds {
		if err := w.finish(ctx, kind); err != nil {
			return "", err
		}
		w.manifest.Counts[kind] = w.sinks[kind].listing.counts
		w.manifest.Objects = append(w.manifest.Objects, w.sinks[kind].objects.done...)
	}
	if err := w.log.finish(ctx); err != nil {
		return "", err
	}
	stats := w.api.Stats()
	w.manifest.Requests, w.manifest.TokenRequests, w.manifest.RequestLog = stats.Requests, stats.TokenRequests, w.log.objects.done
	if err := w.balanced(); err != nil {
		return "", err
	}
	w.manifest.FinishedAt = w.o.Machine.Now().UTC().Truncate(time.Millisecond)
	key = lake.ManifestKey(w.id)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	failpoint.Hit("extract/before-publish")
	w.published = true
	won, err := w.attempt.Publish(ctx, key, w.manifest)
	switch {
	case err != nil:
		return "", err
	case !won:
		return "", fault.New(fault.Temporary, "run again", "publish %s: there is a reading of this name already", w.id)
	}
	zerolog.Ctx(ctx).Info().Str("manifest", key).Bool("stable", w.manifest.Stable).Msg("reading published")
	return key, nil
}

// balanced compares what was counted with what was written.
func (w *Work) balanced() error {
	lines := map[string]int64{}
	for _, object := range slices.Concat(w.manifest.Objects, w.manifest.RequestLog) {
		lines[object.Kind] += object.Records
	}
	for kind, c := range w.manifest.Counts {
		if c.Listed != c.Received+c.Repeated+c.Gone+c.Absent+c.Unread || c.Received+c.Absent+c.Unread != lines[kind] {
			return fault.New(fault.Defect, "report it",
				"publish %s: the counts of %s do not balance: "+
					"listed %d, received %d, repeated %d, gone %d, absent %d, unread %d, written %d",
				w.id, kind, c.Listed, c.Received, c.Repeated, c.Gone, c.Absent, c.Unread, lines[kind])
		}
	}
	if sent := w.manifest.Requests + w.manifest.TokenRequests; sent != lines[lake.KindRequest] {
		return fault.New(fault.Defect, "report it",
			"publish %s: %d requests were sent, and %d written down", w.id, sent, lines[lake.KindRequest])
	}
	return nil
}

// Stats returns what was sent so far.
func (w *Work) Stats() platform.Stats { return w.api.Stats() }

// TakeBack removes the objects of a reading that was not published. Their keys hold the reading's id, so they are nobody
// else's. What it cannot remove in a second is left to `care tidy`, which finds that no manifest names it.
func (w *Work) TakeBack(ctx context.Context) {
	var stored []lake.Object
	all := []*objects{w.log.objects}
	for _, s := range w.sinks {
		all = append(all, s.objects)
		s.listing.seen.drop()
	}
	for _, o := range all {
		o.abort()
		stored = append(stored, o.done...)
	}
	if w.published || len(stored) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for i, object := range stored {
		if err := w.o.Raw.Delete(ctx, object.Key); err != nil {
			zerolog.Ctx(ctx).Warn().Str("reading", w.id.String()).Int("objects", len(stored)-i).Msg("left for care tidy")
			return
		}
	}
}
