package simulator

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

// Line is one line of a day's file: a record, and beside it the truth that a server needs to find it by. The truth is right
// even where the record is defective.
type Line struct {
	ID             string // the platform's id, "<rid>-<uuid>" or "<uuid>"
	UpdatedAt      int64  // milliseconds since 1970, UTC
	SequenceID     int64  // OpenTable; 0 elsewhere
	ScheduledAt    int64  // reservations: milliseconds since 1970, UTC
	ScheduledLocal string // reservations: the restaurant's wall clock, YYYY-MM-DDThh:mm:ss
	State          string // reservations: OpenTable's state, TheFork's status
	ConfirmationID int64  // OpenTable reservations
	GuestID        string // reservations: as the record has it; empty where there is none
	Record         []byte // the platform's JSON, which may be defective but never holds a line end
}

// instant is the form of UpdatedAt and ScheduledAt in a line.
const instant = "2006-01-02T15:04:05.000Z"

// AppendLine appends a line with its line end. The members stand in a fixed order, record last, which ParseLine relies on.
func AppendLine(dst []byte, l Line) []byte {
	dst = append(dst, `{"id":"`...)
	dst = append(dst, l.ID...)
	dst = append(dst, `","updated_at":"`...)
	dst = time.UnixMilli(l.UpdatedAt).UTC().AppendFormat(dst, instant)
	dst = append(dst, `","sequence_id":`...)
	dst = strconv.AppendInt(dst, l.SequenceID, 10)
	if l.ScheduledLocal != "" {
		dst = append(dst, `,"scheduled_at":"`...)
		dst = time.UnixMilli(l.ScheduledAt).UTC().AppendFormat(dst, instant)
		dst = append(dst, `","scheduled_local":"`...)
		dst = append(dst, l.ScheduledLocal...)
		dst = append(dst, `","state":"`...)
		dst = append(dst, l.State...)
		dst = append(dst, `","confirmation_id":`...)
		dst = strconv.AppendInt(dst, l.ConfirmationID, 10)
		dst = append(dst, `,"guest_id":"`...)
		dst = append(dst, l.GuestID...)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"record":`...)
	dst = append(dst, l.Record...)
	return append(dst, "}\n"...)
}

// errLine is the error of a line that is not of the form that AppendLine writes.
var errLine = errors.New("not a line of the simulator")

// ParseLine reads a line without its line end. Record shares the line's bytes; the texts are copies.
func ParseLine(line []byte) (Line, error) {
	p := parser{rest: line}
	var l Line
	p.expect(`{"id":"`)
	l.ID = string(p.until('"'))
	p.expect(`,"updated_at":"`)
	l.UpdatedAt = p.instant()
	p.expect(`,"sequence_id":`)
	l.SequenceID = p.int()
	if bytes.HasPrefix(p.rest, []byte(`,"scheduled_at":"`)) {
		p.expect(`,"scheduled_at":"`)
		l.ScheduledAt = p.instant()
		p.expect(`,"scheduled_local":"`)
		l.ScheduledLocal = string(p.until('"'))
		p.expect(`,"state":"`)
		l.State = string(p.until('"'))
		p.expect(`,"confirmation_id":`)
		l.ConfirmationID = p.int()
		p.expect(`,"guest_id":"`)
		l.GuestID = string(p.until('"'))
	}
	p.expect(`,"record":`)
	if p.bad || len(p.rest) < 2 || p.rest[len(p.rest)-1] != '}' {
		return Line{}, errLine
	}
	l.Record = p.rest[:len(p.rest)-1]
	return l, nil
}

// parser takes a line apart from the left.
type parser struct {
	rest []byte
	bad  bool
}

func (p *parser) expect(text string) {
	rest, ok := bytes.CutPrefix(p.rest, []byte(text))
	p.rest, p.bad = rest, p.bad || !ok
}

func (p *parser) until(end byte) []byte {
	i := bytes.IndexByte(p.rest, end)
	if i < 0 {
		p.bad = true
		return nil
	}
	text := p.rest[:i]
	p.rest = p.rest[i+1:]
	return text
}

func (p *parser) int() int64 {
	i := 0
	for i < len(p.rest) && (p.rest[i] >= '0' && p.rest[i] <= '9' || p.rest[i] == '-') {
		i++
	}
	n, err := strconv.ParseInt(string(p.rest[:i]), 10, 64)
	p.rest, p.bad = p.rest[i:], p.bad || err != nil
	return n
}

func (p *parser) instant() int64 {
	t, err := time.Parse(instant, string(p.until('"')))
	p.bad = p.bad || err != nil
	return t.UnixMilli()
}
