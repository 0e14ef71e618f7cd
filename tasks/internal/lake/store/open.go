package store

import (
	"context"
	"net/url"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// Open opens the store at a URL and returns it with its address: the URL without its parameters and without a slash at its end.
// Whether a folder that is missing is made is the caller's to say. A URL that names no store is a usage fault.
func Open(ctx context.Context, m machine.Machine, rawURL string, create bool) (Store, string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's error repeats the URL, which may hold a password.
		return nil, "", badURL("it cannot be parsed as a URL")
	}
	if u.User != nil || u.Fragment != "" {
		return nil, "", badURL("it must not have a user, a password or a fragment")
	}
	switch u.Scheme {
	case "file":
		return openFiles(m, u, create)
	case "s3":
		return openBucket(ctx, m, u)
	case "mem":
		return openMemory(u)
	case "":
		return nil, "", badURL("%q has no scheme", rawURL)
	}
	return nil, "", badURL("scheme %q is not known", u.Scheme)
}

func badURL(format string, args ...any) error {
	return fault.New(fault.Usage, "give file:///absolute/folder or s3://bucket/prefix", "open zone: "+format, args...)
}

var memBuckets = struct {
	sync.Mutex
	byName map[string]*blob.Bucket
}{byName: map[string]*blob.Bucket{}}

func openMemory(u *url.URL) (Store, string, error) {
	name := u.Host + u.Path
	if name == "" || u.RawQuery != "" {
		return nil, "", badURL("want mem://name")
	}
	memBuckets.Lock()
	defer memBuckets.Unlock()
	b, ok := memBuckets.byName[name]
	if !ok {
		b = memblob.OpenBucket(nil)
		memBuckets.byName[name] = b
	}
	return &memory{blobStore{bucket: b}}, "mem://" + name, nil
}
