package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"covers/tasks/internal/fault"
)

// blobStore is what all stores share: what gocloud.dev/blob has a word for. prefix is "" or ends in a slash.
type blobStore struct {
	bucket *blob.Bucket
	prefix string
}

func (s *blobStore) Open(ctx context.Context, key string) (io.ReadCloser, error) {
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

func (s *blobStore) Stat(ctx context.Context, key string) (Entry, error) {
	a, err := s.bucket.Attributes(ctx, s.prefix+key)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Key: key, Size: a.Size, ModTime: a.ModTime}, nil
}

func (s *blobStore) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		it := s.bucket.List(&blob.ListOptions{Prefix: s.prefix + prefix})
		for {
			o, err := it.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Entry{}, listed(err))
				return
			}
			// What we would not have written is not ours: folder markers, hidden files.
			key := o.Key[len(s.prefix):]
			if CheckKey(key) != nil {
				continue
			}
			if !yield(Entry{Key: key, Size: o.Size, ModTime: o.ModTime}, nil) {
				return
			}
		}
	}
}

// listed says what it means that a listing is missing: what answers is no store, since an empty one is listed too.
func listed(err error) error {
	if IsMissing(err) {
		return fault.New(fault.Usage, nextGateway, "%s", err)
	}
	return err
}

func (s *blobStore) Folders(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	it := s.bucket.List(&blob.ListOptions{Prefix: s.prefix + prefix, Delimiter: "/"})
	for {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, listed(err)
		}
		if !o.IsDir {
			continue
		}
		if name := o.Key[len(s.prefix)+len(prefix) : len(o.Key)-1]; CheckKey(name) == nil {
			names = append(names, name)
		}
	}
}

func (s *blobStore) Delete(ctx context.Context, key string) error {
	err := s.bucket.Delete(ctx, s.prefix+key)
	if gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err) {
		return nil
	}
	return err
}

// Purge implements Store, where there are no versions.
func (s *blobStore) Purge(ctx context.Context, key string) (kept bool, err error) {
	return false, s.Delete(ctx, key)
}

func (s *blobStore) erase(ctx context.Context, key string) error { return s.Delete(ctx, key) }

func (s *blobStore) Close() error { return s.bucket.Close() }

func (s *blobStore) Local(string) (string, bool) { return "", false }

func (s *blobStore) Sweep(context.Context, time.Time) (int, error) { return 0, nil }
