package quarantine

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/record"
)

// readBodies fetches the records of refusals, object by object.
func readBodies(ctx context.Context, raw *lake.Zone, refusals []Refusal) error {
	byObject := map[string]map[int64][]*Refusal{}
	for i := range refusals {
		x := &refusals[i]
		if byObject[x.Object] == nil {
			byObject[x.Object] = map[int64][]*Refusal{}
		}
		byObject[x.Object][x.ObjectLine] = append(byObject[x.Object][x.ObjectLine], x)
	}
	for _, key := range slices.Sorted(maps.Keys(byObject)) {
		if err := bodiesOf(ctx, raw, key, byObject[key]); err != nil {
			return err
		}
	}
	return nil
}

// bodiesOf reads one object. wanted holds, by line, the refusals of the record there.
func bodiesOf(ctx context.Context, raw *lake.Zone, key string, wanted map[int64][]*Refusal) error {
	body, err := raw.Open(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Data, "raw data expires; leave --bodies out", "open raw object: %w", err)
	}
	if err != nil {
		return err
	}
	defer body.Close()
	plain, err := lake.Unpack(body)
	if err != nil {
		return err
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, record.MaxBytes)
	for met := 0; met < len(wanted); { // what is behind the last of them is not looked at
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Data, "", "read raw object %s: %w", key, err)
		}
		if of := wanted[line.N]; len(of) > 0 { // once for a record, whatever the number of its reasons
			met++
			of[len(of)-1].Body = strings.ToValidUTF8(string(line.Bytes), "\uFFFD")
			if line.TooLong {
				of[len(of)-1].Body = "(too long to show)"
			}
		}
	}
	return nil
}
