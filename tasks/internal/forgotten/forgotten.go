// Package forgotten keeps, in the staging zone, whom a person asked to forget, so that nothing of them passes validation any
// more: the platform may go on listing them, and raw may be derived again. Start with Add, and Read. A guest is there as a
// SHA-256 of platform and id, since who has the list is not to read the ids from it; platforms' ids are random and long.
package forgotten

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
)

// prefix begins the keys of the lists. No manifest names them, they are not tidied, and no lifecycle rule may end them.
const prefix = "_forgotten/"

// maxList bounds a list: a million guests are 66 MiB.
const maxList = 256 << 20

// Guests are the guests to forget. The zero value has none.
type Guests struct {
	sums map[string]bool
	keys []string // of the lists they are in, sorted
}

// Sum is a guest as the lists have it.
func Sum(platform, id string) string {
	sum := sha256.Sum256([]byte("forgotten\x00" + platform + "\x00" + id))
	return hex.EncodeToString(sum[:])
}

// Has reports whether a guest is to be forgotten.
func (g *Guests) Has(platform, id string) bool {
	return g != nil && len(g.sums) > 0 && id != "" && g.sums[Sum(platform, id)]
}

// list is an object.
type list struct {
	Version int      `json:"version"`
	Guests  []string `json:"guests"` // sorted
}

// Read reads the lists of a staging zone. One that is removed meanwhile has been taken into another (Add).
func Read(ctx context.Context, staging *lake.Zone) (*Guests, error) {
	for {
		g, again, err := read(ctx, staging)
		if err != nil || !again {
			return g, err
		}
	}
}

func read(ctx context.Context, staging *lake.Zone) (g *Guests, again bool, err error) {
	g = &Guests{sums: map[string]bool{}}
	if g.keys, err = keys(ctx, staging); err != nil {
		return nil, false, err
	}
	lists := make([]list, len(g.keys))
	err = lake.AtOnce(len(g.keys), func(i int) error {
		text, err := staging.ReadAll(ctx, g.keys[i], maxList)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &lists[i]); err != nil || lists[i].Version != 1 {
			return fault.New(fault.Data, "use the newer program here too, or restore it from an older version or a backup",
				"read %s/%s: it is no list of guests to forget, of version 1", staging.URL(), g.keys[i])
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	for _, l := range lists {
		for _, sum := range l.Guests {
			g.sums[sum] = true
		}
	}
	return g, false, err
}

func keys(ctx context.Context, staging *lake.Zone) (all []string, err error) {
	for e, err := range staging.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		all = append(all, e.Key)
	}
	return all, nil
}

// Unchanged fails as a temporary fault where the zone's lists are others than those that were read: what was made of them must
// not be published.
func (g *Guests) Unchanged(ctx context.Context, staging *lake.Zone) error {
	now, err := keys(ctx, staging)
	if err == nil && !slices.Equal(now, g.keys) {
		return fault.New(fault.Temporary, "run it again", "a guest was erased on demand meanwhile (care forget)")
	}
	return err
}

// Guest is who is to be forgotten: a platform, and its id of the guest.
type Guest struct{ Platform, ID string }

// Add adds guests. It writes one list with all that were there, then removes those: killed in between, and run at once by two, it
// loses nobody. Repeated, it does nothing.
func Add(ctx context.Context, staging *lake.Zone, guests []Guest) error {
	was, err := Read(ctx, staging)
	if err != nil {
		return err
	}
	l := list{Version: 1, Guests: []string{}}
	for sum := range was.sums {
		l.Guests = append(l.Guests, sum)
	}
	for _, guest := range guests {
		if sum := Sum(guest.Platform, guest.ID); !was.sums[sum] && !slices.Contains(l.Guests, sum) {
			l.Guests = append(l.Guests, sum)
		}
	}
	if len(l.Guests) == len(was.sums) && len(was.keys) <= 1 {
		return nil
	}
	slices.Sort(l.Guests)
	text, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return fault.New(fault.Defect, "", "write a list of guests to forget: %w", err)
	}
	sum := sha256.Sum256(text)
	key := prefix + hex.EncodeToString(sum[:8]) + ".json"
	if err := staging.Create(ctx, key, bytes.NewReader(append(text, '\n'))); err != nil && !errors.Is(err, lake.ErrExists) {
		return err
	}
	for _, old := range was.keys {
		if old == key {
			continue
		}
		if err := staging.Delete(ctx, old); err != nil {
			return err
		}
	}
	return nil
}
