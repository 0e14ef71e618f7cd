package lake

import (
	"fmt"
	"strings"
	"time"

	"covers/tasks/internal/lake/store"
)

// The kinds of object that hold no records of a platform. The kinds that do are package reservation's.
const (
	// a row a reason, of records that were refused, of fields that were left out, and what was not read
	KindQuarantine = "quarantine"
	KindErasure    = "erasure" // requests to forget a customer
	KindAbsence    = "absence" // records that the platform was asked for by id and does not have
	KindMerge      = "merge"   // guests that the platform put together with another, or archived
)

// Version is the form of the manifests below. A manifest of another version is refused as a usage fault: a newer program
// wrote it.
const Version = 1

// Object is a data object that a manifest names. Its key ends in the SHA-256 of its bytes.
type Object struct {
	Key     string `json:"key"`     // in the manifest's own zone
	Kind    string `json:"kind"`    // reservation, customer, quarantine, erasure, absence or merge
	Records int64  `json:"records"` // lines of NDJSON, rows of Parquet
	// FirstLine is, in raw, the number of the object's first line among the reading's lines of this kind; 0 elsewhere.
	FirstLine int64  `json:"first_line"`
	Bytes     int64  `json:"bytes"`  // size as stored
	SHA256    string `json:"sha256"` // of the bytes as stored, hexadecimal
}

// Rewriting says of a manifest that it was stored again because guests were erased on demand: what named them is gone from its
// objects, which have other names since. All else of it is as it was.
type Rewriting struct {
	// First is the SHA-256 of the manifest as it was published. Others go on naming it by that: see Found.
	First string    `json:"first"`
	At    time.Time `json:"at"`   // the last time
	Rows  int64     `json:"rows"` // rows emptied, or lines of raw, over all times
	// Replaced are the keys of objects that others took the place of, and that may still have to be purged.
	Replaced []string `json:"replaced"`
}

// ReadingID names a reading: what a platform said of a source's day, and when.
type ReadingID struct {
	Source string // "opentable/101"
	Day    string // YYYY-MM-DD
	By     string // "updated", "service-date" or "reconcile"
	Name   string // "<start, 20060102T150405.000Z>-<eight random hexadecimal digits>"
}

// The ways to read a day: two to ask for it, and one to ask by id for records of it that a reading no longer found.
const (
	ByUpdated     = "updated"
	ByServiceDate = "service-date"
	ByReconcile   = "reconcile"
)

// String returns "<source>/<day>/<by>/<name>": the id as rows, the ledger and object keys carry it.
func (r ReadingID) String() string {
	return strings.Join([]string{r.Source, r.Day, r.By, r.Name}, "/")
}

// Start returns when the reading started, to the millisecond; the zero time for a name that ParseReadingID refuses.
func (r ReadingID) Start() time.Time {
	start, _, _ := strings.Cut(r.Name, "-")
	t, err := time.Parse(startForm, start)
	if err != nil {
		return time.Time{}
	}
	return t
}

// NewReadingID names a new reading. Two that start in the same millisecond differ in random, eight hexadecimal digits as
// Machine.Name(4) returns them.
func NewReadingID(source, day, by string, started time.Time, random string) ReadingID {
	return ReadingID{source, day, by, started.UTC().Format(startForm) + "-" + random}
}

// startForm sorts as time does.
const startForm = "20060102T150405.000Z"

// ParseReadingID is the inverse of String. It refuses whatever String would not have returned.
func ParseReadingID(s string) (ReadingID, error) {
	p := strings.Split(s, "/")
	if len(p) != 5 || store.CheckKey(s) != nil || !isDay(p[2]) ||
		p[3] != ByUpdated && p[3] != ByServiceDate && p[3] != ByReconcile {
		return ReadingID{}, fmt.Errorf("reading id %q: want platform/key/YYYY-MM-DD/%s, %s or %s/name", s, ByUpdated,
			ByServiceDate, ByReconcile)
	}
	start, random, _ := strings.Cut(p[4], "-")
	if t, err := time.Parse(startForm, start); err != nil || t.Format(startForm) != start || !isHex(random, 8) {
		return ReadingID{}, fmt.Errorf("reading id %q: want its name as %s-<eight hexadecimal digits>", s, startForm)
	}
	return ReadingID{Source: p[0] + "/" + p[1], Day: p[2], By: p[3], Name: p[4]}, nil
}

// RawCounts are what a reading counted for one kind of record. Listed = Received + Repeated + Gone + Absent + Unread, and raw
// has a line for each that is received, absent or unread.
type RawCounts struct {
	Listed   int64 `json:"listed"`           // entries over all sweeps, and ids that were asked for to see whether they are there
	Received int64 `json:"received"`         // records
	Repeated int64 `json:"repeated"`         // entries that were there already, with the same content
	Gone     int64 `json:"gone"`             // listed, but not found when asked for
	Absent   int64 `json:"absent,omitempty"` // ids that the platform does not have
	Unread   int64 `json:"unread,omitempty"` // listed, and the platform gave no record that can be read
}

