package lake

import (
	"context"
	"errors"

	"covers/tasks/internal/machine"
)

// Zones are several open zones. A zone that was not asked for is nil.
type Zones []*Zone

// OpenZones opens zones in the order of their URLs, as OpenEach does.
func OpenZones(ctx context.Context, m machine.Machine, urls ...string) (Zones, error) {
	return OpenEach(urls, func(i int) (*Zone, error) { return Open(ctx, m, urls[i]) })
}

// OpenEach opens zones by a function that is given a URL's place, in the order of the URLs, so that of two that are wrong it is
// always the same one that is told. An empty URL opens none. Where one cannot be opened, those before it are closed again.
func OpenEach(urls []string, open func(i int) (*Zone, error)) (Zones, error) {
	zones := make(Zones, len(urls))
	for i, url := range urls {
		if url == "" {
			continue
		}
		z, err := open(i)
		if err != nil {
			return nil, errors.Join(err, zones.Close())
		}
		zones[i] = z
	}
	return zones, nil
}

// Close closes all of them.
func (z Zones) Close() (err error) {
	for _, zone := range z {
		if zone != nil {
			err = errors.Join(err, zone.Close())
		}
	}
	return err
}
