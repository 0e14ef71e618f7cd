package loadcheck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/findings"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/warehouse"
	"covers/tasks/internal/warehouse/engine"
)

// trials are the kinds of objects that land, each into a temporary table of its own form.
func trials() []engine.Landing {
	all := warehouse.Landings()
	for i := range all {
		all[i].Table = strings.Replace(all[i].Table, "landing_", "check_", 1)
	}
	return all
}

// daysLookedAt bounds how many days are searched, from the newest back, for an object of each kind.
const daysLookedAt = 30

const nextTransform = "transform a day, then check again: what is there is tried, and nothing is written"

// objects lands, of each kind, an object that is in the processed zone: its role needs no right to write.
func (c *check) objects(ctx context.Context) {
	if c.Processed == "" {
		c.note(whatObjects, "not tried: no processed zone was named", "give --processed")
		return
	}
	zone, err := lake.OpenThere(ctx, c.Machine, c.Processed)
	if err != nil {
		c.add(findings.Failed(whatObjects, err))
		return
	}
	defer func() { _ = zone.Close() }()
	found, err := newestObjects(ctx, zone)
	if err != nil {
		c.add(findings.Failed(whatObjects, err))
		return
	}
	if len(found) == 0 {
		c.note(whatObjects, "the processed zone holds no rows yet", nextTransform)
		return
	}
	var landed, missing []string
	for _, l := range trials() {
		o, there := found[l.Kind]
		if !there {
			missing = append(missing, l.Kind)
			continue
		}
		if err := c.land(ctx, zone, l, o); err != nil {
			f := findings.Failed(whatObjects, err)
			if c.account {
				f.Next = strings.TrimPrefix(f.Next+"; "+c.askStorage(zone, o), "; ")
			}
			c.add(f)
			return
		}
		landed = append(landed, fmt.Sprintf("%s %d", l.Kind, o.Records))
	}
	says := "rows landed in temporary tables: " + strings.Join(landed, ", ")
	if missing != nil {
		says += fmt.Sprintf("; of the newest %d days none has %s, which was not tried", daysLookedAt, strings.Join(missing, ", "))
	}
	c.right(whatObjects, says)
}

// newestObjects returns an object of each kind that holds rows, of the newest day that has one, the smallest of that day.
func newestObjects(ctx context.Context, zone *lake.Zone) (map[string]lake.Object, error) {
	days, err := zone.Folders(ctx, "")
	if err != nil {
		return nil, err
	}
	slices.Sort(days)
	slices.Reverse(days)
	found := map[string]lake.Object{}
	for _, day := range days[:min(len(days), daysLookedAt)] {
		manifests, err := lake.ProcessedOf(ctx, zone, day)
		if err != nil {
			return nil, err
		}
		ofDay := map[string]lake.Object{}
		for _, m := range manifests {
			for _, o := range m.Manifest.Objects {
				if best, ok := ofDay[o.Kind]; o.Records > 0 && (!ok || o.Records < best.Records) {
					ofDay[o.Kind] = o
				}
			}
		}
		for kind, o := range ofDay {
			if _, ok := found[kind]; !ok {
				found[kind] = o
			}
		}
		if len(found) == len(trials()) {
			break
		}
	}
	return found, nil
}

// land lands one object as a load does, counts its rows, and drops the table, which would go with the session too.
func (c *check) land(ctx context.Context, zone *lake.Zone, l engine.Landing, o lake.Object) error {
	var columns []string
	for _, column := range engine.ColumnsOf(parquet.SchemaOf(l.Row)) {
		columns = append(columns, column.Name+" "+column.Type)
	}
	create := fmt.Sprintf("CREATE OR REPLACE TEMPORARY TABLE %s (%s, object_key VARCHAR)", l.Table, strings.Join(columns, ", "))
	if _, err := c.conn.ExecContext(ctx, create); err != nil {
		return c.engine.Explain(ctx, "make a temporary table", err)
	}
	if err := c.engine.Land(ctx, c.conn, zone, l, []lake.Object{o}); err != nil {
		return err
	}
	rows, err := c.query(ctx, "SELECT COUNT(*) AS n FROM "+l.Table)
	if err != nil {
		return err
	}
	if n := rows[0]["n"]; n != fmt.Sprint(o.Records) {
		return fault.New(fault.Data, "derive the day again", "land %s: %s rows, the manifest says %d", o.Key, n, o.Records)
	}
	if _, err := c.conn.ExecContext(ctx, "DROP TABLE "+l.Table); err != nil {
		return c.engine.Explain(ctx, "drop a temporary table", err)
	}
	return nil
}
