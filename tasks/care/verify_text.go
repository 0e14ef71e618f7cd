package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// counts are the result's, by stage.
func (v Verified) counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for stage, n := range v.Stages {
		out[stage] = map[string]int64{
			"readings": n.Readings, "agree": n.Agree, "expired": n.Expired, "differ": n.Differ, "not_reached": n.NotReached, "records": n.Records,
		}
		if stage == stageCurrent {
			out[stage] = map[string]int64{"keys": n.Readings, "agree": n.Agree, "differ": n.Differ}
		}
	}
	return out
}

// text is for people.
func (v Verified) text() string {
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.AppendHeader(table.Row{"stage", "readings", "agree", "expired", "differ", "not reached", "records"})
	for _, stage := range stages {
		n := v.Stages[stage]
		if stage == stageCurrent {
			w.AppendRow(table.Row{"current (keys)", n.Readings, n.Agree, "", n.Differ, "", ""})
			continue
		}
		w.AppendRow(table.Row{stage, n.Readings, n.Agree, n.Expired, n.Differ, n.NotReached, n.Records})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", w.Render())
	for i, d := range v.Differences {
		if i == 10 {
			fmt.Fprintf(&b, "and %d more\n", v.Differ-10)
			break
		}
		fmt.Fprintf(&b, "%s\n  next: %s\n", d.Error(), d.Next)
	}
	switch {
	case v.Differ > 0:
	case v.Stages[stageRaw].Readings == 0:
		b.WriteString("no reading of these days is known anywhere\n")
	default:
		b.WriteString("all agree\n")
	}
	return b.String()
}
