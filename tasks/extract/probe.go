package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/probe"
	"covers/tasks/internal/readingflags"
	"covers/tasks/internal/replace"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func probeCommand() step.Command {
	return step.Command{
		Name:  "probe",
		Usage: "settle by experiment what a platform's documents leave open",
		Description: fmt.Sprintf("Makes at most %d calls that change nothing, and tells what was found: order of\n"+
			"lists, edges of windows, form of pages, records and errors, the contract's tier, the unit of money; and\n"+
			"which settings of restaurants.yaml follow. What the data at hand do not show stays open. Nothing of a\n"+
			"record is kept: forms and counts alone. With --against it tells what has changed since, and ends with 65\n"+
			"where something has.\n\n",
			probe.MostCalls) + readingflags.Credential,
		Flags: append(readingflags.AccessFlags(),
			step.StringFlag("evidence", "the `FILE`, or the zone's URL, to write it to", "", false),
			step.StringFlag("against", "an earlier evidence `FILE` to compare with", "", false),
			step.IntFlag("max-calls", "the most `CALLS`, those for a token included", probe.MostCalls, 1)),
		Run: runProbe,
	}
}

func runProbe(ctx context.Context, c *cli.Context) (step.Result, error) {
	result := step.Result{Source: c.String("source"), Status: step.StatusUnchanged}
	m := machine.This()
	o, err := readingflags.Options(c, m)
	if err != nil {
		return result, err
	}
	var before *probe.Evidence
	if path := c.String("against"); path != "" {
		if before, err = earlier(path, o.Source.ID); err != nil {
			return result, err
		}
	}
	group, err := groupOf(c.String("restaurants"), o.Source, m.Now())
	if err != nil {
		return result, err
	}
	e, err := probe.Run(ctx, probe.Options{Source: o.Source, GroupUUID: group, ClientID: o.ClientID, Secret: o.Secret,
		MaxCalls: int(c.Int64("max-calls")), Machine: m})
	result.Details, result.Text = e, probeText(e)
	if err != nil {
		return result, err
	}
	if to := c.String("evidence"); to != "" {
		if err := keep(ctx, m, to, e); err != nil {
			return result, err
		}
		result.Status = step.StatusDone
	}
	if before == nil {
		return result, nil
	}
	if changed := probe.Drift(*before, e); len(changed) > 0 {
		return result, fault.New(fault.Data, "correct restaurants.yaml where it follows from that, and keep the new evidence",
			"%s is another than on %s: %s", e.Source, before.At.Format(time.DateOnly), strings.Join(changed, "; "))
	}
	return result, nil
}

// groupOf returns the account that a source's restaurants belong to, where there is one of the same credential.
func groupOf(restaurants string, s source.Source, now time.Time) (string, error) {
	registry, err := source.Load(restaurants)
	if err != nil {
		return "", err
	}
	for _, other := range registry.Expected(now.UTC().Format(time.DateOnly)) {
		if other.Platform == s.Platform && other.GroupUUID != "" && other.Access.Credential == s.Access.Credential {
			return other.GroupUUID, nil
		}
	}
	return s.GroupUUID, nil
}

// earlier reads an evidence of the same source.
func earlier(path, id string) (*probe.Evidence, error) {
	const next = "name a file that extract probe --evidence wrote"
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Usage, next, "read the earlier evidence: %w", err)
	}
	e := new(probe.Evidence)
	if err := json.Unmarshal(text, e); err != nil || e.Version != 1 {
		return nil, fault.New(fault.Usage, next, "%s is no evidence", path)
	}
	if e.Source != id {
		return nil, fault.New(fault.Usage, next, "%s is of %s, not of %s", path, e.Source, id)
	}
	return e, nil
}

// keep writes the evidence to a file, or among the receipts of a zone.
func keep(ctx context.Context, m machine.Machine, to string, e probe.Evidence) error {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fault.New(fault.Defect, "", "write the evidence: %w", err)
	}
	b = append(b, '\n')
	if !strings.Contains(to, "://") {
		if err := replace.File(to, b); err != nil {
			return fault.New(fault.Usage, "name a file that can be written", "write the evidence: %w", err)
		}
		return nil
	}
	zone, err := lake.Open(ctx, m, to)
	if err != nil {
		return err
	}
	defer zone.Close()
	return zone.Create(ctx, lake.ReceiptPrefix+"probe/"+e.Source+"/"+e.At.Format("20060102T150405Z")+".json", bytes.NewReader(b))
}

// probeText returns the evidence for people, and the settings as they would stand in restaurants.yaml.
func probeText(e probe.Evidence) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{e.Source, "", "", fmt.Sprintf("%d calls", e.Calls)})
	for _, f := range e.Findings {
		w.AppendRow(table.Row{f.Question, f.Value, f.Sure, text.WrapSoft(f.Why, 70)})
	}
	out := w.Render() + "\nfor restaurants.yaml:\n"
	for _, s := range e.Settings {
		out += fmt.Sprintf("  %s: %s  # %s\n", s.Place, s.Value, s.Why)
	}
	return out
}
