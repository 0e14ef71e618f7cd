package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
)

// MaxAge is how old an attempt may be when it publishes. Tidying spares what is younger than a week, so what an attempt
// stored is still there when its manifest names it.
const MaxAge = 24 * time.Hour

// Attempt is one try of a step to publish something. Its objects come first (NewObject, Commit), then one manifest that
// names them (Publish). An attempt that ends before that leaves nothing that a reader sees.
type Attempt struct {
	zone    *Zone
	started time.Time
	now     func() time.Time
}

// Begin begins an attempt. now tells the time, when it begins and when it publishes.
func (z *Zone) Begin(now func() time.Time) *Attempt {
	return &Attempt{zone: z, started: now(), now: now}
}

// Publish stores a manifest, as indented JSON, under a key that names what it was derived from. The first one wins: won is
// false, and the error nil, when there is a manifest of that name; read it and go on from there.
//
// Refused are a manifest whose counts do not balance or whose objects are not all in the zone (data fault), and an attempt
// older than MaxAge (temporary fault: a retry is a new attempt).
func (a *Attempt) Publish(ctx context.Context, key string, m Manifest) (won bool, err error) {
	if age := a.now().Sub(a.started); age > MaxAge {
		return false, fault.New(fault.Temporary, "run it again",
			"publish %s: this attempt began %s ago, and none older than %s may publish",
			a.zone.at(key), age.Round(time.Second), MaxAge)
	}
	if problems := m.problems(key); len(problems) > 0 {
		return false, refuseManifest("publish", a.zone.at(key), "this is a defect of the step that counted", problems)
	}
	if err := a.zone.whole(ctx, key, m.objects()); err != nil {
		return false, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return false, fault.New(fault.Defect, "", "publish %s: %w", a.zone.at(key), err)
	}
	failpoint.Hit("lake/manifest-before")
	err = a.zone.Create(ctx, key, bytes.NewReader(append(text, '\n')))
	failpoint.Hit("lake/manifest-stored")
	if errors.Is(err, ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Rewrite stores a manifest in place of the one that was read, in one step: a reader has the old one or the new one, whole. It is
// for an erasure on demand alone, which changes a manifest's objects and nothing else: the new one must say that it is rewritten,
// and under which name others know it. Its objects must be there. An old object is the caller's to purge.
func Rewrite[T Manifest](ctx context.Context, z *Zone, was Found[T], m T) error {
	if r := m.rewritten(); r == nil || r.First != was.SHA256 {
		return fault.New(fault.Defect, "", "rewrite %s: it does not say what it was", z.at(was.Key))
	}
	if problems := m.problems(was.Key); len(problems) > 0 {
		return refuseManifest("rewrite", z.at(was.Key), "this is a defect of what rewrites it", problems)
	}
	if err := z.whole(ctx, was.Key, m.objects()); err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fault.New(fault.Defect, "", "rewrite %s: %w", z.at(was.Key), err)
	}
	return z.explain(ctx, "rewrite", was.Key, z.store.Replace(ctx, was.Key, bytes.NewReader(append(text, '\n'))))
}

// whole reports whether the objects are all there, at their size.
func (z *Zone) whole(ctx context.Context, manifest string, objects []Object) error {
	return AtOnce(len(objects), func(i int) error {
		o := objects[i]
		e, err := z.Stat(ctx, o.Key)
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.Size != o.Bytes {
			return fault.New(fault.Data, "run it again", "publish %s: object %s is missing or of another size than %d bytes",
				z.at(manifest), o.Key, o.Bytes)
		}
		return err
	})
}
