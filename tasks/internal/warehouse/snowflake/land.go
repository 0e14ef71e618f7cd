package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/parquetrows"
	"covers/tasks/internal/warehouse/engine"
)

// filesAtOnce is how many names a COPY takes: Snowflake's limit.
const filesAtOnce = 1000

// Land copies from the zone's stage. Snowflake reads the objects itself; before, each is read here once, so that its bytes are
// known to be the manifest's and its columns the table's. What Snowflake says of each file is held against the manifest.
func (e *snowflake) Land(ctx context.Context, conn *sql.Conn, zone *lake.Zone, l engine.Landing, objects []lake.Object) error {
	if err := e.stage.check(zone); err != nil {
		return err
	}
	for _, o := range objects {
		if err := checkObject(ctx, zone, l, o); err != nil {
			return err
		}
	}
	if create := e.stage.create(zone.URL()); create != "" {
		if _, err := conn.ExecContext(ctx, create); err != nil {
			return e.Explain(ctx, "make a stage at "+zone.URL(), err)
		}
	}
	for _, batch := range batches(objects, filesAtOnce) {
		if err := e.copyInto(ctx, conn, l, batch); err != nil {
			return err
		}
	}
	return nil
}

// batches cuts objects into what one COPY takes: at most so many, with keys of one length. The end of a file's path is its key,
// and where the path begins (the bucket, the stage) does not matter then.
func batches(objects []lake.Object, most int) (out [][]lake.Object) {
	byLength := slices.Clone(objects)
	slices.SortStableFunc(byLength, func(a, b lake.Object) int { return len(a.Key) - len(b.Key) })
	for len(byLength) > 0 {
		n := 1
		for n < min(most, len(byLength)) && len(byLength[n].Key) == len(byLength[0].Key) {
			n++
		}
		out = append(out, byLength[:n])
		byLength = byLength[n:]
	}
	return out
}

// copyText is the statement that lands files whose keys have one length. Columns go by name; one that a file lacks is NULL. The
// landing table is new, so there is no history of files for COPY to heed (FORCE). Facts: docs.snowflake.com, COPY INTO <table>
// (FILES, at most 1,000; transformations; USE_LOGICAL_TYPE, without which Parquet's times and decimals are plain numbers;
// USE_VECTORIZED_SCANNER) and "Querying metadata for staged files" (METADATA$FILENAME, the full path).
func copyText(from stage, l engine.Landing, keyLength int, files []string) string {
	columns := engine.ColumnsOf(parquet.SchemaOf(l.Row))
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], values[i] = c.Name, fmt.Sprintf("$1:%s::%s", c.Name, c.Type)
	}
	return fmt.Sprintf(`COPY INTO %s (%s, object_key)
FROM (SELECT %s, SUBSTR(METADATA$FILENAME, -%d) FROM %s)
FILES = (%s)
FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE USE_VECTORIZED_SCANNER = TRUE)
ON_ERROR = ABORT_STATEMENT FORCE = TRUE`, l.Table, strings.Join(names, ", "), strings.Join(values, ", "+
		""), keyLength, from.from(), strings.Join(files, ", "))
}

// copyInto copies objects whose keys have one length.
func (e *snowflake) copyInto(ctx context.Context, conn *sql.Conn, l engine.Landing, objects []lake.Object) error {
	files := make([]string, len(objects))
	for i, o := range objects {
		files[i] = engine.Literal(o.Key)
	}
	action := engine.ActionOf(objects)
	var answer []map[string]string
	err := engine.Each(ctx, e, conn, engine.Statement{Name: action, SQL: copyText(e.stage, l, len(objects[0].Key), files)}, nil,
		func(names, types []string, values []any) error {
			row := map[string]string{}
			for i, n := range names {
				row[n] = engine.Text(types[i], values[i])
			}
			answer = append(answer, row)
			return nil
		})
	if err != nil {
		return err
	}
	return checkCopied(action, objects, answer)
}

// checkCopied holds what COPY says of each file against the manifest.
func checkCopied(action string, objects []lake.Object, answer []map[string]string) error {
	refuse := func(format string, args ...any) error {
		return fault.New(fault.Data, "check that the stage is at --processed, then derive the day again", "%s: %s", action,
			fmt.Sprintf(format, args...))
	}
	said := map[string]map[string]string{}
	for _, row := range answer {
		for _, o := range objects {
			if row["file"] == o.Key || strings.HasSuffix(row["file"], "/"+o.Key) {
				if said[o.Key] != nil {
					return refuse("Snowflake names %s twice", o.Key)
				}
				said[o.Key] = row
			}
		}
	}
	if len(answer) != len(objects) || len(said) != len(objects) {
		return refuse("Snowflake copied %d of %d files", len(said), len(objects))
	}
	for _, o := range objects {
		row, want := said[o.Key], fmt.Sprint(o.Records)
		if row["status"] != "LOADED" || row["rows_loaded"] != want || row["rows_parsed"] != want ||
			!slices.Contains([]string{"", "0"}, row["errors_seen"]) {
			return refuse("Snowflake says of %s: %s, %s of %s rows, %s errors; the manifest says %s rows",
				o.Key, row["status"], row["rows_loaded"], row["rows_parsed"], row["errors_seen"], want)
		}
	}
	return nil
}

// checkObject reads an object: it is what the manifest says, and its columns are the landing table's. One that it lacks is NULL.
func checkObject(ctx context.Context, zone *lake.Zone, l engine.Landing, o lake.Object) (err error) {
	local, err := zone.Fetch(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, local.Close()) }()
	const next = "derive the day again with this program"
	file, err := parquetrows.OpenVersion1(o, local)
	if err != nil {
		return err
	}
	types := map[string]string{}
	for _, c := range engine.ColumnsOf(parquet.SchemaOf(l.Row)) {
		types[c.Name] = c.Type
	}
	for _, c := range engine.ColumnsOf(file.Schema()) {
		switch want, ok := types[c.Name]; {
		case !ok:
			return fault.New(fault.Data, next, "land %s: the warehouse has no column %s", o.Key, c.Name)
		case c.Type != want:
			return fault.New(fault.Data, next, "land %s: column %s is %s, the warehouse's is %s", o.Key, c.Name, c.Type, want)
		}
	}
	return nil
}
