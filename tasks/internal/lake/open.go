package lake

import (
	"context"

	"covers/tasks/internal/lake/store"
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
	s, address, err := store.Open(ctx, m, rawURL, create)
	if err != nil {
		return nil, err
	}
	return &Zone{url: address, store: s}, nil
}
