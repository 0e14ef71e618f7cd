package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/klauspost/compress/zstd"
	"github.com/urfave/cli/v2"

	"covers/contract"
	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/step"
)

func quarantineCommand() step.Command {
	return step.Command{
		Name:  "quarantine",
		Usage: "show why records of days were refused",
		Description: "Counts the refused records by reason, then lists each reason with its field, its rule and its place in\n" +
			"raw. Of each reading the newest rank is shown. Records themselves hold personal data and are shown only\n" +
			"with --bodies, which needs --raw and a terminal: the result line never holds them.\n\n" +
			"Of several days, or with --causes or --csv, the refusals are grouped by source, kind, reason, field and rule: how\n" +
			"many records, the first and last day, the place of one. Where a reading was derived again, what was refused at the\n" +
			"rank before is held against the newest: how many records came back, and how many did not.",
		Flags: []cli.Flag{
			step.DaysFlag(),
			step.BoolFlag("causes", "group by cause, also a single day"),
			step.StringFlag("csv", "write the causes to this `FILE` too", "", false),
			step.StringFlag("source", "only this `SOURCE`", "", false),
			step.ZoneFlag("staging"),
			step.RestaurantsFlag(),
			step.StringFlag("reason", "only this `REASON`", "", false),
			step.IntFlag("limit", "list at most so many reasons; 0 lists none", 50, 0),
			step.BodiesFlag("show the refused records themselves: personal data, on a terminal only"),
			step.StringFlag("raw", "the raw zone's `URL`, for --bodies", "", false),
		},
		Run: func(ctx context.Context, c *cli.Context) (step.Result, error) {
			result := step.Result{Source: c.String("source"), Status: step.StatusUnchanged}
			bodies, err := step.Bodies(ctx, c)
			if err != nil {
				return result, err
			}
			days, err := step.Days(c)
			if err != nil {
				return result, err
			}
			grouped := len(days) > 1 || c.Bool("causes") || c.String("csv") != ""
			if grouped && bodies {
				return result, fault.New(fault.Usage, "give one --day, without --causes and --csv", "--bodies shows records, not causes")
			}
			if len(days) == 1 {
				result.Day = days[0]
			}
			reasons := contract.Get().Table("quarantine").Column("reason").Values
			if r := c.String("reason"); r != "" && !slices.Contains(reasons, r) {
				return result, fault.New(fault.Usage, "use one of "+strings.Join(reasons, ", "), "--reason %s: not a reason", r)
			}
			registry, err := source.Load(c.String("restaurants"))
			if err != nil {
				return result, err
			}
			sources := registry.Sources
			if id := c.String("source"); id != "" {
				s, err := registry.Source(id)
				if err != nil {
					return result, err
				}
				sources = []source.Source{s}
			}
			staging, err := lake.Open(ctx, machine.This(), c.String("staging"))
			if err != nil {
				return result, err
			}
			defer staging.Close()
			if grouped {
				return causes(ctx, c, result, staging, sources, days)
			}
			var raw *lake.Zone
			if bodies {
				if c.String("raw") == "" {
					return result, fault.New(fault.Usage, "give --raw too", "--bodies needs the raw zone")
				}
				if raw, err = lake.Open(ctx, machine.This(), c.String("raw")); err != nil {
					return result, err
				}
				defer raw.Close()
			}
			q, err := Quarantine(ctx, staging, raw, sources, days[0], c.String("reason"), int(c.Int64("limit")))
			result.Counts = q.Counts
			result.Details = q.Listed
			result.Text = q.text(days[0])
			return result, err
		},
	}
}

// causes fills in the result of a run that groups.
func causes(ctx context.Context, c *cli.Context, result step.Result, staging *lake.Zone, sources []source.Source, days []string) (step.Result, error) {
	found, err := Causes(ctx, staging, sources, days, c.String("reason"))
	if err != nil {
		return result, err
	}
	result.Details, result.Text = append([]Cause{}, found...), causesText(found, days)
	if path := c.String("csv"); path != "" {
		result.Outputs = []string{path}
		return result, writeCSV(path, found)
	}
	return result, nil
}

// Quarantined is what a day's quarantine holds.
type Quarantined struct {
	Counts map[string]map[string]int64 // records by source, then reason; "records" counts each once
	Listed []Refusal
	Total  int // reasons that could have been listed
}

// Refusal is one reason against a record, with its body where it was asked for. The body is for a person's eyes: it is in
// no JSON.
type Refusal struct {
	Source     string `json:"source"`
	Reading    string `json:"reading"`
	Kind       string `json:"kind"`
	Line       int64  `json:"line"`
	Object     string `json:"object"`
	ObjectLine int64  `json:"object_line"`
	Reason     string `json:"reason"`
	Field      string `json:"field"`
	Rule       string `json:"rule"`
	Body       string `json:"-"`
}

