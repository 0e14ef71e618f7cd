package main

import (
	"fmt"
	"slices"
	"strings"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/step"
	"covers/tasks/internal/text"
)

// details are the step's own part of the result.
type details struct {
	By            string                    `json:"by"`
	Window        map[string]reading.Window `json:"window"` // by kind
	Reading       string                    `json:"reading,omitempty"`
	Stable        bool                      `json:"stable"`
	Unread        int64                     `json:"unread,omitempty"` // records that the platform has and did not give
	Sweeps        map[string]int            `json:"sweeps,omitempty"` // by kind
	Requests      int64                     `json:"requests"`         // to the API, every attempt
	TokenRequests int64                     `json:"token_requests"`
	Retries       int64                     `json:"retries"`
	ReceivedBytes int64                     `json:"received_bytes"`
	Asked         int                       `json:"asked,omitempty"`     // ids of --ids-file
	NotFound      int                       `json:"not_found,omitempty"` // of these
	Denied        int                       `json:"denied,omitempty"`    // of these
	Others        int                       `json:"others,omitempty"`    // lines of --ids-file about something else than the kind
	Next          string                    `json:"next,omitempty"`
	Planned       []reading.Request         `json:"planned,omitempty"` // of a dry run
	Limits        *readingflags.Limits      `json:"limits,omitempty"`  // of a dry run
}

// resultOf returns the result line of what a run did.
func resultOf(out reading.Outcome, o reading.Options, ids reading.IDs) step.Result {
	result := step.Result{Day: o.Day, Source: o.Source.ID}
	if out.By == "" {
		return result // it ended before anything was planned
	}
	d := details{
		By: out.By, Window: out.Windows, Planned: out.Planned, Sweeps: out.Sweeps, Requests: out.Stats.Requests,
		TokenRequests: out.Stats.TokenRequests, Retries: out.Stats.Retries, ReceivedBytes: out.Stats.Received,
		Asked: len(ids.List), NotFound: out.NotFound, Denied: out.Denied, Others: ids.Others,
	}
	if o.DryRun {
		limits := readingflags.LimitsOf(o)
		d.Limits = &limits
		result.Status, result.Text = step.StatusUnchanged, planText(out)+"  "+limits.String()+"\n"
	}
	if out.Manifest != "" {
		result.Status, result.Manifest = step.StatusDone, out.Manifest
		d.Reading, d.Stable, d.Unread = out.Reading.Reading, out.Reading.Stable, unread(out.Reading)
		if d.Unread > 0 {
			d.Next = "see `validate quarantine` for which; extract --ids-file asks for ids again"
		}
		result.Counts = counts(out.Reading)
		for _, object := range slices.Concat(out.Reading.Objects, out.Reading.RequestLog) {
			result.Outputs = append(result.Outputs, object.Key)
		}
	}
	if len(ids.List) > 0 && out.Manifest == "" && !o.DryRun {
		result.Status = step.StatusUnchanged // nothing could be had, so nothing was published
	}
	if text := d.text(); text != "" && result.Text == "" {
		result.Text = text
	}
	result.Details = d
	return result
}

// text says for people what a reading lacks, where it lacks something.
func (d details) text() string {
	var b strings.Builder
	if d.Unread > 0 {
		fmt.Fprintf(&b, "%s: %s not read\n  next: %s\n", d.Reading, text.Count(d.Unread, "record"), d.Next)
	}
	if d.Asked > 0 {
		fmt.Fprintf(&b, "of %s %d not found, %d not shown to this credential; %s about something else\n",
			text.Count(d.Asked, "id"), d.NotFound, d.Denied, text.Count(d.Others, "line"))
	}
	return b.String()
}

func counts(r lake.Reading) (c step.Counts) {
	for kind, n := range r.Counts {
		c.Add(kind, "listed", n.Listed)
		c.Add(kind, "received", n.Received)
		c.Add(kind, "repeated", n.Repeated)
		c.Add(kind, "gone", n.Gone)
		if n.Unread > 0 {
			c.Add(kind, "unread", n.Unread)
		}
	}
	return c
}

// unread returns how many records the platform has and did not give.
func unread(r lake.Reading) (n int64) {
	for _, of := range r.Counts {
		n += of.Unread
	}
	return n
}

// planText returns a dry run for people.
func planText(out reading.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "would ask by %s, each list at least twice:\n", out.By)
	for _, r := range out.Planned {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	return b.String()
}
