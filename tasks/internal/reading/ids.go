package reading

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/reservation"
)

// IDs are the records that a reading is to ask for by their ids.
type IDs struct {
	Kind   string
	List   []string // each once, in the order they came
	Others int      // hints that are about something else than the kind
}

// maxHint is how long a line may be, in bytes: a body that a platform pushed.
const maxHint = 1 << 20

// ReadIDs reads ids, one a line: bare, or in a JSON object as the platforms push it, which has the id as "uuid" (TheFork), or
// "id" and for guests "guest_id" (OpenTable). What a body says to be about another kind of record is left out and counted. Lines
// that hold no id are refused, with their numbers.
func ReadIDs(r io.Reader, name, kind string) (IDs, error) {
	ids := IDs{Kind: kind}
	met := map[string]bool{}
	var bad []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxHint)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\xef\xbb\xbf")))
		if len(line) == 0 {
			continue
		}
		id, about := string(line), ""
		if line[0] == '{' {
			id, about = hint(line, kind)
		}
		switch key := strings.ToLower(id); {
		case about != "" && about != kind:
			ids.Others++
		case !isID(id):
			bad = append(bad, fmt.Sprint(n))
		case !met[key]:
			met[key] = true
			ids.List = append(ids.List, id)
		}
	}
	if err := lines.Err(); err != nil {
		return ids, fault.New(fault.Usage, "give ids, one a line", "read %s, line %d: %w", name, n+1, err)
	}
	const shown = 10
	if len(bad) > 0 {
		numbers := strings.Join(bad[:min(len(bad), shown)], ", ")
		if len(bad) > shown {
			numbers += fmt.Sprintf(" and %d more", len(bad)-shown)
		}
		return ids, fault.New(fault.Usage, `give an id a line, or a body as the platform pushed it, with its "uuid" or "id"`,
			"%s: no id in line %s", name, numbers)
	}
	if len(ids.List) == 0 {
		return ids, fault.New(fault.Usage, "give ids of "+kind+" records, one a line", "%s holds no id of a %s", name, kind)
	}
	return ids, nil
}

// hint reads what a platform pushes: the id, and the kind of record where the body says it. OpenTable pushes reservations alone,
// and each names its guest.
func hint(line []byte, kind string) (id, about string) {
	var body struct {
		UUID       string `json:"uuid"`
		ID         string `json:"id"`
		EntityType string `json:"entityType"`
		GuestID    string `json:"guest_id"`
	}
	if json.Unmarshal(line, &body) != nil {
		return "", ""
	}
	switch {
	case body.UUID != "":
		return body.UUID, body.EntityType
	case body.GuestID != "" && kind == reservation.KindCustomer:
		return body.GuestID, kind
	case body.GuestID != "":
		return body.ID, reservation.KindReservation
	}
	return body.ID, body.EntityType
}

// isID reports whether an id may be asked for: letters, digits and what stands between them.
func isID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// RunIDs asks for records by their ids and publishes what came as one more reading of the day, whose way is that of a
// reconciliation: it says nothing of what it did not ask for. No list vouches for a "not found", so that none is an absence.
// Where nothing could be had nothing is published.
func RunIDs(ctx context.Context, o Options, ids IDs) (Outcome, error) {
	r, err := Open(o)
	if err != nil {
		return Outcome{}, err
	}
	defer r.Close()
	if _, err := dayOf(o); err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(o.Source.Kinds, ids.Kind) {
		return Outcome{}, fault.New(
			fault.Usage,
			"use "+strings.Join(o.Source.Kinds, " or "),
			"%s has no records of kind %s",
			o.Source.ID,
			ids.Kind,
		)
	}
	window := Window{From: o.Day, To: o.Day}
	out := Outcome{By: lake.ByReconcile, Windows: map[string]Window{ids.Kind: window}, Sweeps: map[string]int{}}
	if o.DryRun {
		out.Planned = []Request{r.Token(), r.One(ids.Kind, fmt.Sprintf("each of %d ids", len(ids.List)))}
		return out, nil
	}
	w := r.Begin(o.Day, lake.ByReconcile, window)
	defer w.TakeBack(ctx)
	w.manifest.Sweeps = 1 // each id is one way through
	err = w.Ask(ctx, ids.Kind, ids.List, nil, func(_ string, a Asked) {
		if a == Denied {
			out.Denied++
		} else {
			out.NotFound++
		}
	})
	out.Stats = w.Stats()
	if err != nil {
		return out, err
	}
	out.NotFound -= int(w.sinks[ids.Kind].listing.counts.Unread) // they have lines of their own
	if w.Lines() > 0 {
		out.Manifest, err = w.Publish(ctx)
	}
	out.Reading = w.Reading()
	return out, err
}
