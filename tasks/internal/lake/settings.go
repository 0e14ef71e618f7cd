package lake

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"covers/tasks/internal/fault"
)

// PinSettings records, in the staging zone, the settings that a source's results at a rank are derived with. The first
// ones stay: others under the same rank are a usage fault that names each setting with both values. So no value may be a
// secret; a token key is named by its fingerprint.
func (z *Zone) PinSettings(ctx context.Context, source string, r Rank, settings map[string]string) error {
	// They are there already but once in a rank's life, and on S3 a refused create costs three requests.
	if pinned, err := z.comparePinned(ctx, source, r, settings); pinned || err != nil {
		return err
	}
	text, err := stdjson.MarshalIndent(settings, "", "  ")
	if err != nil {
		return fault.New(fault.Defect, "", "pin settings: %w", err)
	}
	err = z.Create(ctx, settingsKey(source, r), bytes.NewReader(append(text, '\n')))
	if !errors.Is(err, ErrExists) {
		return err
	}
	return z.CheckSettings(ctx, source, r, settings)
}

func settingsKey(source string, r Rank) string {
	return "_ranks/" + source + "/" + r.String() + ".json"
}

// CheckSettings holds settings against those pinned, as PinSettings does, and pins nothing. Where none are pinned yet any will
// do.
func (z *Zone) CheckSettings(ctx context.Context, source string, r Rank, settings map[string]string) error {
	_, err := z.comparePinned(ctx, source, r, settings)
	return err
}

// comparePinned holds settings against those pinned, if any are.
func (z *Zone) comparePinned(
	ctx context.Context, source string, r Rank, settings map[string]string,
) (found bool, err error) {
	key := settingsKey(source, r)
	text, err := z.ReadAll(ctx, key, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var pinned map[string]string
	if err := json.Unmarshal(text, &pinned); err != nil {
		return true, fault.New(fault.Data, "restore it from the store's older versions or a backup",
			"read pinned settings %s: %w", z.at(key), err)
	}
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(union(pinned, settings))) {
		was, had := pinned[name]
		is, has := settings[name]
		if was != is || had != has {
			differ = append(differ, fmt.Sprintf("%s was %s and is %s", name, quoted(was, had), quoted(is, has)))
		}
	}
	if len(differ) == 0 {
		return true, nil
	}
	return true, fault.New(fault.Usage, "set it back, or raise the revision or number that it belongs to",
		"settings of %s changed under rank %s (first ones in %s): %s", source, r, z.at(key), strings.Join(differ, ", "))
}

func union(a, b map[string]string) map[string]string {
	u := maps.Clone(a)
	if u == nil {
		u = map[string]string{}
	}
	maps.Copy(u, b)
	return u
}

func quoted(v string, given bool) string {
	if !given {
		return "not given"
	}
	return fmt.Sprintf("%q", v)
}