// Reading is the manifest of a reading, raw/<reading id>/manifest.json.
type Reading struct {
	Version    int                  `json:"version"`
	Reading    string               `json:"reading"`
	Source     string               `json:"source"`
	Day        string               `json:"day"`
	By         string               `json:"by"`
	StartedAt  time.Time            `json:"started_at"`
	FinishedAt time.Time            `json:"finished_at"`
	WindowFrom string               `json:"window_from"` // as the platform was asked
	WindowTo   string               `json:"window_to"`   // empty where the platform's window has no end
	Sweeps     int                  `json:"sweeps"`
	Stable     bool                 `json:"stable"` // the last sweep added nothing
	Requests   int64                `json:"requests"`
	Counts     map[string]RawCounts `json:"counts"` // by kind; every kind of the source is there
	Objects    []Object             `json:"objects"`
	Program    string               `json:"program"` // version of the program that wrote it

	TokenRequests int64 `json:"token_requests,omitempty"`
	// RequestLog has a line for each request, tokens' included (Request); manifests of older programs have none.
	RequestLog []Object `json:"request_log,omitempty"`

	Rewritten *Rewriting `json:"rewritten,omitempty"`
}

// ResultCounts are what validation counted for one kind of record. Received = Accepted + Quarantined + Merged: an absent id is
// no record, nor is what was not read.
type ResultCounts struct {
	Received    int64            `json:"received"`
	Accepted    int64            `json:"accepted"`
	Quarantined int64            `json:"quarantined"` // records, not reasons
	Reasons     map[string]int64 `json:"reasons"`     // records that have the reason; a record with two reasons counts in both
	Absent      int64            `json:"absent,omitempty"`
	Unread      int64            `json:"unread,omitempty"`
	Merged      int64            `json:"merged,omitempty"` // records that say that a guest is another's now, or archived
	Noted       int64            `json:"noted,omitempty"`  // accepted or merged records with a field that was left out
	// Notes counts the noted records by "<reason> <field>"; a record with two counts in both. No more keys than the platforms'
	// layouts have fields, times the reasons.
	Notes map[string]int64 `json:"notes,omitempty"`
	// Withheld says why nothing of the kind goes in: too much of it was refused. Empty: what was accepted does.
	Withheld string `json:"withheld,omitempty"`
}

// Result is the manifest of what validation made of one reading at one rank,
// staging/<reading id>/<digest of the reading's manifest, 16 digits>-<rank>.json.
type Result struct {
	Version int       `json:"version"`
	Reading string    `json:"reading"`
	Source  string    `json:"source"`
	Day     string    `json:"day"`
	By      string    `json:"by"`
	Rank    Rank      `json:"rank"`
	Input   string    `json:"input"`   // SHA-256 of the reading's manifest
	Stable  bool      `json:"stable"`  // of the reading
	ReadAt  time.Time `json:"read_at"` // the reading's start
	// Refused says that every kind that has records is withheld: the reading contributes no rows, only its erasures.
	Refused   bool                    `json:"refused"`
	Why       string                  `json:"why,omitempty"`
	Counts    map[string]ResultCounts `json:"counts"`
	Erasures  int64                   `json:"erasures"`
	Held      string                  `json:"held,omitempty"` // why the erasures wait for a person; empty where they do not
	Objects   []Object                `json:"objects"`
	WrittenAt time.Time               `json:"written_at"`
	Program   string                  `json:"program"`

	Profile *Profile `json:"profile,omitempty"` // none of older programs, nor of a reconcile reading

	Rewritten *Rewriting `json:"rewritten,omitempty"`
}

// Input is a result that a processed manifest took.
type Input struct {
	Reading  string                  `json:"reading"`
	Source   string                  `json:"source"`
	Day      string                  `json:"day"`
	By       string                  `json:"by"`
	Rank     Rank                    `json:"rank"`
	Result   string                  `json:"result"` // key of the result's manifest in staging
	SHA256   string                  `json:"sha256"` // of the result's manifest
	Refused  bool                    `json:"refused"`
	Stable   bool                    `json:"stable"`
	ReadAt   time.Time               `json:"read_at"`
	Rows     map[string]int64        `json:"rows"` // rows taken, by kind of record; zero for one that is withheld
	Counts   map[string]ResultCounts `json:"counts"`
	Erasures int64                   `json:"erasures"`
	Held     string                  `json:"held,omitempty"`    // the result's
	Profile  *Profile                `json:"profile,omitempty"` // the result's
}

// Processed is the manifest of one transform of a day, processed/<day>/<digest of the inputs, 16 digits>.json.
type Processed struct {
	Version   int       `json:"version"`
	Day       string    `json:"day"`
	Inputs    []Input   `json:"inputs"` // sorted by reading
	Objects   []Object  `json:"objects"`
	WrittenAt time.Time `json:"written_at"`
	Program   string    `json:"program"`

	Rewritten *Rewriting `json:"rewritten,omitempty"`
}
