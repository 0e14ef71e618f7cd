package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"covers/tasks/internal/fault"
)

// maxManifest is far above any: a manifest names tens of objects.
const maxManifest = 16 << 20

// Found is a manifest that was read.
type Found[T any] struct {
	Key string // in its zone
	// SHA256 is that of the manifest's bytes as they were published, by which other manifests name it: an erasure on demand may
	// have stored it again since (Rewriting).
	SHA256   string
	Manifest T
}

// Readings returns all readings of a source's day in the raw zone, sorted by id: by the way of reading, each oldest first.
//
// Here and in Results and ProcessedOf: a manifest that is no JSON, has no version, does not fit its key or whose counts do
// not balance is a data fault; one of a newer version a usage fault. Fields that are not known are passed over. That the
// objects are there is for OpenObject to say.
func Readings(ctx context.Context, raw *Zone, source, day string) ([]Found[Reading], error) {
	return find[Reading](ctx, raw, source+"/"+day+"/")
}

// Results returns all results of a source's day in the staging zone, of every reading and rank, sorted by key.
func Results(ctx context.Context, staging *Zone, source, day string) ([]Found[Result], error) {
	return find[Result](ctx, staging, source+"/"+day+"/")
}

// ProcessedOf returns what transform made of a day in the processed zone, sorted by key.
func ProcessedOf(ctx context.Context, processed *Zone, day string) ([]Found[Processed], error) {
	return find[Processed](ctx, processed, day+"/")
}

func find[T Manifest](ctx context.Context, z *Zone, prefix string) ([]Found[T], error) {
	var found []Found[T]
	for e, err := range z.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(e.Key, ".json") {
			continue
		}
		f, err := Read[T](ctx, z, e.Key)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since the listing
		}
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// Read reads and checks one manifest, with the errors of Readings. A missing one is an error that wraps fs.ErrNotExist.
func Read[T Manifest](ctx context.Context, z *Zone, key string) (Found[T], error) {
	text, err := z.ReadAll(ctx, key, maxManifest)
	if err != nil {
		return Found[T]{}, err
	}
	m, err := decode[T](z.at(key), key, text)
	if err != nil {
		return Found[T]{}, err
	}
	if r := m.rewritten(); r != nil {
		return Found[T]{Key: key, SHA256: r.First, Manifest: m}, nil
	}
	sum := sha256.Sum256(text)
	return Found[T]{Key: key, SHA256: hex.EncodeToString(sum[:]), Manifest: m}, nil
}

const nextManifest = "restore the manifest from the store's older versions or a backup, or remove it and run its step again"

// decode makes a manifest of its text. at is its address, for the message.
func decode[T Manifest](at, key string, text []byte) (m T, err error) {
	var head struct {
		Version int64 `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return m, fault.New(fault.Data, nextManifest, "read manifest %s: %w", at, err)
	}
	switch {
	case head.Version > Version:
		return m, fault.New(fault.Usage, "use the newer program here too",
			"read manifest %s: its version is %d, this program knows %d: a newer program wrote it", at, head.Version, Version)
	case head.Version != Version:
		return m, fault.New(fault.Data, nextManifest, "read manifest %s: its version is %d, want %d", at, head.Version, Version)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fault.New(fault.Data, nextManifest, "read manifest %s: %w", at, err)
	}
	if problems := m.problems(key); len(problems) > 0 {
		return m, refuseManifest("read", at, nextManifest, problems)
	}
	return m, nil
}

// ReadingPrefix returns "<id>/": what every key of a reading begins with, in raw and in staging.
func ReadingPrefix(id ReadingID) string { return id.String() + "/" }

// ManifestKey returns the key of a reading's manifest in the raw zone.
func ManifestKey(id ReadingID) string { return ReadingPrefix(id) + "manifest.json" }

// ResultKey returns the key, in the staging zone, of the result of a reading at a rank. input is the SHA-256 of the reading's
// manifest.
func ResultKey(id ReadingID, input string, r Rank) string {
	return ReadingPrefix(id) + input[:min(len(input), 16)] + "-" + r.String() + ".json"
}

// ProcessedKey returns the key, in the processed zone, of what transform makes of a day's inputs: a function of which results
// they are, not of their order.
func ProcessedKey(day string, inputs []Input) string {
	lines := make([]string, len(inputs))
	for i, in := range inputs {
		lines[i] = fmt.Sprintf("%s %s %s\n", in.Reading, in.Rank, in.SHA256)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return day + "/" + hex.EncodeToString(sum[:8]) + ".json"
}
