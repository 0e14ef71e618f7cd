package generate

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"covers/tasks/internal/fault"
)

// invocation is what an event for AWS Lambda may hold: what EventBridge Scheduler is told to send, an event of EventBridge, or
// what a person writes. Anything else is refused: a slip of the pen must not make another day than was meant.
type invocation struct {
	Day  string `json:"day"`  // YYYY-MM-DD
	Days string `json:"days"` // as the command line reads them

	// ScheduledTime is Scheduler's <aws.scheduler.scheduled-time>, 2026-03-28T05:00:00Z.
	ScheduledTime string `json:"scheduled_time"`

	// An event of EventBridge: when it was due, and what says nothing about the day.
	Time       string         `json:"time"`
	Version    jsontext.Value `json:"version"`
	ID         jsontext.Value `json:"id"`
	DetailType jsontext.Value `json:"detail-type"`
	Source     jsontext.Value `json:"source"`
	Account    jsontext.Value `json:"account"`
	Region     jsontext.Value `json:"region"`
	Resources  jsontext.Value `json:"resources"`
	Detail     jsontext.Value `json:"detail"`
}

// Asked are the days that an event asks for.
type Asked struct {
	Days    []string
	Several bool // the event names days in the plural
}

// EventForm says how an event is written.
const EventForm = `send {"day": "YYYY-MM-DD"}, {"days": "YYYY-MM-DD..YYYY-MM-DD"} ` +
	`or {"scheduled_time": "<aws.scheduler.scheduled-time>"}`

// ParseEvent reads an event; parseDays reads days in the plural. A day that the event names counts before the time that it was
// due. That time stands for the day that had ended by then, as a scheduler's partition does. The clock is never asked, so that an
// event that comes again, however late, means the same day.
func ParseEvent(payload []byte, parseDays func(string) ([]string, error)) (Asked, error) {
	var e invocation
	if err := json.Unmarshal(payload, &e, json.RejectUnknownMembers(true)); err != nil {
		return Asked{}, fault.New(fault.Usage, EventForm, "read the event: %w", err)
	}
	switch {
	case e.Day != "" && e.Days != "":
		return Asked{}, badEvent("both day and days are named")
	case e.Day != "":
		return Asked{Days: []string{e.Day}}, nil
	case e.Days != "":
		days, err := parseDays(e.Days)
		if err != nil {
			return Asked{}, badEvent("days: %w", err)
		}
		return Asked{Days: days, Several: true}, nil
	case e.ScheduledTime != "" && e.Time != "":
		return Asked{}, badEvent("both scheduled_time and time are given")
	case e.ScheduledTime+e.Time == "":
		return Asked{}, badEvent("it names no day and no time that it was due")
	}
	due, err := time.Parse(time.RFC3339, e.ScheduledTime+e.Time)
	if err != nil {
		return Asked{}, badEvent("the time that it was due is not of the form 2026-03-28T05:00:00Z: %q", e.ScheduledTime+e.Time)
	}
	ended := due.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	return Asked{Days: []string{ended.Format(time.DateOnly)}}, nil
}

func badEvent(format string, args ...any) error {
	return fault.New(fault.Usage, EventForm, "read the event: "+format, args...)
}

// Margin is how long before the end of its time an invocation stops: the step's grace of 2.5 s to end by itself, and what an
// answer takes. At the end itself Lambda kills the process, and nobody learns why.
const Margin = 4 * time.Second

// Answer makes each day that is asked for, and returns the line that run returns for it, or all lines in a JSON array where the
// event names days in the plural. It stops at the first error, and before the end of the invocation's time.
func (a Asked) Answer(ctx context.Context, run func(ctx context.Context, day string) (line []byte, err error)) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, deadline.Add(-Margin),
			errors.New("stopped before the function's timeout, which may be too short"))
		defer cancel()
	}
	var lines [][]byte
	for _, day := range a.Days {
		line, err := run(ctx, day)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	if !a.Several {
		return lines[0], nil
	}
	return append(append([]byte("["), bytes.Join(lines, []byte(","))...), ']'), nil
}
