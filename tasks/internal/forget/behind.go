package forget

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"sync"

	"covers/tasks/internal/failpoint"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/warehouse"
)

// Emptied is what an erasure reached in a zone; in a dry run, what it would.
type Emptied struct {
	Objects int64 `json:"objects"` // that others took the place of
	Rows    int64 `json:"rows"`    // rows; in raw lines
	// VersionsKept are objects whose old versions are still there, since the credentials may not delete them.
	VersionsKept int64 `json:"versions_kept,omitempty"`
}

func (e *Emptied) add(other Emptied) {
	e.Objects += other.Objects
	e.Rows += other.Rows
	e.VersionsKept += other.VersionsKept
}

// zoneWork is the erasure of guests in one zone. It goes by the zone's manifests and the rows themselves, not by what the
// warehouse knows: so it reaches what was never loaded, and a second run finishes what a first one began.
type zoneWork struct {
	Zone
	Options
	guests map[warehouse.Subject]bool

	mu    sync.Mutex
	holds map[string]int64 // rows to empty, by object
	named map[string]bool  // the objects that a manifest names after the work
}

// manifestOf is a manifest as this work changes it.
type manifestOf[T lake.Manifest] struct {
	lake.Found[T]
	objects   func(*T) *[]lake.Object
	rewritten func(*T) **lake.Rewriting
}

// erase empties what names the guests in all objects of a zone. First come the new objects, then, in one step, the manifest
// that names them, and at last the old ones go, with their versions: so a reader sees a manifest's old objects or its new ones,
// and whoever is stopped anywhere finds by the manifest what is left to do.
func (w *zoneWork) erase(ctx context.Context) (Emptied, error) {
	w.holds, w.named = map[string]int64{}, map[string]bool{}
	switch w.Name {
	case Staging:
		return eraseAll(ctx, w, func(m *lake.Result) *[]lake.Object { return &m.Objects },
			func(m *lake.Result) **lake.Rewriting { return &m.Rewritten })
	case Processed:
		return eraseAll(ctx, w, func(m *lake.Processed) *[]lake.Object { return &m.Objects },
			func(m *lake.Processed) **lake.Rewriting { return &m.Rewritten })
	case Raw:
		return eraseAll(ctx, w, func(m *lake.Reading) *[]lake.Object { return &m.Objects },
			func(m *lake.Reading) **lake.Rewriting { return &m.Rewritten })
	}
	return Emptied{}, fault.New(fault.Defect, "report it", "there is no zone %q to erase in", w.Name)
}

