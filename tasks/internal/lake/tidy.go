package lake

import (
	"context"
	"iter"
	"path"
	"strings"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// ReceiptPrefix begins the keys of receipts: what was found or done, for people. No manifest names them, and they are not
// tidied.
const ReceiptPrefix = "receipts/"

// PagePrefix begins the keys of pages for people, in the processed zone: what report draws of days. No manifest names them, they
// are not tidied, and alone of all objects they may change (PutPage).
const PagePrefix = "reports/"

// Named returns the keys of all objects that a zone's manifests name. A manifest that cannot be read, or is of a newer
// version, is an error: what it names is not known. The raw, staging and processed zones are meant, no others.
func Named(ctx context.Context, z *Zone) (map[string]bool, error) {
	named := map[string]bool{}
	for e, err := range z.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		if !IsManifestKey(e.Key) {
			continue
		}
		objects, err := objectsOf(ctx, z, e.Key)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			named[o.Key] = true
		}
	}
	return named, nil
}

// IsManifestKey reports whether a key of a zone's is that of a manifest, and not of settings, a receipt or a page.
func IsManifestKey(key string) bool {
	return strings.HasSuffix(key, ".json") && !strings.HasPrefix(key, "_") && !strings.HasPrefix(key, ReceiptPrefix) &&
		!strings.HasPrefix(key, PagePrefix)
}

// objectsOf reads a manifest of whatever zone. The key's form tells which.
func objectsOf(ctx context.Context, z *Zone, key string) ([]Object, error) {
	switch parts := strings.Count(key, "/"); {
	case path.Base(key) == "manifest.json":
		f, err := Read[Reading](ctx, z, key)
		return f.Manifest.objects(), err
	case parts == 5:
		f, err := Read[Result](ctx, z, key)
		return f.Manifest.objects(), err
	case parts == 1:
		f, err := Read[Processed](ctx, z, key)
		return f.Manifest.objects(), err
	}
	return nil, fault.New(fault.Data, "remove it, if it is not yours", "read manifest %s: its key is not that of a manifest",
		z.at(key))
}

// Orphans returns the data objects that no manifest names and that were stored before a time: what attempts left that never
// published. Attempts under way store objects first, so leave them a week. An error ends it.
func Orphans(ctx context.Context, z *Zone, before time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		named, err := Named(ctx, z)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for e, err := range z.List(ctx, "") {
			if err == nil && (named[e.Key] || !e.ModTime.Before(before) || !isObjectKey(e.Key)) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// isObjectKey knows keys of the form <prefix><kind>-<sha256>.<ext>: nothing else is ever tidied.
func isObjectKey(key string) bool {
	_, rest, found := strings.Cut(path.Base(key), "-")
	sum, ext, dot := strings.Cut(rest, ".")
	return found && dot && isHex(sum, 64) && ext != ""
}

// DeleteOrphan deletes an orphan, unless an attempt has stored it anew since it was listed. It reports whether it did.
func (z *Zone) DeleteOrphan(ctx context.Context, e Entry, before time.Time) (bool, error) {
	now, err := z.store.Stat(ctx, e.Key)
	if store.IsMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, z.explain(ctx, "look at", e.Key, err)
	}
	if !now.ModTime.Before(before) {
		return false, nil
	}
	return true, z.Delete(ctx, e.Key)
}

// Purge deletes a data object with all the versions that its store keeps, so that nothing brings it back. A missing one is fine.
// Where the credentials may not delete versions, kept is true: they are there until the bucket's own rule ends them.
func (z *Zone) Purge(ctx context.Context, key string) (kept bool, err error) {
	if err := store.CheckKey(key); err != nil {
		return false, err
	}
	if !isObjectKey(key) {
		return false, fault.New(fault.Defect, "", "purge %s: it is no data object", z.at(key))
	}
	kept, err = z.store.Purge(ctx, key)
	return kept, z.explain(ctx, "purge", key, err)
}

// Sweep removes what killed programs left on its way into the zone before a time, and counts it. Only a zone on a file
// system without unnamed files has such things.
func (z *Zone) Sweep(ctx context.Context, before time.Time) (int, error) {
	n, err := z.store.Sweep(ctx, before)
	return n, z.explain(ctx, "sweep", "", err)
}
