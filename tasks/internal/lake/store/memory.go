package store

import (
	"bytes"
	"context"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// memory keeps a zone in memory: the simplest reading of the contract. Objects are held whole, here only.
type memory struct{ blobStore }

func (s *memory) Create(ctx context.Context, key string, body io.ReadSeeker) error {
	// The driver looks and stores under one lock.
	err := s.write(ctx, key, body, &blob.WriterOptions{IfNotExist: true, ContentType: contentType})
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return ErrExists
	}
	return err
}

func (s *memory) Replace(ctx context.Context, key string, body io.ReadSeeker) error {
	return s.write(ctx, key, body, &blob.WriterOptions{ContentType: contentType})
}

func (s *memory) write(ctx context.Context, key string, body io.ReadSeeker, o *blob.WriterOptions) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := copyContext(ctx, &b, body); err != nil {
		return err
	}
	return s.bucket.WriteAll(ctx, s.prefix+key, b.Bytes(), o)
}

func (s *memory) NewSpool() (*Spool, error) { return newSystemSpool() }

func (s *memory) Close() error { return nil }
