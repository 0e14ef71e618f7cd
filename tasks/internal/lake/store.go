package lake

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// store is what a zone stands on. Keys have been checked. Errors need no address; a missing object is an error for which
// isMissing holds, a taken key is ErrExists.
type store interface {
	open(ctx context.Context, key string) (io.ReadCloser, error)
	stat(ctx context.Context, key string) (Entry, error)
	// create is Zone.Create. A body that is a *spool of this store's newSpool may be moved instead of copied.
	create(ctx context.Context, key string, body io.ReadSeeker) error
	// replace stores body under a key that may be taken, as atomically as create. Only for bytes that the key promises.
	replace(ctx context.Context, key string, body io.ReadSeeker) error
	// list gives keys in lexical order.
	list(ctx context.Context, prefix string) iter.Seq2[Entry, error]
	// folders gives the distinct next parts below a prefix that is "" or ends in a slash, in any order.
	folders(ctx context.Context, prefix string) ([]string, error)
	// delete takes a missing object for deleted.
	delete(ctx context.Context, key string) error
	// newSpool gives a file to gather an object in, on the disk that is best for it.
	newSpool() (*spool, error)
	// sweep removes what killed programs left behind on the way into the zone before a time, and counts it.
	sweep(ctx context.Context, before time.Time) (int, error)
	close() error
}

var (
	_ store = (*fileStore)(nil)
	_ store = (*s3Store)(nil)
	_ store = (*memStore)(nil)
)

// blobStore is what all stores share: what gocloud.dev/blob has a word for. prefix is "" or ends in a slash.
type blobStore struct {
	bucket *blob.Bucket
	prefix string
}

func (s *blobStore) open(ctx context.Context, key string) (io.ReadCloser, error) {
	return s.openAt(ctx, key, 0)
}

// openAt streams an object from an offset on.
func (s *blobStore) openAt(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
	r, err := s.bucket.NewRangeReader(ctx, s.prefix+key, offset, -1, nil)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *blobStore) stat(ctx context.Context, key string) (Entry, error) {
	a, err := s.bucket.Attributes(ctx, s.prefix+key)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Key: key, Size: a.Size, ModTime: a.ModTime}, nil
}

func (s *blobStore) list(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		it := s.bucket.List(&blob.ListOptions{Prefix: s.prefix + prefix})
		for {
			o, err := it.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			// What we would not have written is not ours: folder markers, hidden files.
			key := o.Key[len(s.prefix):]
			if checkKey(key) != nil {
				continue
			}
			if !yield(Entry{Key: key, Size: o.Size, ModTime: o.ModTime}, nil) {
				return
			}
		}
	}
}

func (s *blobStore) folders(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	it := s.bucket.List(&blob.ListOptions{Prefix: s.prefix + prefix, Delimiter: "/"})
	for {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		if !o.IsDir {
			continue
		}
		if name := o.Key[len(s.prefix)+len(prefix) : len(o.Key)-1]; checkKey(name) == nil {
			names = append(names, name)
		}
	}
}

func (s *blobStore) delete(ctx context.Context, key string) error {
	err := s.bucket.Delete(ctx, s.prefix+key)
	if gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err) {
		return nil
	}
	return err
}

func (s *blobStore) close() error { return s.bucket.Close() }
