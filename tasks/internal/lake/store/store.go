// Package store keeps bytes under keys: in a folder, in a bucket of S3, or in memory. It is what the zones of package lake stand
// on, which alone imports it.
//
// Start with Store. The package refuses to know what the bytes mean: readings, manifests and who publishes them are lake's.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Store is a place for objects. Its methods may be called at once by many goroutines. Keys have been checked (CheckKey). Errors
// need no address; a missing object is an error for which IsMissing holds, a taken key is ErrExists, and KindOf says of every
// other whether it passes.
type Store interface {
	// Open opens an object for reading.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	Stat(ctx context.Context, key string) (Entry, error)
	// Create stores what body holds, from its start to its end, under a key that must be free. It is atomic: a reader sees
	// nothing or all of it, and of several writers exactly one succeeds. It is durable when Create returns. A body that fails,
	// or a context that ends, leaves nothing. A body that is a *Spool of this store's NewSpool may be moved instead of copied.
	Create(ctx context.Context, key string, body io.ReadSeeker) error
	// Replace stores body under a key that may be taken, as atomically as Create. It is for bytes that the key promises, and
	// for pages.
	Replace(ctx context.Context, key string, body io.ReadSeeker) error
	// List returns the objects whose key begins with prefix, in lexical order of their keys.
	List(ctx context.Context, prefix string) iter.Seq2[Entry, error]
	// Folders returns the distinct next parts below a prefix that is "" or ends in a slash, in any order.
	Folders(ctx context.Context, prefix string) ([]string, error)
	// Delete takes a missing object for deleted.
	Delete(ctx context.Context, key string) error
	// Purge deletes an object with all its versions: nothing brings it back. A missing one is fine. Where the credentials may not
	// delete versions it deletes the object alone, and kept is true.
	Purge(ctx context.Context, key string) (kept bool, err error)
	// NewSpool returns a file to gather an object in, on the disk that is best for it.
	NewSpool() (*Spool, error)
	// Local returns the path of the file that an object is, where objects are files of this machine.
	Local(key string) (path string, ok bool)
	// Sweep removes what killed programs left behind on the way into the store before a time, and counts it.
	Sweep(ctx context.Context, before time.Time) (int, error)
	Close() error
	// erase deletes without looking whether there is anything to delete.
	erase(ctx context.Context, key string) error
	// examine tells what is true of this kind of store alone (Examine), and removes what is left of an object that is deleted.
	examine(ctx context.Context, key string) []Finding
}

var (
	_ Store = (*Files)(nil)
	_ Store = (*bucketStore)(nil)
	_ Store = (*memory)(nil)
)

// Entry is an object as a listing shows it.
type Entry struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // when it was stored, by the clock of the store; S3 gives whole seconds
}

// ErrExists says that the key of a Create is taken.
var ErrExists = errors.New("the key is taken")
