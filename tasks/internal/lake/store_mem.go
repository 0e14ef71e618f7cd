package lake

import (
	"bytes"
	"context"
	"io"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// memStore keeps a zone in memory: the simplest reading of the contract. Objects are held whole, here only.
type memStore struct{ blobStore }

func (s *memStore) create(ctx context.Context, key string, body io.ReadSeeker) error {
	// The driver looks and stores under one lock.
	err := s.write(ctx, key, body, &blob.WriterOptions{IfNotExist: true, ContentType: contentType})
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return ErrExists
	}
	return err
}

func (s *memStore) replace(ctx context.Context, key string, body io.ReadSeeker) error {
	return s.write(ctx, key, body, &blob.WriterOptions{ContentType: contentType})
}

func (s *memStore) write(ctx context.Context, key string, body io.ReadSeeker, o *blob.WriterOptions) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := copyContext(ctx, &b, body); err != nil {
		return err
	}
	return s.bucket.WriteAll(ctx, s.prefix+key, b.Bytes(), o)
}

func (s *memStore) newSpool() (*spool, error) { return newSystemSpool() }

func (s *memStore) sweep(context.Context, time.Time) (int, error) { return 0, nil }

func (s *memStore) close() error { return nil }
