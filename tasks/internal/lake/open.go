package lake

import (
	"context"
	"net/url"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// Open opens the zone at a URL:
//
//   - file:///absolute/folder, created when it is missing;
//   - s3://bucket or s3://bucket/prefix. Credentials, region and endpoint come from the usual AWS variables
//     (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL, …) or from what gocloud.dev/blob/s3blob takes as parameters:
//     ?region=…&endpoint=…&use_path_style=true&ssetype=…&kmskeyid=… and so on;
//   - mem://name, in this process's memory and shared by all who open the same name: for tests.
//
// A URL that is none of these is a usage fault, and so is a bucket that does not exist, once it is used.
func Open(ctx context.Context, m machine.Machine, rawURL string) (*Zone, error) {
	return open(ctx, m, rawURL, true)
}

// OpenThere opens a zone as Open does, but for a folder that is missing: that is a usage fault, and it stays missing. It is for
// zones that are looked through, where a mistyped URL would show as an empty zone.
func OpenThere(ctx context.Context, m machine.Machine, rawURL string) (*Zone, error) {
	return open(ctx, m, rawURL, false)
}

func open(ctx context.Context, m machine.Machine, rawURL string, create bool) (*Zone, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The parser's error repeats the URL, which may hold a password.
		return nil, badURL("it cannot be parsed as a URL")
	}
	if u.User != nil || u.Fragment != "" {
		return nil, badURL("it must not have a user, a password or a fragment")
	}
	switch u.Scheme {
	case "file":
		return openFile(m, u, create)
	case "s3":
		return openS3(ctx, m, u)
	case "mem":
		return openMem(m, u)
	case "":
		return nil, badURL("%q has no scheme", rawURL)
	}
	return nil, badURL("scheme %q is not known", u.Scheme)
}

func badURL(format string, args ...any) error {
	return fault.New(fault.Usage, "give file:///absolute/folder or s3://bucket/prefix", "open zone: "+format, args...)
}

var memBuckets = struct {
	sync.Mutex
	byName map[string]*blob.Bucket
}{byName: map[string]*blob.Bucket{}}

func openMem(m machine.Machine, u *url.URL) (*Zone, error) {
	name := u.Host + u.Path
	if name == "" || u.RawQuery != "" {
		return nil, badURL("want mem://name")
	}
	memBuckets.Lock()
	defer memBuckets.Unlock()
	b, ok := memBuckets.byName[name]
	if !ok {
		b = memblob.OpenBucket(nil)
		memBuckets.byName[name] = b
	}
	return &Zone{machine: m, url: "mem://" + name, store: &memStore{blobStore{bucket: b}}}, nil
}
