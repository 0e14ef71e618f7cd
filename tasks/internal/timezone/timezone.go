// Package timezone has the zones of the IANA Time Zone Database inside the program, so that a record becomes the same row on
// every machine: time.LoadLocation takes what ZONEINFO or the host has, of whatever release and with whatever changes. Start
// with Load.
//
// zoneinfo.zip is lib/time/zoneinfo.zip of Go, which its maintainers build from IANA's releases. `go generate` takes that of the
// installed Go.
package timezone

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"covers/tasks/internal/fault"
)

//go:generate sh -c "cp \"$(go env GOROOT)/lib/time/zoneinfo.zip\" zoneinfo.zip"

// Release is the one of the database. It is told by Go's lib/time/update.bash.
const Release = "2025c"

//go:embed zoneinfo.zip
var database []byte

var (
	files = sync.OnceValues(
		func() (*zip.Reader, error) { return zip.NewReader(bytes.NewReader(database), int64(len(database))) },
	)
	loaded sync.Map // *time.Location by name: equal names are one zone, and share what others remember of it
)

// Load returns a zone by its name, such as Europe/Paris.
func Load(name string) (*time.Location, error) {
	if loc, ok := loaded.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := read(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "name one of https://en.wikipedia.org/wiki/List_of_tz_database_time_zones",
			"zone %q is not in the time zone database (%s): %w", name, Release, err)
	}
	kept, _ := loaded.LoadOrStore(name, loc)
	return kept.(*time.Location), nil
}

func read(name string) (*time.Location, error) {
	all, err := files()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("it has no name")
	}
	data, err := fs.ReadFile(all, name)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(name, data)
}

// The years whose rules count for Fingerprint: the first that a record may have, and the last of a guest who books now.
var first, last = time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// Fingerprint returns what tells a zone's rules from others: a digest of each instant from 1970 to 2100 at which its clocks
// change, and of what they change to. Releases that change nothing there have one fingerprint, whatever else they correct.
func Fingerprint(loc *time.Location) string {
	digest := sha256.New()
	before := -1 << 31 // no offset
	for at := first; at.Before(last); {
		if _, offset := at.In(loc).Zone(); offset != before {
			before = offset
			var line [16]byte
			binary.BigEndian.PutUint64(line[:8], uint64(at.Unix()))
			binary.BigEndian.PutUint64(line[8:], uint64(offset))
			digest.Write(line[:])
		}
		_, end := Span(at, loc)
		if end.IsZero() {
			break
		}
		at = end
	}
	return hex.EncodeToString(digest.Sum(nil)[:8])
}

// Span returns a span around an instant in which the zone's offset stays what it is, its end excluded; a zero time where it has
// no beginning or no end. It may be shorter than it could be: time.Time.ZoneBounds, behind the last change that is written down,
// ends spans with the year (in UTC), and on the last day of a leap year gives one that is over already.
func Span(at time.Time, loc *time.Location) (start, end time.Time) {
	start, end = at.In(loc).ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		start = at.UTC().Truncate(24 * time.Hour)
		end = start.Add(24 * time.Hour)
	}
	return start, end
}
