package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// Verdict is what was found of a property of a store.
type Verdict string

// The verdicts. What is Unknown could not be found out, and is no fault; what is to Note is no fault either.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"
	Note    Verdict = "note"
	Unknown Verdict = "unknown"
)

// Finding is what was found of one property of a store.
type Finding struct {
	What    string     `json:"what"`
	Verdict Verdict    `json:"verdict"`
	Says    string     `json:"says"`           // what was seen
	Next    string     `json:"next,omitempty"` // what to do about it
	Kind    fault.Kind `json:"-"`              // of what is wrong
}

// checkPrefix begins the keys of what an examination writes. Tidying knows the form of the keys, and removes after a week what
// one that was killed has left.
const checkPrefix = "_check/"

// The properties that promises rest on, in the order in which they are tried.
const (
	whatList        = "list"
	whatDelete      = "delete"
	whatWrite       = "write"
	whatChecksums   = "checksums taken"
	whatConditional = "conditional write"
	whatRead        = "read back"
	whatClock       = "clock"
)

// The store's clock may differ by so much from this machine's: more is named, and more than the second is wrong. Amazon S3
// refuses a request whose time is 15 minutes off.
const (
	clockNamed = time.Minute
	clockWrong = 5 * time.Minute
)

// Examine tries what the zones' promises rest on: it lists, writes an object of its own, tries to write it once more, reads it
// back and deletes it. Where it may not delete it writes nothing. It leaves nothing behind.
func Examine(ctx context.Context, s Store, m machine.Machine) []Finding {
	e := &examination{ctx: ctx, store: s, machine: m}
	body := []byte(m.Name(nameBytes))
	sum := sha256.Sum256(body)
	key := checkPrefix + "probe-" + hex.EncodeToString(sum[:]) + ".bin"
	if e.list(); e.stopped {
		return e.found
	}
	if e.mayDelete(key); !e.stopped {
		e.write(key, body)
		e.remove(key)
	}
	return append(e.found, s.examine(ctx, key)...)
}

type examination struct {
	ctx     context.Context
	store   Store
	machine machine.Machine
	found   []Finding
	stopped bool // what follows cannot be tried
}

func (e *examination) say(what string, v Verdict, next, format string, args ...any) {
	e.found = append(e.found, Finding{What: what, Verdict: v, Says: fmt.Sprintf(format, args...), Next: next})
}

// wrong adds what an error says.
func (e *examination) wrong(what string, err error) {
	e.found = append(e.found, findingOf(what, err))
}

// findingOf returns an error as a finding.
func findingOf(what string, err error) Finding {
	var known *fault.Error
	if errors.As(err, &known) {
		return Finding{What: what, Verdict: Wrong, Says: known.Err.Error(), Next: known.Next, Kind: known.Kind}
	}
	kind, next := KindOf(err)
	return Finding{What: what, Verdict: Wrong, Says: err.Error(), Next: next, Kind: kind}
}

func (e *examination) list() {
	for _, err := range e.store.List(e.ctx, checkPrefix) {
		if err != nil {
			e.wrong(whatList, err)
			e.stopped = true
			return
		}
	}
	e.say(whatList, Right, "", "it can be reached and listed")
}

// mayDelete asks for the removal of an object that is not there: a store that lets nobody delete says so.
func (e *examination) mayDelete(key string) {
	err := e.store.erase(e.ctx, key)
	if err == nil {
		return
	}
	f := findingOf(whatDelete, err)
	e.stopped = true
	if f.Kind != fault.Denied || f.Next != nextRight {
		e.found = append(e.found, f)
		return
	}
	e.say(whatDelete, Unknown, "run it once as somebody who may delete below "+checkPrefix,
		"not allowed, so nothing was written: it could not be removed again")
}

func (e *examination) write(key string, body []byte) {
	err := e.store.Create(e.ctx, key, bytes.NewReader(body))
	f := Finding{What: whatWrite, Verdict: Right, Says: fmt.Sprintf("%d bytes were stored", len(body))}
	if err != nil {
		f = findingOf(whatWrite, err)
	}
	var known *fault.Error
	switch {
	case errors.As(err, &known) && f.Next == nextConditional: // it was stored, and then once more
		e.say(whatWrite, Right, "", "%d bytes were stored", len(body))
		e.wrong(whatConditional, err)
	case f.Next == nextConditional:
		e.wrong(whatConditional, err)
		return
	case f.Next == nextSums:
		e.wrong(whatChecksums, err)
		return
	default:
		if e.found = append(e.found, f); err != nil {
			return
		}
		e.twice(key)
	}
	e.read(key, body)
}

// twice writes other bytes under the key, which must be refused.
func (e *examination) twice(key string) {
	err := e.store.Create(e.ctx, key, bytes.NewReader([]byte("another")))
	switch {
	case errors.Is(err, ErrExists), refusedAsTaken(err):
		e.say(whatConditional, Right, "", "a second write of the key was refused")
	case err == nil:
		e.found = append(e.found, Finding{What: whatConditional, Verdict: Wrong, Kind: fault.Usage, Next: nextConditional,
			Says: "a second write of the key was taken: the later of two attempts would win"})
	default:
		e.wrong(whatConditional, err)
	}
}

func (e *examination) read(key string, body []byte) {
	got, err := e.whole(key)
	switch {
	case IsMissing(err):
		e.found = append(e.found, Finding{What: whatRead, Verdict: Wrong, Kind: fault.Usage,
			Says: "what was stored is not there: other requests go to another store, or it shows objects late",
			Next: "use a store that shows an object as soon as it has taken it"})
		return
	case err != nil:
		e.wrong(whatRead, err)
		return
	case !bytes.Equal(got, body):
		e.found = append(e.found, Finding{What: whatRead, Verdict: Wrong, Kind: fault.Usage,
			Says: fmt.Sprintf("%d bytes came back, and they are not those that were stored", len(got)),
			Next: "use a store, or a proxy before it, that leaves bytes as they are"})
		return
	}
	e.say(whatRead, Right, "", "the same bytes came back")
	entry, err := e.store.Stat(e.ctx, key)
	if err != nil {
		e.wrong(whatClock, err)
		return
	}
	e.clock(entry.ModTime)
}

func (e *examination) whole(key string) ([]byte, error) {
	r, err := e.store.Open(e.ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// clock compares the store's time, at which it stored the object just now, with this machine's.
func (e *examination) clock(stored time.Time) {
	off := e.machine.Now().Sub(stored).Truncate(time.Second)
	const next = "set the clock of this machine: attempts, windows and what is tidied are judged by it"
	switch size := off.Abs(); {
	case stored.IsZero():
		e.say(whatClock, Unknown, "", "the store does not say when it stored the object")
	case size > clockWrong:
		e.found = append(e.found, Finding{What: whatClock, Verdict: Wrong, Kind: fault.Usage, Next: next,
			Says: fmt.Sprintf("this machine and the store are %s apart", size)})
	case size > clockNamed:
		e.say(whatClock, Note, next, "this machine and the store are %s apart", size)
	default:
		e.say(whatClock, Right, "", "this machine and the store agree")
	}
}

func (e *examination) remove(key string) {
	err := e.store.erase(e.ctx, key)
	if err == nil {
		_, err = e.store.Stat(e.ctx, key)
		switch {
		case IsMissing(err):
			e.say(whatDelete, Right, "", "the object was removed")
			return
		case err == nil:
			err = fault.New(fault.Usage, "remove "+key, "the object is there after it was deleted")
		}
	}
	e.wrong(whatDelete, err)
}