// Quarantine reads the quarantine of a day: of each reading the newest rank. reason may be empty. raw is nil unless bodies
// are asked for.
func Quarantine(ctx context.Context, staging, raw *lake.Zone, sources []source.Source, day, reason string, limit int) (Quarantined, error) {
	q := Quarantined{Counts: map[string]map[string]int64{}, Listed: []Refusal{}}
	for _, s := range sources {
		results, err := lake.Results(ctx, staging, s.ID, day)
		if err != nil {
			return q, err
		}
		newest := map[string]lake.Result{}
		for _, r := range results {
			if have, ok := newest[r.Manifest.Reading]; !ok || have.Rank.Compare(r.Manifest.Rank) < 0 {
				newest[r.Manifest.Reading] = r.Manifest
			}
		}
		for _, id := range slices.Sorted(maps.Keys(newest)) {
			if err := q.add(ctx, staging, s.ID, newest[id], reason, limit); err != nil {
				return q, err
			}
		}
	}
	slices.SortFunc(q.Listed, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.Reading, b.Reading), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field))
	})
	if raw != nil {
		return q, q.bodies(ctx, raw)
	}
	return q, nil
}

func (q *Quarantined) add(ctx context.Context, staging *lake.Zone, src string, r lake.Result, reason string, limit int) error {
	counts := q.Counts[src]
	if counts == nil {
		counts = map[string]int64{"records": 0}
		q.Counts[src] = counts
	}
	for _, c := range r.Counts {
		if reason == "" {
			counts["records"] += c.Quarantined
		} else {
			counts["records"] += c.Reasons[reason]
		}
		for name, n := range c.Reasons {
			if reason == "" || reason == name {
				counts[name] += n
			}
		}
	}
	for _, o := range r.Objects {
		if o.Kind != lake.KindQuarantine {
			continue
		}
		err := parquetrows.Read(ctx, staging, o, func(batch []reservation.Refusal) error {
			for _, x := range batch {
				if reason != "" && x.Reason != reason {
					continue
				}
				q.Total++
				if len(q.Listed) < limit {
					q.Listed = append(q.Listed, Refusal{src, x.Reading, x.Kind, x.Line, x.Object, x.ObjectLine, x.Reason, x.Field, x.Rule, ""})
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bodies fetches the listed records, object by object.
func (q *Quarantined) bodies(ctx context.Context, raw *lake.Zone) error {
	byObject := map[string]map[int64][]*Refusal{}
	for i := range q.Listed {
		x := &q.Listed[i]
		if byObject[x.Object] == nil {
			byObject[x.Object] = map[int64][]*Refusal{}
		}
		byObject[x.Object][x.ObjectLine] = append(byObject[x.Object][x.ObjectLine], x)
	}
	for key, lines := range byObject {
		if err := bodiesOf(ctx, raw, key, lines); err != nil {
			return err
		}
	}
	return nil
}

func bodiesOf(ctx context.Context, raw *lake.Zone, key string, wanted map[int64][]*Refusal) error {
	body, err := raw.Open(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Data, "raw data expires; leave --bodies out", "open raw object: %w", err)
	}
	if err != nil {
		return err
	}
	defer body.Close()
	plain, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer plain.Close()
	lines := lake.NewLineReader(plain, MaxRecord)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Data, "", "read raw object %s: %w", key, err)
		}
		if of := wanted[line.N]; len(of) > 0 { // once for a record, whatever the number of its reasons
			of[len(of)-1].Body = strings.ToValidUTF8(string(line.Bytes), "\uFFFD")
			if line.TooLong {
				of[len(of)-1].Body = "(too long to show)"
			}
		}
	}
}

// text is the quarantine for people: counts by reason, then the places, object by object.
func (q Quarantined) text(day string) string {
	byReason := map[string]int64{}
	where := map[string][]string{}
	records := int64(0)
	for _, src := range slices.Sorted(maps.Keys(q.Counts)) {
		records += q.Counts[src]["records"]
		for _, reason := range slices.Sorted(maps.Keys(q.Counts[src])) {
			if reason != "records" {
				byReason[reason] += q.Counts[src][reason]
				where[reason] = append(where[reason], fmt.Sprintf("%s %d", src, q.Counts[src][reason]))
			}
		}
	}
	if records == 0 {
		return fmt.Sprintf("no record of %s is in quarantine\n", day)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d records of %s are in quarantine; one with two reasons counts in both\n", records, day)
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"reason", "records", "by source"})
	for _, reason := range slices.SortedFunc(maps.Keys(byReason), func(a, b string) int {
		return cmp.Or(cmp.Compare(byReason[b], byReason[a]), cmp.Compare(a, b))
	}) {
		t.AppendRow(table.Row{reason, byReason[reason], strings.Join(where[reason], ", ")})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 90, WidthMaxEnforcer: text.WrapSoft}})
	b.WriteString(t.Render() + "\n")
	object := ""
	for _, x := range q.Listed {
		if x.Object != object {
			object = x.Object
			fmt.Fprintf(&b, "\n%s\n", object)
		}
		field := x.Field
		if field == "" {
			field = "the record"
		}
		fmt.Fprintf(&b, "  line %-7d %-15s %s: want %s\n", x.ObjectLine, x.Reason, field, x.Rule)
		if x.Body != "" {
			fmt.Fprintf(&b, "    %s\n", x.Body)
		}
	}
	if more := q.Total - len(q.Listed); more > 0 && len(q.Listed) > 0 {
		fmt.Fprintf(&b, "\n%d more reasons; raise --limit\n", more)
	}
	return b.String()
}
