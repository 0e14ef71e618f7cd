package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"gocloud.dev/blob/s3blob"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// contentType of every object but pages. It spares the sniffing of content.
const contentType = "application/octet-stream"

// contentTypeOf says what a browser is to make of an object.
func contentTypeOf(key string) string {
	if strings.HasSuffix(key, ".html") {
		return "text/html; charset=utf-8"
	}
	return contentType
}

// writerKey is the metadata by which a writer knows its own object again.
const writerKey = "covers-writer"

// bucketStore keeps a zone in a bucket. Objects are put in one request each, which S3 carries out whole or not at all and takes
// up to 5 GiB; blob's own writer would cut them in parts held in memory.
type bucketStore struct {
	blobStore
	machine machine.Machine
	client  *s3.Client
	name    string // of the bucket
	sse     types.ServerSideEncryption
	kms     string
	proven  atomic.Bool // that it heeds If-None-Match
}

func openBucket(ctx context.Context, m machine.Machine, u *url.URL) (Store, string, error) {
	if u.Host == "" {
		return nil, "", badURL("%q names no bucket", u.Scheme+"://"+u.Host+u.Path)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		if err := CheckKey(prefix); err != nil {
			return nil, "", err
		}
		prefix += "/"
	}
	b, err := new(s3blob.URLOpener).OpenBucketURL(ctx, &url.URL{Scheme: "s3", Host: u.Host, RawQuery: u.RawQuery})
	if err != nil {
		return nil, "", fault.New(fault.Usage, "see the AWS variables and the zone's parameters", "open zone s3://%s: %w",
			u.Host, err)
	}
	s := &bucketStore{name: u.Host, machine: m}
	if !b.As(&s.client) {
		return nil, "", fault.New(fault.Defect, "", "open zone s3://%s: no S3 client", u.Host)
	}
	s.client = tuned(s.client, m)
	if b, err = s3blob.OpenBucket(ctx, s.client, u.Host, nil); err != nil {
		return nil, "", fault.New(fault.Usage, "correct the bucket's name", "open zone s3://%s: %w", u.Host, err)
	}
	s.blobStore = blobStore{bucket: b, prefix: prefix}
	q := u.Query()
	s.kms = q.Get("kmskeyid")
	for _, v := range types.ServerSideEncryption("").Values() {
		if strings.EqualFold(string(v), q.Get("ssetype")) {
			s.sse = v
		}
	}
	return s, strings.TrimSuffix("s3://"+u.Host+"/"+prefix, "/"), nil
}

func (s *bucketStore) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	openAt := func(offset int64) (io.ReadCloser, error) { return s.openAt(ctx, key, offset) }
	body, err := openAt(0)
	if err != nil {
		return nil, err
	}
	return &resumer{ctx: ctx, sleep: s.machine.Sleep, openAt: openAt, body: body}, nil
}

func (s *bucketStore) Create(ctx context.Context, key string, body io.ReadSeeker) error {
	const tries = 5
	writer := s.machine.Name(nameBytes)
	for try := 1; ; try++ {
		err := s.put(ctx, key, body, writer, true)
		if err == nil {
			return s.prove(ctx, key, body, writer)
		}
		if refusedAsTaken(err) {
			s.proven.Store(true)
		}
		var e smithy.APIError
		switch answered := errors.As(err, &e); {
		case !answered || e.ErrorCode() == "PreconditionFailed":
			// Not answered: a server that refuses before it has read the body may hang up before its answer is read.
			owned := s.own(ctx, key, writer)
			if owned == nil || errors.Is(owned, ErrExists) || answered && !IsMissing(owned) {
				return owned
			}
			if !answered || try == tries {
				return err
			}
		case e.ErrorCode() != "ConditionalRequestConflict" || try == tries:
			return err
		}
		// Another write of the key is under way, or was undone: the key may be free after all.
		if err := s.machine.Sleep(ctx, time.Duration(try)*100*time.Millisecond); err != nil {
			return err
		}
	}
}

// own decides what a taken key means. The client repeats a request whose answer was lost, and the second one meets the
// object of the first: that is success. Every create carries a random name in the object's metadata, which is read back.
func (s *bucketStore) own(ctx context.Context, key, writer string) error {
	a, err := s.bucket.Attributes(ctx, s.prefix+key)
	if err != nil {
		return err
	}
	if a.Metadata[writerKey] == writer {
		return nil
	}
	return ErrExists
}

func (s *bucketStore) Replace(ctx context.Context, key string, body io.ReadSeeker) error {
	return s.put(ctx, key, body, s.machine.Name(nameBytes), false)
}

func (s *bucketStore) put(ctx context.Context, key string, body io.ReadSeeker, writer string, onlyNew bool) error {
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := &s3.PutObjectInput{
		Bucket: &s.name, Key: aws.String(s.prefix + key), Body: body, ContentLength: &size,
		ContentType: aws.String(contentTypeOf(key)), Metadata: map[string]string{writerKey: writer},
		ServerSideEncryption: s.sse,
	}
	if s.kms != "" {
		in.SSEKMSKeyId = &s.kms
	}
	if onlyNew {
		in.IfNoneMatch = aws.String("*")
	}
	_, err = s.client.PutObject(ctx, in)
	switch {
	case s.kms != "" && isOfKMS(err):
		return fmt.Errorf("encrypt with the key %s: %w", s.kms, err)
	case IsMissing(err): // a page of some other server, where there is nothing to miss
		return fault.New(fault.Usage, nextGateway, "%s", err)
	}
	return err
}

// Purge implements Store. The current version goes last: who is stopped in between finds the key again.
func (s *bucketStore) Purge(ctx context.Context, key string) (kept bool, err error) {
	full := s.prefix + key
	ids, err := s.versionsOf(ctx, full)
	for _, id := range slices.Backward(ids) {
		if err != nil {
			break
		}
		_, err = s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: &full, VersionId: &id})
	}
	if err == nil && len(ids) > 0 {
		return false, nil
	}
	var api smithy.APIError
	if err == nil || errors.As(err, &api) && api.ErrorCode() == "NotImplemented" { // a store that keeps no versions
		return false, s.Delete(ctx, key)
	}
	if kind, _ := KindOf(err); kind == fault.Denied {
		return true, s.Delete(ctx, key)
	}
	return false, err
}

// versionsOf returns the versions of an object, the newest to the oldest, then the markers of its deletion.
func (s *bucketStore) versionsOf(ctx context.Context, key string) (ids []string, err error) {
	var versions []string
	pages := s3.NewListObjectVersionsPaginator(s.client, &s3.ListObjectVersionsInput{Bucket: &s.name, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, v := range page.Versions {
			if aws.ToString(v.Key) == key {
				versions = append(versions, aws.ToString(v.VersionId))
			}
		}
		for _, m := range page.DeleteMarkers {
			if aws.ToString(m.Key) == key {
				ids = append(ids, aws.ToString(m.VersionId))
			}
		}
	}
	return append(versions, ids...), nil
}

func (s *bucketStore) NewSpool() (*Spool, error) { return newSystemSpool() }
