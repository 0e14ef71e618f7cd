// Package lake keeps the files of the pipeline: zones, the readings and results in them, and how they are published.
//
// A zone is a place named by a URL. Objects in it are created once and never changed, but for the pages that PutPage stores and
// the manifests that an erasure on demand stores again (Rewrite).
// Data objects carry the SHA-256 of their bytes in their key; a manifest, written last and by the first one who gets there,
// names the data objects that belong together. What no manifest names does not exist, so a reader never sees half.
//
// Start with Open; write with Zone.Begin and Attempt.Publish; read with Readings, Results and ProcessedOf, then
// Zone.OpenObject. The package refuses to know what is inside a data object (beyond the frame of a raw line), any platform,
// and any step.
package lake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/store"
)

// Zone is an open zone. Its methods may be called at once by many goroutines.
type Zone struct {
	url    string
	store  store.Store
	closed atomic.Bool
}

// Entry is an object as a listing shows it.
type Entry = store.Entry

// URL returns the zone's address without its parameters and without a slash at its end.
func (z *Zone) URL() string { return z.url }

// Close frees what the zone holds, at its first call. A mem zone keeps its objects.
func (z *Zone) Close() error {
	if z.closed.Swap(true) {
		return nil
	}
	return z.store.Close()
}

// Create stores what body holds, from its start to its end, under a key that must be free; otherwise the error is
// ErrExists. It is atomic: a reader sees nothing or all of it, and of several writers exactly one succeeds. It is durable
// when Create returns. A body that fails, or a context that ends, leaves nothing.
func (z *Zone) Create(ctx context.Context, key string, body io.ReadSeeker) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	b := &watched{ReadSeeker: body}
	err := z.store.Create(ctx, key, b)
	if b.err != nil && err != nil {
		// Not the store's failure: its kind is the body's own.
		return fmt.Errorf("create %s: read what to store: %w", z.at(key), b.err)
	}
	return z.explain(ctx, "create", key, err)
}

// PutPage stores an HTML page under a key below PagePrefix, in place of what is there. It is atomic and durable as Create is: a
// reader sees the old page or the new one, whole.
func (z *Zone) PutPage(ctx context.Context, key string, page []byte) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	if !strings.HasPrefix(key, PagePrefix) {
		return fault.New(fault.Defect, "", "store %s: only pages below %s may change", z.at(key), PagePrefix)
	}
	return z.explain(ctx, "store", key, z.store.Replace(ctx, key, bytes.NewReader(page)))
}

// Open opens an object for reading. A missing one is an error that wraps fs.ErrNotExist.
func (z *Zone) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	r, err := z.store.Open(ctx, key)
	if err != nil {
		return nil, z.explain(ctx, "open", key, err)
	}
	return &reader{ctx: ctx, zone: z, key: key, body: r}, nil
}

// Stat describes one object. A missing one is an error that wraps fs.ErrNotExist.
func (z *Zone) Stat(ctx context.Context, key string) (Entry, error) {
	if err := store.CheckKey(key); err != nil {
		return Entry{}, err
	}
	e, err := z.store.Stat(ctx, key)
	return e, z.explain(ctx, "look at", key, err)
}

// ReadAll reads a small object. One longer than max bytes is a data fault, and not held.
func (z *Zone) ReadAll(ctx context.Context, key string, max int64) ([]byte, error) {
	r, err := z.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(r, max+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > max {
		return nil, fault.New(fault.Data, "look at what wrote it", "read %s: longer than %d bytes", z.at(key), max)
	}
	return b.Bytes(), nil
}

// List returns the objects whose key begins with prefix ("" for all), in lexical order of their keys. What is on its way
// into the zone is not shown. A listing that meets an error yields it once and ends.
func (z *Zone) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := store.CheckPrefix(prefix); err != nil {
			yield(Entry{}, err)
			return
		}
		for e, err := range z.store.List(ctx, prefix) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Entry{}, z.explain(ctx, "list", prefix, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Folders returns the distinct next parts of the keys that begin with prefix and go on below it, sorted: for "thefork/" the
// "101" of "thefork/101/2026-03-27/…". prefix is "" or ends in a slash.
func (z *Zone) Folders(ctx context.Context, prefix string) ([]string, error) {
	if err := store.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		return nil, fault.New(fault.Defect, "", "list folders of %q: want a slash at the end", prefix)
	}
	names, err := z.store.Folders(ctx, prefix)
	if err != nil {
		return nil, z.explain(ctx, "list", prefix, err)
	}
	slices.Sort(names)
	return names, nil
}

// Delete removes an object. A missing one is fine.
func (z *Zone) Delete(ctx context.Context, key string) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	return z.explain(ctx, "delete", key, z.store.Delete(ctx, key))
}

// at returns an object's full address for a message.
func (z *Zone) at(key string) string {
	if key == "" {
		return z.url
	}
	return z.url + "/" + strings.TrimSuffix(key, "/")
}