func eraseAll[T lake.Manifest](
	ctx context.Context, w *zoneWork, objects func(*T) *[]lake.Object, rewritten func(*T) **lake.Rewriting,
) (out Emptied, err error) {
	var keys []string
	for e, err := range w.List(ctx, "") {
		if err != nil {
			return out, err
		}
		if lake.IsManifestKey(e.Key) {
			keys = append(keys, e.Key)
		}
	}
	found := make([]*manifestOf[T], len(keys))
	err = lake.AtOnce(len(keys), func(i int) error {
		f, err := lake.Read[T](ctx, w.Zone.Zone, keys[i])
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has expired since
		}
		if err != nil {
			return err
		}
		found[i] = &manifestOf[T]{f, objects, rewritten}
		return w.scan(ctx, *objects(&f.Manifest))
	})
	if err != nil {
		return out, err
	}
	for _, rows := range w.holds {
		if rows > 0 {
			out.add(Emptied{Objects: 1, Rows: rows})
		}
	}
	if w.DryRun {
		return out, nil
	}
	made := map[string][]lake.Object{}
	for _, f := range found {
		if f != nil {
			if err := f.rewrite(ctx, w, made); err != nil {
				return out, err
			}
		}
	}
	for _, f := range found {
		if f != nil {
			kept, err := f.purge(ctx, w)
			out.VersionsKept += kept
			if err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// scan counts the rows to empty in objects. Each object is read once, however many manifests name it.
func (w *zoneWork) scan(ctx context.Context, objects []lake.Object) error {
	for _, o := range objects {
		if o.Kind != reservation.KindReservation && o.Kind != reservation.KindCustomer {
			continue // of the other kinds no row has more than an id
		}
		w.mu.Lock()
		_, known := w.holds[o.Key]
		w.holds[o.Key] += 0
		w.mu.Unlock()
		if known || o.Records == 0 {
			continue
		}
		rows, err := w.count(ctx, o)
		if errors.Is(err, fs.ErrNotExist) {
			continue // there is nothing to erase in it; what is missing is verify's to say
		}
		if err != nil {
			return err
		}
		w.mu.Lock()
		w.holds[o.Key] = rows
		w.mu.Unlock()
	}
	return nil
}

// rewrite puts new objects in the place of those of a manifest that hold a guest. made are the new ones, by the old one's key.
func (f *manifestOf[T]) rewrite(ctx context.Context, w *zoneWork, made map[string][]lake.Object) error {
	m := f.Manifest
	was := *f.objects(&m)
	objects, replaced, rows := []lake.Object{}, []string{}, int64(0)
	for _, o := range was {
		if w.holds[o.Key] == 0 {
			objects = append(objects, o)
			w.named[o.Key] = true
			continue
		}
		if made[o.Key] == nil {
			others, err := w.remake(ctx, o)
			if err != nil {
				return err
			}
			made[o.Key] = others
		}
		objects, replaced, rows = append(objects, made[o.Key]...), append(replaced, o.Key), rows+w.holds[o.Key]
		for _, other := range made[o.Key] {
			w.named[other.Key] = true
		}
	}
	if len(replaced) == 0 {
		return nil
	}
	failpoint.Hit("forget/objects-stored")
	r := lake.Rewriting{First: f.SHA256, At: w.now(), Rows: rows, Replaced: replaced}
	if before := *f.rewritten(&m); before != nil {
		r.Rows += before.Rows
		r.Replaced = append(slices.Clone(before.Replaced), replaced...)
	}
	*f.objects(&m), *f.rewritten(&m) = objects, &r
	f.Manifest = m
	err := lake.Rewrite(ctx, w.Zone.Zone, f.Found, m)
	failpoint.Hit("forget/manifest-stored")
	return err
}

// purge removes the objects that others took the place of, and says in the manifest that it is done.
func (f *manifestOf[T]) purge(ctx context.Context, w *zoneWork) (kept int64, err error) {
	m := f.Manifest
	r := *f.rewritten(&m)
	if r == nil || len(r.Replaced) == 0 {
		return 0, nil
	}
	for _, key := range r.Replaced {
		if w.named[key] {
			continue
		}
		one, err := w.Purge(ctx, key)
		if err != nil {
			return kept, err
		}
		if one {
			kept++
		}
		failpoint.Hit("forget/object-purged")
	}
	done := *r
	done.Replaced = []string{}
	*f.rewritten(&m) = &done
	return kept, lake.Rewrite(ctx, w.Zone.Zone, f.Found, m)
}

// count returns how many rows of an object name one of the guests.
func (w *zoneWork) count(ctx context.Context, o lake.Object) (rows int64, err error) {
	switch {
	case w.Name == Raw:
		return w.countLines(ctx, o)
	case o.Kind == reservation.KindCustomer:
		return countRows(ctx, w, o, w.ofCustomer)
	}
	return countRows(ctx, w, o, w.ofReservation)
}

// remake makes an object anew, without what names the guests.
func (w *zoneWork) remake(ctx context.Context, o lake.Object) ([]lake.Object, error) {
	switch {
	case w.Name == Raw:
		return w.remakeLines(ctx, o)
	case o.Kind == reservation.KindCustomer:
		return remakeRows(ctx, w, o, w.ofCustomer, (*reservation.Customer).Erase)
	}
	return remakeRows(ctx, w, o, w.ofReservation, (*reservation.Reservation).Erase)
}

func (w *zoneWork) ofCustomer(c *reservation.Customer) bool {
	return !c.Erased() && w.guests[warehouse.Subject{Platform: c.Platform, CustomerID: c.CustomerID}]
}

func (w *zoneWork) ofReservation(r *reservation.Reservation) bool {
	return r.CustomerID != nil && w.guests[warehouse.Subject{Platform: r.Platform, CustomerID: *r.CustomerID}]
}

func countRows[T any](ctx context.Context, w *zoneWork, o lake.Object, of func(*T) bool) (rows int64, err error) {
	err = parquetrows.Read(ctx, w.Zone.Zone, o, func(batch []T) error {
		for i := range batch {
			if of(&batch[i]) {
				rows++
			}
		}
		return nil
	})
	return rows, err
}

func remakeRows[T any](
	ctx context.Context, w *zoneWork, o lake.Object, of func(*T) bool, erase func(*T),
) ([]lake.Object, error) {
	out := parquetrows.NewWriter[T](w.Begin(w.Machine.Now), o.Kind, path.Dir(o.Key)+"/")
	defer out.Abort()
	err := parquetrows.Read(ctx, w.Zone.Zone, o, func(batch []T) error {
		for i := range batch {
			if of(&batch[i]) {
				erase(&batch[i])
			}
		}
		return out.Write(batch)
	})
	if err != nil {
		return nil, err
	}
	return out.Close(ctx, nil)
}
